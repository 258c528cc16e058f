import { Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { CommandFailed } from "../connection/failure";
import type { Message, RoomView } from "../protocol/generated";
import { findMessage } from "../state/room";
import { unsentElsewhere } from "../state/selectors";
import { useStore, useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { MessagesSkeleton } from "../twinspace/Skeletons";
import { Confirm } from "../ui/Dialog";
import { mayMoveFocus } from "../ui/lateFocus";
import { lazyPart } from "../ui/laterParts";
import { useNotices } from "../ui/Notices";
import { Announcer } from "./Announcer";
import { ChatBar } from "./ChatBar";
import { Composer } from "./Composer";
import { type ChatActions, ChatActionsContext } from "./chatActions";
import { loadTools } from "./loadTools";
import { MessageList } from "./MessageList";
import { NamesContext } from "./names";
import type { SearchQuery } from "./searchQuery";
import { TypingLine } from "./TypingLine";
import { useDraftReply } from "./useDraft";
import { useMentionNotices } from "./useMentionNotices";

/** Looking for something is rare: it comes when it is wanted. */
const SearchPanel = lazyPart(() => import("./SearchPanel"));

/** As rare, or rarer. */
const UnsentElsewhere = lazyPart(() => import("./UnsentElsewhere"));
const LanguageDialog = lazyPart(() => import("./LanguageDialog"));

/** By then a slow line has brought what one reads and writes with. Whoever points at a message does not wait for it. */
const TOOLS_AFTER_MS = 5_000;

/** A room that one may read: its messages, and the box to write in. */
export function OpenRoom({ room }: { room: RoomView }) {
  const { t } = useTranslation();
  const me = useTwinSpace((state) => state.me);
  const messages = useTwinSpace((state) => state.rooms[room.id]?.messages ?? null);
  const names = useTwinSpace((state) => state.names);
  const known = useMemo(() => ({ me: me ?? "", names }), [me, names]);
  const [editing, setEditing] = useState<number | null>(null);
  const [deleting, setDeleting] = useState<Message | null>(null);
  const [ofLanguage, setOfLanguage] = useState<Message | null>(null);
  const [isSearching, setSearching] = useState(false);
  const [query, setQuery] = useState<SearchQuery>({ text: "", scope: "room" });
  const [reply, setReply] = useReply(room.id);
  const composer = useRef<HTMLTextAreaElement>(null);
  const unsent = useTwinSpace((state) => unsentElsewhere(state, room.id));
  const store = useStore();
  const connection = useConnection();
  useReaching(room.id, messages !== null);
  useMentionNotices(room, messages);

  useEffect(() => {
    const timer = setTimeout(loadTools, TOOLS_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);

  /** Where one writes, or, for whom it is blocked, what one reads. */
  const focusBox = useCallback(
    () => (composer.current ?? document.getElementById("messages"))?.focus(),
    [],
  );
  const latest = useRef(setReply);
  latest.current = setReply;
  const actions = useMemo<ChatActions>(
    () => ({
      reply(message) {
        latest.current(message.id);
        composer.current?.focus();
      },
      edit: setEditing,
      endEdit() {
        setEditing(null);
        if (mayMoveFocus(document.querySelector(".edit-box"))) {
          focusBox();
        }
      },
      remove: setDeleting,
      chooseLanguage: setOfLanguage,
      jump: (message) => store.dispatch({ type: "jump", jump: { room: room.id, message } }),
    }),
    [store, room.id, focusBox],
  );

  function editLast(): void {
    connection.chat.leavePast(room.id); // it is among the newest ones
    const own = messages?.findLast((message) => message.actor === me && !message.deleted);
    setEditing(own?.id ?? null);
  }

  return (
    <ChatActionsContext value={actions}>
      <NamesContext value={known}>
        <ChatBar room={room} isSearching={isSearching} onSearch={setSearching} />
        <div className="chat__talk">
          {isSearching && (
            <Suspense fallback={<MessagesSkeleton />}>
              <SearchPanel
                room={room}
                query={query}
                onQuery={setQuery}
                onClose={() => setSearching(false)}
              />
            </Suspense>
          )}
          <div className="chat__list" inert={isSearching}>
            {messages === null || me === null ? (
              <div className="messages" id="messages" tabIndex={-1} aria-busy="true">
                <p className="visually-hidden" role="status">
                  {t("chat.loading")}
                </p>
                <MessagesSkeleton />
              </div>
            ) : (
              <>
                <MessageList room={room} me={me} messages={messages} editing={editing} />
                <Announcer messages={messages} me={me} />
              </>
            )}
          </div>
        </div>
        <TypingLine room={room.id} />
        {unsent !== null && (
          <Suspense fallback={null}>
            <UnsentElsewhere room={room} message={unsent} onDone={focusBox} />
          </Suspense>
        )}
        <Composer
          room={room}
          input={composer}
          reply={reply}
          onReplyEnd={() => setReply(null)}
          onEditLast={editLast}
        />
        {deleting !== null && (
          <DeleteDialog room={room.id} message={deleting} onClose={() => setDeleting(null)} />
        )}
        {ofLanguage !== null && (
          <Suspense fallback={null}>
            <LanguageDialog
              room={room.id}
              message={ofLanguage}
              onClose={() => setOfLanguage(null)}
            />
          </Suspense>
        )}
      </NamesContext>
    </ChatActionsContext>
  );
}

/** What is answered, as long as it is there. */
function useReply(room: string): [Message | null, (message: number | null) => void] {
  const [reply, setReply] = useDraftReply(room);
  const message = useTwinSpace((state) => {
    const found = state.rooms[room];
    return found === undefined || reply === null ? null : (findMessage(found, reply) ?? null);
  });
  return [message?.deleted === true ? null : message, setReply];
}

/** Where the reader wants to go in this room is brought into the list, which then goes there. */
function useReaching(room: string, isKnown: boolean): void {
  const connection = useConnection();
  const store = useStore();
  const { attempt } = useNotices();
  const jump = useTwinSpace((state) => (state.jump?.room === room ? state.jump : null));
  useEffect(() => {
    if (jump === null || !isKnown) {
      return;
    }
    const reach = async () => {
      if (!(await connection.chat.reach(room, jump.message))) {
        throw new CommandFailed("unknown_message", "", false);
      }
    };
    void attempt(reach).then((isThere) => {
      if (!isThere && store.getState().jump === jump) {
        store.dispatch({ type: "jump", jump: null });
      }
    });
  }, [connection, store, attempt, room, jump, isKnown]);
}

interface DeleteDialogProps {
  room: string;
  message: Message;
  onClose(): void;
}

function DeleteDialog({ room, message, onClose }: DeleteDialogProps) {
  const { t } = useTranslation();
  const connection = useConnection();
  const { attempt } = useNotices();
  const isMine = useTwinSpace((state) => state.me === message.actor);
  const name = useTwinSpace((state) => state.names[message.actor] ?? null);
  return (
    <Confirm
      title={t("chat.deleteTitle")}
      text={
        isMine
          ? t("chat.deleteOwnText")
          : t("chat.deleteOthersText", { name: name ?? t("common.somebody") })
      }
      confirm={t("chat.deleteButton")}
      onConfirm={() =>
        void attempt(() => connection.change("chat.delete", { room, message: message.id }))
      }
      onClose={onClose}
    />
  );
}
