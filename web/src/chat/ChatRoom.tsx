import "./header.css";
import "./messages.css";
import "./composer.css";
import { lazy, Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { BoardLoading, BoardPart } from "../board/loadBoard";
import { CallStrip } from "../call/CallEntry";
import { useChatToggle } from "../call/useChatToggle";
import type { Message, RoomView } from "../protocol/generated";
import { isInCall } from "../state/callSelectors";
import { findRoom } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { MessagesSkeleton } from "../twinspace/Skeletons";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { useMediaQuery } from "../ui/hooks";
import { Icon } from "../ui/Icon";
import { useNotices } from "../ui/Notices";
import { Announcer } from "./Announcer";
import { Composer } from "./Composer";
import { ConnectionBar } from "./ConnectionBar";
import { MessageList } from "./MessageList";
import { RefusedRoom } from "./RefusedRoom";
import { RoomHeader } from "./RoomHeader";
import { TypingLine } from "./TypingLine";

/** Most lessons are spent writing: the call comes when it is wanted. */
const CallPart = lazy(() => import("../call/CallPart").catch(() => ({ default: CallNotLoaded })));

/** From here on messages stand beside a board; board/layout.css has the same. */
const BESIDE = "(min-width: 900px) or ((min-width: 600px) and (orientation: landscape))";

interface ChatRoomProps {
  room: string | null;
  isBoardOpen: boolean;
  onBoard(isOpen: boolean): void;
  onShowRooms?: () => void;
  onShowPeople?: () => void;
}

/** The middle of the page: a room's header, messages and composer, in whatever state they are. */
export function ChatRoom({ room: roomId, isBoardOpen, onBoard, ...drawers }: ChatRoomProps) {
  const isProjectKnown = useTwinSpace((state) => state.project !== null);
  const room = useTwinSpace((state) => (roomId === null ? null : findRoom(state, roomId)));
  const refusal = useTwinSpace((state) =>
    roomId === null ? null : (state.refusedRooms[roomId] ?? null),
  );
  const isCalling = useTwinSpace((state) => roomId !== null && isInCall(state, roomId));
  const [isLobbyOpen, setLobbyOpen] = useState(false);
  const isOpen = room !== null && refusal === null;
  const hasBoard = isOpen && isBoardOpen;
  const hasSpace = useMediaQuery(BESIDE);
  const chat = useChatToggle(roomId, isCalling || hasBoard, hasBoard && !hasSpace);
  const openLobby = () => setLobbyOpen(true);
  return (
    <main
      className="chat"
      data-stage={hasBoard ? "board" : isCalling ? "call" : "chat"}
      data-calling={isCalling}
      data-chat={chat.isShown}
    >
      <RoomHeader
        room={room}
        isBoardOpen={hasBoard}
        onBoard={onBoard}
        onCall={openLobby}
        {...drawers}
      />
      <ConnectionBar />
      {isOpen && <CallStrip key={room.id} room={room} onEnter={openLobby} />}
      {isOpen && (isCalling || isLobbyOpen) && (
        <Suspense fallback={<CallLoading />}>
          <CallPart
            room={room}
            isLobbyOpen={isLobbyOpen}
            chat={chat}
            onLobbyClose={() => setLobbyOpen(false)}
          />
        </Suspense>
      )}
      {hasBoard && (
        <Suspense fallback={<BoardLoading />}>
          <BoardPart key={room.id} room={room} chat={chat} isCalling={isCalling} />
        </Suspense>
      )}
      <div className="chat__talk" hidden={!chat.isShown}>
        {isOpen ? (
          <OpenRoom key={room.id} room={room} />
        ) : refusal !== null ? (
          <RefusedRoom code={refusal} />
        ) : isProjectKnown ? (
          <NoRoom />
        ) : (
          <NothingYet />
        )}
      </div>
    </main>
  );
}

function CallLoading() {
  const { t } = useTranslation();
  return (
    <p className="call-strip" role="status">
      {t("call.loading")}
    </p>
  );
}

function CallNotLoaded() {
  const { t } = useTranslation();
  return (
    <div className="call-strip" data-tone="warn" role="status">
      <p className="call-strip__words">{t("call.loadFailed")}</p>
      <Button onPress={() => location.reload()}>{t("ended.reload")}</Button>
    </div>
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
