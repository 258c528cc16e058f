import { type KeyboardEvent, memo, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { roomName } from "../groups/roomName";
import type { Message, Rights, RoomView } from "../protocol/generated";
import { isLessonOver } from "../state/groups";
import { useStore, useTwinSpace } from "../state/store";
import type { Jump } from "../state/twinspace";
import { useConnection } from "../twinspace/connectionContext";
import { Button } from "../ui/Button";
import { useNow } from "../ui/hooks";
import { Icon } from "../ui/Icon";
import { useNotices } from "../ui/Notices";
import { dayName, startOfDay } from "../ui/places";
import { type DrawnDay, drawnDays } from "./blocks";
import { groupByDay, type Shown, shownMessages } from "./groups";
import { HistoryEdge } from "./HistoryEdge";
import { useKeptFocus } from "./keptFocus";
import { MessageBlock } from "./MessageBlock";
import { type Marks, marksIn } from "./marks";
import { useAuthors } from "./useAuthors";
import { useReading } from "./useReading";
import { type StickyScroll, useStickyScroll } from "./useStickyScroll";

interface MessageListProps {
  room: RoomView;
  me: string;
  /** The newest messages of the room. */
  messages: readonly Message[];
  editing: number | null;
}

export function MessageList({ room, me, messages, editing }: MessageListProps) {
  const { t } = useTranslation();
  const pastShown = useTwinSpace((state) => state.rooms[room.id]?.past ?? null);
  const past = pastShown?.messages ?? null;
  const denied = useTwinSpace((state) => state.rights[room.id]);
  const outgoing = useTwinSpace((state) =>
    state.outgoing.filter((message) => message.room === room.id),
  );
  const shown = useMemo(
    () => shownMessages(past ?? messages, past === null ? outgoing : [], me),
    [past, messages, outgoing, me],
  );
  const days = useDays(shown);
  const reading = useReading({ room: room.id, me, messages, past: pastShown, outgoing });
  const { isLineOpen, onSeen, setAtEnd } = reading;
  const scroll = useStickyScroll({ shown, isPast: past !== null, isLineOpen, onSeen });
  const isAtNow = scroll.isAtBottom && past === null;
  useEffect(() => setAtEnd(isAtNow), [setAtEnd, isAtNow]);
  const tabStop = useTabStop(shown);
  const keptFocus = useKeptFocus(shown);
  const target = useJump(room.id, scroll, shown);
  const newestOwn = past === null ? newestOf(messages, me) : null;

  return (
    <div className="messages-frame">
      <div
        ref={scroll.scroller}
        className="messages"
        id="messages"
        role="log"
        aria-live="off"
        aria-label={t("chat.messages", { room: roomName(t, room) })}
        data-testid="message-list"
        data-past={past !== null}
        tabIndex={-1}
        onScroll={scroll.onScroll}
        onKeyDown={onArrowKeys}
        onFocus={(event) => {
          tabStop.onFocus(event);
          keptFocus.onFocus(event);
        }}
        onBlur={keptFocus.onBlur}
      >
        <div ref={scroll.content} className="messages__content">
          <HistoryEdge room={room} scroller={scroll.scroller} direction="earlier" />
          {shown.length === 0 && <EmptyRoom room={room} mayWrite={denied?.post === null} />}
          <Days
            room={room.id}
            me={me}
            days={days}
            denied={denied}
            tabStop={tabStop.key}
            editing={editing}
            target={target}
            firstUnread={reading.firstUnread}
            newestOwn={newestOwn}
          />
          {past !== null && (
            <HistoryEdge room={room} scroller={scroll.scroller} direction="later" />
          )}
        </div>
      </div>
      <Pills
        room={room.id}
        scroll={scroll}
        isPast={past !== null}
        unread={reading.unread}
        isAhead={reading.isAhead}
        since={reading.beginsAfter}
        onCatchUp={reading.catchUp}
      />
    </div>
  );
}

interface DaysProps extends Marks {
  room: string;
  me: string;
  days: readonly DrawnDay[];
  denied: Rights["denied"] | undefined;
}

/** The messages themselves. Apart: where one has scrolled to and what waits changes more often than they do. */
const Days = memo(function Days({ room, me, days, denied, ...marks }: DaysProps) {
  const authorOf = useAuthors();
  return days.map((day) => (
    <section key={day.start} className="day">
      <DayHeading start={day.start} />
      {day.blocks.map((block) => (
        <MessageBlock
          key={block.key}
          room={room}
          me={me}
          block={block}
          authorOf={authorOf}
          denied={denied}
          {...marksIn(block.groups, marks)}
        />
      ))}
    </section>
  ));
});

interface PillsProps {
  room: string;
  scroll: StickyScroll;
  isPast: boolean;
  unread: number;
  /** What is unread was jumped over. */
  isAhead: boolean;
  /** What is new begins after this message, above what is on the screen. */
  since: number | null;
  onCatchUp(): void;
}

/** Ways to what is new: up to where it begins, down to the newest message. */
function Pills({ room, scroll, isPast, unread, isAhead, since, onCatchUp }: PillsProps) {
  const { t } = useTranslation();
  const connection = useConnection();
  const store = useStore();
  const { attempt } = useNotices();

  function toNow(): void {
    onCatchUp();
    connection.chat.leavePast(room);
    scroll.toBottom();
  }

  async function toFirstUnread(mark: number): Promise<void> {
    const message = await connection.chat.reachAfter(room, mark);
    if (message !== null) {
      store.dispatch({ type: "jump", jump: { room, message } });
    }
  }

  return (
    <>
      {since !== null && (
        <div className="messages-pill messages-pill--top">
          <Button
            look="primary"
            small
            icon="arrowUp"
            onPress={() => void attempt(() => toFirstUnread(since))}
          >
            {t("chat.toFirstUnread")}
          </Button>
        </div>
      )}
      {(isPast || isAhead || !scroll.isAtBottom) && (
        <div className="messages-pill">
          <Button look="primary" small icon="arrowDown" onPress={toNow}>
            {unread > 0
              ? t("chat.newMessages", { count: unread })
              : t(isPast ? "chat.backToNow" : "chat.latest")}
          </Button>
        </div>
      )}
    </>
  );
}

function useDays(shown: readonly Shown[]): readonly DrawnDay[] {
  const before = useRef<readonly DrawnDay[]>([]);
  return useMemo(() => {
    before.current = drawnDays(before.current, groupByDay(shown, startOfDay));
    return before.current;
  }, [shown]);
}

/** One's own newest message that is still there. */
function newestOf(messages: readonly Message[], me: string): number | null {
  return messages.findLast(({ actor, deleted }) => actor === me && deleted !== true)?.id ?? null;
}

/** The message that one has jumped to is marked for so long; then it is one among others again. */
const MARKED_MS = 3_000;

/** Goes where the reader wants to go as soon as that is in the list. Answers the message, for a while. */
function useJump(room: string, scroll: StickyScroll, shown: readonly Shown[]): number | null {
  const store = useStore();
  const jump = useTwinSpace((state) => (state.jump?.room === room ? state.jump : null));
  const done = useRef<Jump | null>(null);
  const [target, setTarget] = useState<number | null>(null);
  const { toMessage } = scroll;
  // biome-ignore lint/correctness/useExhaustiveDependencies: tried again whenever the list changes
  useEffect(() => {
    if (jump !== null && done.current !== jump && toMessage(jump.message)) {
      done.current = jump;
      setTarget(jump.message);
      store.dispatch({ type: "jump", jump: null });
    }
  }, [jump, shown, toMessage, store]);
  useEffect(() => {
    if (target === null) {
      return;
    }
    const timer = setTimeout(() => setTarget(null), MARKED_MS);
    return () => clearTimeout(timer);
  }, [target]);
  return target;
}

function EmptyRoom({ room, mayWrite }: { room: RoomView; mayWrite: boolean }) {
  const { t } = useTranslation();
  const isOver = useTwinSpace(
    ({ project }) => project !== null && isLessonOver(project.view, room),
  );
  return (
    <div className="chat-note">
      <Icon name="speak" size={36} />
      <h2>{t(isOver ? "chat.emptyOver" : "chat.emptyTitle")}</h2>
      {mayWrite && !isOver && <p>{t("chat.emptyText")}</p>}
    </div>
  );
}

const MINUTE_MS = 60_000;

function DayHeading({ start }: { start: number }) {
  const { i18n } = useTranslation();
  const now = useNow(MINUTE_MS);
  return (
    <h2 className="day__name">
      <span>{dayName(start, now, i18n.language)}</span>
    </h2>
  );
}

/** Tab reaches one message, the last one that was focused, at first the newest; arrows go on from there. */
function useTabStop(shown: readonly Shown[]) {
  const [index, setIndex] = useState<string | null>(null);
  const newest = shown.at(-1)?.key;
  const key = shown.some((message) => message.key === index) ? (index ?? newest) : newest;

  function onFocus(event: React.FocusEvent<HTMLElement>): void {
    const row = event.target.closest("article");
    const rows = event.currentTarget.querySelectorAll("article");
    const position = row === null ? -1 : [...rows].indexOf(row);
    if (position !== -1) {
      setIndex(shown[position]?.key ?? null);
    }
  }
  return { key: key ?? null, onFocus };
}

function onArrowKeys(event: KeyboardEvent<HTMLElement>): void {
  const row = (event.target as HTMLElement).closest("article");
  if (row === null) {
    return;
  }
  const rows = [...event.currentTarget.querySelectorAll("article")];
  const at = rows.indexOf(row);
  const next = {
    ArrowUp: rows[at - 1],
    ArrowDown: rows[at + 1],
    Home: rows[0],
    End: rows.at(-1),
  }[event.key];
  if (next !== undefined) {
    event.preventDefault();
    next.focus();
  }
}
