import { type KeyboardEvent, useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { setReadMark } from "../connection/memory";
import type { Message, RoomView } from "../protocol/generated";
import { classOf } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { Avatar, classColour } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { useNow } from "../ui/hooks";
import { Icon } from "../ui/Icon";
import { clockTime, dayName, startOfDay } from "../ui/places";
import { type Group, groupByDay, type Shown, shownMessages } from "./groups";
import { HistoryEdge } from "./HistoryEdge";
import { LoggedRow, OutgoingRow } from "./MessageRow";
import { useStickyScroll } from "./useStickyScroll";

interface MessageListProps {
  room: RoomView;
  me: string;
  messages: readonly Message[];
  editing: number | null;
  onEdit(message: number): void;
  onEditEnd(): void;
  onDelete(message: Message): void;
}

export function MessageList(props: MessageListProps) {
  const { room, me, messages } = props;
  const { t } = useTranslation();
  const outgoing = useTwinSpace((state) =>
    state.outgoing.filter((message) => message.room === room.id),
  );
  const shown = useMemo(() => shownMessages(messages, outgoing, me), [messages, outgoing, me]);
  const days = useMemo(() => groupByDay(shown, startOfDay), [shown]);
  const newest = messages.at(-1)?.id ?? 0;
  const onSeen = useCallback(() => setReadMark(me, room.id, newest), [me, room.id, newest]);
  const scroll = useStickyScroll({ shown, me, onSeen });
  const tabStop = useTabStop(shown);

  return (
    <div className="messages-frame">
      <div
        ref={scroll.scroller}
        className="messages"
        id="messages"
        role="log"
        aria-live="off"
        aria-label={t("chat.messages", { room: room.name })}
        data-testid="message-list"
        tabIndex={-1}
        onScroll={scroll.onScroll}
        onKeyDown={onArrowKeys}
        onFocus={tabStop.onFocus}
      >
        <div ref={scroll.content} className="messages__content">
          <HistoryEdge room={room} scroller={scroll.scroller} />
          {shown.length === 0 && <EmptyRoom />}
          {days.map((day) => (
            <section key={day.start} className="day">
              <DayHeading start={day.start} />
              {day.groups.map((group) => (
                <MessageGroup key={group.key} {...props} group={group} tabStop={tabStop.key} />
              ))}
            </section>
          ))}
        </div>
      </div>
      {!scroll.isAtBottom && (
        <div className="messages-pill">
          <Button look="primary" small icon="arrowDown" onPress={scroll.toBottom}>
            {scroll.unseen > 0 ? t("chat.newMessages", { count: scroll.unseen }) : t("chat.latest")}
          </Button>
        </div>
      )}
    </div>
  );
}

function EmptyRoom() {
  const { t } = useTranslation();
  return (
    <div className="chat-note">
      <Icon name="speak" size={36} />
      <h2>{t("chat.emptyTitle")}</h2>
      <p>{t("chat.emptyText")}</p>
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

interface MessageGroupProps extends MessageListProps {
  group: Group;
  tabStop: string | undefined;
}

/** What one person wrote in a row. */
function MessageGroup({ group, tabStop, ...list }: MessageGroupProps) {
  const { t, i18n } = useTranslation();
  const { actor } = group;
  const name = useTwinSpace((state) => state.names[actor] ?? null);
  const own = useTwinSpace((state) => classOf(state, actor));
  const rights = useTwinSpace((state) => state.rights[list.room.id]);
  const author = name ?? t(actor === "system" ? "common.system" : "common.somebody");
  const isMine = actor === list.me;
  const country = own?.schoolClass.country ?? null;

  function row(shown: Shown, index: number) {
    const place = { author, isFirst: index === 0, isTabStop: shown.key === tabStop };
    if (shown.from === "outbox") {
      return <OutgoingRow key={shown.key} message={shown.message} {...place} />;
    }
    return (
      <LoggedRow
        key={shown.key}
        room={list.room.id}
        message={shown.message}
        {...place}
        mayEdit={isMine && rights?.post === null}
        // One's own words can be taken back even when one may not write; the server knows when not.
        mayDelete={isMine || rights?.delete_others === null}
        isEditing={list.editing === shown.message.id}
        onEdit={list.onEdit}
        onEditEnd={list.onEditEnd}
        onDelete={list.onDelete}
      />
    );
  }

  return (
    <div className="group" data-mine={isMine} data-class-colour={classColour(own?.number ?? null)}>
      <Avatar name={author} classNumber={own?.number ?? null} country={country} />
      <div className="group__body">
        <p className="group__head">
          <span className="group__author" dir="auto">
            {author}
          </span>
          {own !== null && (
            <span className="group__class" dir="auto">
              {own.schoolClass.name}
            </span>
          )}
          <time className="group__time" dateTime={new Date(group.at).toISOString()}>
            {clockTime(group.at, i18n.language)}
          </time>
        </p>
        {group.messages.map(row)}
      </div>
    </div>
  );
}

/** Tab reaches one message, the last one that was focused, at first the newest; arrows go on from there. */
function useTabStop(shown: Shown[]) {
  const [index, setIndex] = useState<string | null>(null);
  const newest = shown.at(-1)?.key;
  const key = shown.some((message) => message.key === index) ? (index ?? newest) : newest;

  function onFocus(event: React.FocusEvent<HTMLElement>): void {
    const row = event.target.closest("article");
    const rows = event.currentTarget.querySelectorAll("article");
    const position = row === null ? -1 : [...rows].indexOf(row);
    setIndex(shown[position]?.key ?? null);
  }
  return { key, onFocus };
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
