import { useTranslation } from "react-i18next";
import type { Participant } from "../protocol/generated";
import { handPlace, isSending, isSpeaking, tileOf } from "../state/callSelectors";
import { useTwinSpace } from "../state/store";
import { Avatar, classColour } from "../ui/Avatar";
import { Icon } from "../ui/Icon";
import { flagOf } from "../ui/places";
import { Picture } from "./Picture";
import { QualityMark } from "./QualityMark";
import type { Place } from "./scene";
import { TileMenu } from "./TileMenu";
import { type CallPerson, usePerson } from "./usePerson";

interface TileProps {
  place: Place;
  room: string;
  /** It stands apart from its class: say which one it is. */
  isLarge?: boolean;
}

/** One picture of the call, or whoever has none: their avatar, name, and how things stand with them. */
export function Tile({ place: { participant, medium }, room, isLarge = false }: TileProps) {
  const { t } = useTranslation();
  const { id } = participant;
  const person = usePerson(participant);
  const isMe = useTwinSpace((state) => state.call.mine.me === id);
  const speaks = useTwinSpace((state) => isSpeaking(state, room, id)) && medium === "video";
  const hasPicture = useTwinSpace((state) => tileOf(state, id, medium) !== null);
  const isComing = isSending(participant, medium) && !hasPicture && medium === "screen";
  return (
    <div
      className="tile"
      data-testid="tile"
      data-participant={id}
      data-medium={medium}
      data-speaking={speaks}
      data-away={participant.away}
      data-large={isLarge}
      data-class-colour={classColour(person.classNumber)}
    >
      <div className="tile__nobody">
        {medium === "screen" ? (
          <Icon name="screen" size={48} />
        ) : (
          <Avatar name={person.name} classNumber={person.classNumber} country={null} />
        )}
        {isComing && <span>{t("call.tile.screenComing")}</span>}
      </div>
      {hasPicture && (
        <Picture participant={id} medium={medium} isMirrored={isMe && medium === "video"} />
      )}
      <TileTop participant={participant} room={room} />
      <div className="tile__caption">
        {medium === "video" && <SoundMark participant={participant} speaks={speaks} />}
        <span className="tile__name">
          {isLarge && person.schoolClass !== null && (
            <span aria-hidden="true">{flagOf(person.schoolClass.country)} </span>
          )}
          <TileName person={person} place={{ participant, medium }} isMe={isMe} />
        </span>
      </div>
      <TileMenu participant={participant} person={person} room={room} />
    </div>
  );
}

interface TileNameProps {
  person: CallPerson;
  place: Place;
  isMe: boolean;
}

function TileName({ person, place: { participant, medium }, isMe }: TileNameProps) {
  const { t } = useTranslation();
  const { name, owner } = person;
  if (medium === "screen") {
    return t("call.tile.screenOf", { name: owner });
  }
  if (participant.kind === "class-camera") {
    return t(isMe ? "call.tile.ownClassCamera" : "call.tile.classCamera", { name });
  }
  return isMe ? t("call.tile.you", { name }) : <bdi>{name}</bdi>;
}

/** What others should know of this person: a raised hand, less than the whole call, a bad line. */
function TileTop({ participant, room }: { participant: Participant; room: string }) {
  const { t } = useTranslation();
  const { id, bandwidth, quality, away } = participant;
  const hand = useTwinSpace((state) => handPlace(state, room, id));
  return (
    <div className="tile__top">
      {hand !== null && (
        <span className="tile__pill tile__pill--hand">
          <Icon name="hand" size={16} />
          <span aria-hidden="true">{hand}</span>
          <span className="visually-hidden">{t("call.tile.hand", { place: hand })}</span>
        </span>
      )}
      {away && <span className="tile__pill">{t("call.tile.away")}</span>}
      {bandwidth === "audio-only" && (
        <span className="tile__pill">
          <Icon name="sound" size={16} />
          <span className="tile__pill-words">{t("call.tile.audioOnly")}</span>
        </span>
      )}
      {bandwidth === "one-camera" && (
        <span className="tile__pill">
          <Icon name="eye" size={16} />
          <span className="tile__pill-words">{t("call.tile.oneCamera")}</span>
        </span>
      )}
      {quality === "poor" && (
        <span className="tile__pill">
          <QualityMark quality={quality} />
        </span>
      )}
    </div>
  );
}

/** Heard, silent, or kept silent. */
export function SoundMark({ participant, speaks }: { participant: Participant; speaks: boolean }) {
  const { t } = useTranslation();
  if (participant.held.includes("audio")) {
    return (
      <span className="sound-mark" data-sound="held" title={t("call.tile.microphoneHeld")}>
        <Icon name="microphoneOff" size={16} />
        <span className="visually-hidden">{t("call.tile.microphoneHeld")}</span>
      </span>
    );
  }
  if (!isSending(participant, "audio")) {
    return (
      <span className="sound-mark" data-sound="off" title={t("call.tile.microphoneOff")}>
        <Icon name="microphoneOff" size={16} />
        <span className="visually-hidden">{t("call.tile.microphoneOff")}</span>
      </span>
    );
  }
  return (
    <span className="sound-mark" data-sound={speaks ? "speaking" : "on"}>
      {speaks ? <span className="sound-mark__bars" /> : <Icon name="microphone" size={16} />}
      {speaks && <span className="visually-hidden">{t("call.tile.speaking")}</span>}
    </span>
  );
}
