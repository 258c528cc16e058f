import "./messages.css";
import "./message.css";
import "./bar.css";
import "./composer.css";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { NoConnection } from "../offline/NoConnection";
import type { ErrorCode, RoomView } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { MessagesSkeleton } from "../twinspace/Skeletons";
import { Icon } from "../ui/Icon";
import { OpenRoom } from "./OpenRoom";
import { RefusedRoom } from "./RefusedRoom";

interface ChatPartProps {
  room: RoomView | null;
  /** Why the server does not let one into it. */
  refusal: ErrorCode | null;
}

/** A room's messages and composer, in whatever state they are. The place around it is place/Classroom.tsx. */
export function ChatPart({ room, refusal }: ChatPartProps) {
  const isProjectKnown = useTwinSpace((state) => state.project !== null);
  return (
    <div className="chat">
      {refusal !== null ? (
        <RefusedRoom code={refusal} isLessonOver={room?.lesson_over === true} />
      ) : room !== null ? (
        <OpenRoom key={room.id} room={room} />
      ) : isProjectKnown ? (
        <NoRoom />
      ) : (
        <NothingYet />
      )}
    </div>
  );
}

/** Not connected since the page was opened: what was written before is not lost. */
function NothingYet() {
  const { t } = useTranslation();
  const count = useTwinSpace((state) => state.outgoing.length);
  const isCutOff = useCutOff();
  return isCutOff ? (
    <NoConnection />
  ) : (
    <div id="messages" tabIndex={-1}>
      {count > 0 && <p className="waiting-here">{t("chat.waitingHere", { count })}</p>}
      <MessagesSkeleton />
    </div>
  );
}

/** Whether the first try has failed, also while the next one is under way: what one reads must not come and go. */
function useCutOff(): boolean {
  const phase = useTwinSpace((state) => state.connection.phase);
  const [isCutOff, setCutOff] = useState(false);
  useEffect(() => {
    if (phase === "offline" || phase === "waiting") {
      setCutOff(true);
    }
  }, [phase]);
  return isCutOff;
}

function NoRoom() {
  const { t } = useTranslation();
  return (
    <div className="chat-note" id="messages" tabIndex={-1}>
      <Icon name="door" size={36} />
      <h2>{t("rooms.notFoundTitle")}</h2>
      <p>{t("rooms.notFoundText")}</p>
    </div>
  );
}
