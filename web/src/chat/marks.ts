/** What few messages of a list have: handed down so that only what holds them is drawn again. Pure. */

import type { Group } from "./groups";

/** What some messages of a list have and others have not. In a block, or a group, that does not hold it: null. */
export interface Marks {
  /** The one message that Tab reaches, by its key. */
  tabStop: string | null;
  editing: number | null;
  target: number | null;
  /** The message above which the line stands that says what is new. */
  firstUnread: number | null;
  /** One's own newest message, under which stands who has seen it. */
  newestOwn: number | null;
}

/** Those of the marks that are at a message of these groups. */
export function marksIn(groups: readonly Group[], marks: Marks): Marks {
  const ifHere = (wanted: number | null) =>
    wanted !== null && groups.some((group) => holds(group, wanted)) ? wanted : null;
  const { tabStop } = marks;
  const isTabStopHere =
    tabStop !== null && groups.some(({ messages }) => messages.some(({ key }) => key === tabStop));
  return {
    tabStop: isTabStopHere ? tabStop : null,
    editing: ifHere(marks.editing),
    target: ifHere(marks.target),
    firstUnread: ifHere(marks.firstUnread),
    newestOwn: ifHere(marks.newestOwn),
  };
}

function holds({ messages }: Group, id: number): boolean {
  return messages.some((shown) => shown.from === "log" && shown.message.id === id);
}
