import "./entry.css";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { failureText } from "../locales/i18n";
import type { CallView, RoomView } from "../protocol/generated";
import { callIn, callRefusal, isInCall } from "../state/callSelectors";
import { classOf } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { Button, IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { flagOf } from "../ui/places";
import { isAlreadyIn, peopleIn } from "./people";

interface CallEntryProps {
  room: RoomView;
  onEnter(): void;
}

/** A call is on and one is not in it: who is there, and the way in; or why one is not in it any more. */
export function CallStrip({ room, onEnter }: CallEntryProps) {
  const isIn = useTwinSpace((state) => isInCall(state, room.id));
  const view = useTwinSpace((state) => callIn(state, room.id));
  // What is said of the lesson, or of the next call, says it too.
  const isEnded = useTwinSpace(({ call: { mine } }) => mine.refusal === "call_ended");
  if (isIn) {
    return null;
  }
  return (
    <>
      {!(isEnded && (room.lesson_over === true || view !== null)) && <PutOut room={room.id} />}
      {view !== null && <GoingOn view={view} onEnter={onEnter} />}
    </>
  );
}

function GoingOn({ view, onEnter }: { view: CallView; onEnter(): void }) {
  const { t } = useTranslation();
  const denied = useTwinSpace((state) => callRefusal(state, view.room, "join_call"));
  const flags = useTwinSpace((state) => [
    ...new Set(
      view.participants.map(({ member }) => classOf(state, member)?.schoolClass.country ?? ""),
    ),
  ]);
  const isTwice = useTwinSpace((state) => isAlreadyIn(view, state.me));
  if (denied === "room_closed") {
    return null; // teachers among themselves
  }
  return (
    <section className="strip call-strip" aria-label={t("call.strip")} data-testid="call-strip">
      <Icon name="camera" />
      <p className="strip__words">
        <strong>{t("call.goingOn", { count: peopleIn([view]) })}</strong>{" "}
        <span className="call-strip__flags" aria-hidden="true">
          {flags.filter((flag) => flag !== "").map(flagOf)}
        </span>
        {denied !== null && denied !== "call_removed" && (
          <span className="call-strip__why">{failureText(t, denied, denied)}</span>
        )}
        {denied === null && isTwice && <span className="call-strip__why">{t("call.twice")}</span>}
      </p>
      {denied === null && (
        <Button look="primary" icon="camera" onPress={onEnter}>
          {t("call.join")}
        </Button>
      )}
    </section>
  );
}

/** One was taken out of the call of this room, or could not come in. */
function PutOut({ room }: { room: string }) {
  const { t } = useTranslation();
  const refusal = useTwinSpace(({ call: { mine } }) => (mine.room === room ? mine.refusal : null));
  const removed = useTwinSpace((state) =>
    callRefusal(state, room, "join_call") === "call_removed" ? ("call_removed" as const) : null,
  );
  const [seen, setSeen] = useState<string | null>(null);
  const ended = useEnded();
  const code = removed ?? refusal;
  if (code === null || code === seen) {
    return null;
  }
  return (
    <div
      className="strip"
      data-tone={code === "call_ended" ? undefined : "warn"}
      role="status"
      data-testid="call-over"
    >
      <Icon name="hangUp" />
      <p className="strip__words">{ended ?? failureText(t, code, code)}</p>
      <IconButton small icon="close" label={t("common.dismiss")} onPress={() => setSeen(code)} />
    </div>
  );
}

/** Who has ended for everybody the call that one was in; null: nobody, or that is not known. */
function useEnded(): string | null {
  const { t } = useTranslation();
  const by = useTwinSpace((state) => state.call.mine.endedBy);
  const isMe = useTwinSpace((state) => state.me === state.call.mine.endedBy);
  const name = useTwinSpace((state) => state.names[state.call.mine.endedBy ?? ""] ?? null);
  if (by === null) {
    return null;
  }
  return isMe ? t("call.ended.mine") : t("call.ended.by", { name: name ?? t("common.somebody") });
}
