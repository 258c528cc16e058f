import "./header.css";
import "./messages.css";
import "./composer.css";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Message, RoomView } from "../protocol/generated";
import { findRoom } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { MessagesSkeleton } from "../twinspace/Skeletons";
import { Confirm } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { useNotices } from "../ui/Notices";
import { Announcer } from "./Announcer";
import { Composer } from "./Composer";
import { ConnectionBar } from "./ConnectionBar";
import { MessageList } from "./MessageList";
import { RefusedRoom } from "./RefusedRoom";
import { RoomHeader } from "./RoomHeader";
import { TypingLine } from "./TypingLine";

interface ChatRoomProps {
  room: string | null;
  onShowRooms?: () => void;
  onShowPeople?: () => void;
}

/** The middle of the page: a room's header, messages and composer, in whatever state they are. */
export function ChatRoom({ room: roomId, ...drawers }: ChatRoomProps) {
  const isProjectKnown = useTwinSpace((state) => state.project !== null);
  const room = useTwinSpace((state) => (roomId === null ? null : findRoom(state, roomId)));
  const refusal = useTwinSpace((state) =>
    roomId === null ? null : (state.refusedRooms[roomId] ?? null),
  );
  return (
    <main className="chat">
      <RoomHeader room={room} {...drawers} />
      <ConnectionBar />
      {room !== null && refusal === null ? (
        <OpenRoom key={room.id} room={room} />
      ) : refusal !== null ? (
        <RefusedRoom code={refusal} />
      ) : isProjectKnown ? (
        <NoRoom />
      ) : (
        <NothingYet />
      )}
    </main>
  );
}

/** Not connected since the page was opened: what was written before is not lost. */
function NothingYet() {
  const { t } = useTranslation();
  const count = useTwinSpace((state) => state.outgoing.length);
  return (
    <div id="messages" tabIndex={-1}>
      {count > 0 && <p className="waiting-here">{t("chat.waitingHere", { count })}</p>}
      <MessagesSkeleton />
    </div>
  );
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

function OpenRoom({ room }: { room: RoomView }) {
  const { t } = useTranslation();
  const me = useTwinSpace((state) => state.me);
  const messages = useTwinSpace((state) => state.rooms[room.id]?.messages ?? null);
  const names = useTwinSpace((state) => state.names);
  const connection = useConnection();
  const { attempt } = useNotices();
  const [editing, setEditing] = useState<number | null>(null);
  const [deleting, setDeleting] = useState<Message | null>(null);
  const composer = useRef<HTMLTextAreaElement>(null);

  function editLast(): void {
    const own = messages?.findLast((message) => message.actor === me && !message.deleted);
    setEditing(own?.id ?? null);
  }

  function endEdit(): void {
    setEditing(null);
    composer.current?.focus();
  }

  return (
    <>
      {messages === null || me === null ? (
        <div className="messages" id="messages" tabIndex={-1} aria-busy="true">
          <p className="visually-hidden" role="status">
            {t("chat.loading")}
          </p>
          <MessagesSkeleton />
        </div>
      ) : (
        <>
          <MessageList
            room={room}
            me={me}
            messages={messages}
            editing={editing}
            onEdit={setEditing}
            onEditEnd={endEdit}
            onDelete={setDeleting}
          />
          <Announcer messages={messages} me={me} />
        </>
      )}
      <TypingLine room={room.id} />
      <Composer room={room} input={composer} onEditLast={editLast} />
      {deleting !== null && (
        <Confirm
          title={t("chat.deleteTitle")}
          text={
            deleting.actor === me
              ? t("chat.deleteOwnText")
              : t("chat.deleteOthersText", {
                  name: names[deleting.actor] ?? t("common.somebody"),
                })
          }
          confirm={t("chat.deleteButton")}
          onConfirm={() =>
            void attempt(() =>
              connection.change("chat.delete", { room: room.id, message: deleting.id }),
            )
          }
          onClose={() => setDeleting(null)}
        />
      )}
    </>
  );
}
