/** Puts messages together as they are shown: by day, and within it by author. Pure. */

import type { Message } from "../protocol/generated";
import type { Outgoing } from "../state/outgoing";

/** Messages of one author further apart than this start a new group, with its time. */
const SAME_GROUP_MS = 5 * 60_000;

/** A message in the list: from the log, or still on its way. */
export type Shown =
  | { from: "log"; key: string; actor: string; at: number; message: Message }
  | { from: "outbox"; key: string; actor: string; at: number; message: Outgoing };

export interface Group {
  key: string;
  actor: string;
  at: number;
  messages: Shown[];
}

export interface Day {
  /** Start of the day in the reader's time zone. */
  start: number;
  groups: Group[];
}

/** A message that has not changed is shown by the same object, so that its row is not drawn again. */
const known = new WeakMap<Message, { me: string; shown: Shown }>();

/** Messages of the log, then those on their way. */
export function shownMessages(
  log: readonly Message[],
  outgoing: readonly Outgoing[],
  me: string,
): Shown[] {
  const logged = log.map((message) => shownOf(message, me));
  const onTheirWay = outgoing.map((message): Shown => {
    return { from: "outbox", key: message.nonce, actor: me, at: message.at, message };
  });
  return [...logged, ...onTheirWay];
}

function shownOf(message: Message, me: string): Shown {
  const before = known.get(message);
  if (before?.me === me) {
    return before.shown;
  }
  const { actor, at } = message;
  const shown: Shown = { from: "log", key: keyOf(message, me), actor, at, message };
  known.set(message, { me, shown });
  return shown;
}

/** One's own keep their key when they arrive in the log, so that they stay the same element. */
function keyOf(message: Message, me: string): string {
  return message.actor === me && typeof message.nonce === "string"
    ? message.nonce
    : String(message.id);
}

export function groupByDay(messages: readonly Shown[], startOfDay: (at: number) => number): Day[] {
  const days: Day[] = [];
  let day: Day | undefined;
  let group: Group | undefined;
  for (const shown of messages) {
    // What is on its way belongs to the end, whatever this device's clock says.
    const at =
      shown.from === "outbox" && group !== undefined ? Math.max(shown.at, group.at) : shown.at;
    const start = startOfDay(at);
    if (day === undefined || start > day.start) {
      day = { start, groups: [] };
      days.push(day);
      group = undefined;
    }
    const last = group?.messages.at(-1);
    const continues =
      group !== undefined &&
      last !== undefined &&
      group.actor === shown.actor &&
      at - last.at < SAME_GROUP_MS;
    if (group === undefined || !continues) {
      group = { key: shown.key, actor: shown.actor, at, messages: [] };
      day.groups.push(group);
    }
    group.messages.push(shown);
  }
  return days;
}
