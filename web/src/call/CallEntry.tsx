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

interface CallEntryProps {
  room: RoomView;
  onEnter(): void;
}

/** In the head of a room where no call is on: begins one. */
export function StartCallButton({ room, onEnter }: CallEntryProps) {
  const { t } = useTranslation();
  const isOffered = useTwinSpace(
    (state) =>
      state.rights[room.id] !== undefined &&
      callRefusal(state, room.id, "join_call") === null &&
      callIn(state, room.id) === null &&
      !isInCall(state, room.id),
  );
  return isOffered ? (
    <span className="start-call">
      <Button small icon="camera" onPress={onEnter}>
        {t("call.start")}
      </Button>
    </span>
  ) : null;
}

/** A call is on and one is not in it: who is there, and the way in; or why one is not in it any more. */
export function CallStrip({ room, onEnter }: CallEntryProps) {
  const isIn = useTwinSpace((state) => isInCall(state, room.id));
  const view = useTwinSpace((state) => callIn(state, room.id));
  if (isIn) {
    return null;
  }
  return (
    <>
      <PutOut room={room.id} />
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
  return (
    <section className="call-strip" aria-label={t("call.strip")} data-testid="call-strip">
      <span className="call-strip__icon">
        <Icon name="camera" />
      </span>
      <p className="call-strip__words">
        <strong>{t("call.goingOn", { count: view.participants.length })}</strong>{" "}
        <span className="call-strip__flags" aria-hidden="true">
          {flags.filter((flag) => flag !== "").map(flagOf)}
        </span>
        {denied !== null && denied !== "call_removed" && (
          <span className="call-strip__why">{failureText(t, denied, denied)}</span>
        )}
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
  const code = removed ?? refusal;
  if (code === null || code === seen) {
    return null;
  }
  return (
    <div className="call-strip" data-tone="warn" role="status" data-testid="call-over">
      <Icon name="hangUp" />
      <p className="call-strip__words">{failureText(t, code, code)}</p>
      <IconButton small icon="close" label={t("common.dismiss")} onPress={() => setSeen(code)} />
    </div>
  );
}
