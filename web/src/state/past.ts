/**
 * A look into a room's past: messages far from the newest, with a hole between them and those at hand. Pure.
 *
 * Reading on in it fills the hole; when it is filled, past and present are one list again.
 */

import type { HistoryPage, Message } from "../protocol/generated";

export interface Past {
  /** Oldest first, without holes. There are newer ones between these and the ones at hand. */
  messages: readonly Message[];
  /** Older messages exist than these. */
  more: boolean;
  /** Nothing was said between this message and the first of these; not known without it. */
  after?: number;
}

/** What a room has of its messages. */
export interface Shelves {
  /** Oldest first, without holes from the oldest loaded one to the newest there is. */
  messages: readonly Message[];
  more: boolean;
  /** What is looked at instead of them. */
  past: Past | null;
}

/**
 * The past as a page of history shows it. `before`: the page ends right before it, or right before the first message at
 * hand. A page that reaches those is put in front of them instead. `after`: it begins right behind this message.
 */
export function openPast<Room extends Shelves>(
  room: Room,
  page: HistoryPage,
  before: number,
  after?: number,
): Room {
  const oldest = oldestOf(room);
  if (before >= oldest) {
    const older = page.messages.filter(({ id }) => id < oldest);
    return {
      ...room,
      messages: [...older, ...room.messages],
      more: older.length === 0 ? room.more : page.more,
      past: null,
    };
  }
  const past = { messages: page.messages, more: page.more };
  return { ...room, past: after === undefined ? past : { ...past, after } };
}

/**
 * The past with an older page in front. `before`: its first message when the page was asked for. When it is another now,
 * one has jumped elsewhere since, and the page would leave a hole.
 */
export function readBackInPast<Room extends Shelves>(
  room: Room,
  page: HistoryPage,
  before: number,
): Room {
  if (room.past?.messages[0]?.id !== before) {
    return room;
  }
  const messages = [...page.messages, ...room.past.messages];
  return { ...room, past: { messages, more: page.more } };
}

/**
 * The past with a newer page behind it: the oldest messages after `after` and before `before`. When the page was asked
 * for, these were the past's last message and the first one at hand. When the past ends elsewhere now, one has jumped
 * since, and the page would leave a hole.
 */
export function readOnInPast<Room extends Shelves>(
  room: Room,
  page: HistoryPage,
  after: number,
  before: number,
): Room {
  if (room.past?.messages.at(-1)?.id !== after) {
    return room;
  }
  const messages = [...room.past.messages, ...page.messages];
  const isFilled = !page.more && oldestOf(room) <= before;
  if (!isFilled) {
    return { ...room, past: { ...room.past, messages } };
  }
  const end = messages.at(-1)?.id ?? 0;
  return {
    ...room,
    messages: [...messages, ...room.messages.filter(({ id }) => id > end)],
    more: room.past.more,
    past: null,
  };
}

/** The id of the oldest message at hand. */
export function oldestOf({ messages }: Shelves): number {
  return messages[0]?.id ?? Number.POSITIVE_INFINITY;
}
