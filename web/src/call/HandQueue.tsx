import { useTranslation } from "react-i18next";
import type { CallView, Participant } from "../protocol/generated";
import { callRefusal } from "../state/callSelectors";
import { useTwinSpace } from "../state/store";
import { classColour } from "../ui/Avatar";
import { Button, IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { useNotices } from "../ui/Notices";
import { flagOf } from "../ui/places";
import { useCallClient } from "./callContext";
import { usePerson } from "./usePerson";

/** Raised hands in the order of the server, which alternates between the classes. */
export function HandQueue({ view }: { view: CallView }) {
  const { t } = useTranslation();
  const call = useCallClient();
  const { attempt } = useNotices();
  const moderates = useTwinSpace(
    (state) => callRefusal(state, view.room, "moderate_call") === null,
  );
  const waiting = view.hands
    .map((id) => view.participants.find((participant) => participant.id === id))
    .filter((participant) => participant !== undefined);
  if (waiting.length === 0) {
    return null;
  }

  /** Those that are shown: who raises a hand meanwhile has not been seen yet, and stays. */
  async function lowerAll(): Promise<void> {
    await Promise.all(waiting.map(({ id }) => call.moderation.lowerHand(id)));
  }

  return (
    <section className="hands" aria-label={t("call.hands.title")} data-testid="hands">
      <h2 className="hands__title">
        <Icon name="hand" size={18} />
        <span>{t("call.hands.title")}</span>
      </h2>
      {moderates && waiting.length > 1 && (
        <Button look="quiet" small onPress={() => void attempt(lowerAll)}>
          {t("call.hands.lowerAll")}
        </Button>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard */}
      <ol className="hands__list" tabIndex={0}>
        {waiting.map((participant, at) => (
          <li key={participant.id}>
            <Hand participant={participant} place={at + 1} room={view.room} />
          </li>
        ))}
      </ol>
    </section>
  );
}

interface HandProps {
  participant: Participant;
  place: number;
  room: string;
}

function Hand({ participant, place, room }: HandProps) {
  const { t } = useTranslation();
  const call = useCallClient();
  const { attempt } = useNotices();
  const { name, schoolClass, classNumber } = usePerson(participant);
  const isMe = useTwinSpace((state) => state.call.mine.me === participant.id);
  const moderates = useTwinSpace((state) => callRefusal(state, room, "moderate_call") === null);
  const isHeld = participant.held.includes("audio");

  /** The floor: a microphone that a teacher keeps off is let go first. */
  async function giveFloor(): Promise<void> {
    if (isHeld) {
      await call.moderation.hold(participant.member, "audio", false);
    }
    await call.moderation.ask(participant.id, "audio");
  }

  return (
    <div className="hand" data-class-colour={classColour(classNumber)}>
      <span className="hand__place">{place}</span>
      {schoolClass !== null && <span aria-hidden="true">{flagOf(schoolClass.country)}</span>}
      <span className="hand__name">
        {isMe ? t("call.tile.you", { name }) : <bdi>{name}</bdi>}
        {schoolClass !== null && <span className="visually-hidden">, {schoolClass.name}</span>}
        {place === 1 && <span className="hand__next"> · {t("call.hands.next")}</span>}
      </span>
      {moderates && !isMe && (
        <>
          <IconButton
            small
            icon="microphone"
            label={t("call.hands.giveFloor", { name })}
            onPress={() => void attempt(giveFloor)}
          />
          <IconButton
            small
            icon="check"
            label={t("call.hands.lower", { name })}
            onPress={() => void attempt(() => call.moderation.lowerHand(participant.id))}
          />
        </>
      )}
    </div>
  );
}
