import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { roomName } from "../groups/roomName";
import type { RoomView } from "../protocol/generated";
import { callIn } from "../state/callSelectors";
import { useTwinSpace } from "../state/store";
import { CallAnnouncer } from "./CallAnnouncer";
import { CallBar } from "./CallBar";
import { CallNotes } from "./CallNotes";
import { CallScene } from "./CallScene";
import { HandQueue } from "./HandQueue";

/** The call as one sees it who is in. */
export function CallStage({ room }: { room: RoomView }) {
  const { t } = useTranslation();
  const view = useTwinSpace((state) => callIn(state, room.id));
  const phase = useTwinSpace((state) => state.call.mine.phase);
  const stage = useRef<HTMLElement>(null);
  // What had the focus, the way into the call, has gone with coming in.
  useEffect(() => {
    if (document.activeElement === document.body) {
      stage.current?.focus({ preventScroll: true });
    }
  }, []);
  return (
    <section
      ref={stage}
      className="call"
      id="call"
      tabIndex={-1}
      aria-label={t("call.title", { room: roomName(t, room) })}
      data-testid="call"
      data-phase={phase}
    >
      <CallNotes view={view} />
      {view === null ? <div className="scene" aria-busy="true" /> : <CallScene view={view} />}
      {view !== null && <HandQueue view={view} />}
      <CallBar room={room.id} view={view} />
      {view !== null && <CallAnnouncer view={view} />}
    </section>
  );
}
