/** Groups as a teacher arranges them, before they are sent. Pure. */

import type { Grouping, RoomView, WantedGroup } from "../protocol/generated";
import { GROUPS_MAX } from "./rule";

export interface DraftGroup {
  /** Tells it from the others, whatever it is called. */
  key: string;
  /** The room that it is in; null: it gets a new one. */
  room: string | null;
  name: string;
  /** It was given no name, and is counted in each reader's own language; null: it was. */
  number: number | null;
  members: readonly string[];
}

export type Draft = readonly DraftGroup[];

/** What the n-th group is called. */
export type NameOf = (number: number) => string;

/** The groups that there are, or were last. */
export function draftOf(groups: Grouping, rooms: readonly RoomView[]): Draft {
  return groups.rooms.flatMap((id) => {
    const room = rooms.find((each) => each.id === id);
    return room === undefined ? [] : [draftOfRoom(room)];
  });
}

function draftOfRoom({ id, name, group_number, group }: RoomView): DraftGroup {
  return { key: id, room: id, name, number: group_number ?? null, members: group ?? [] };
}

/** Groups of these members: the first ones go on in the rooms of those before. */
export function redrawn(
  before: Draft,
  lists: readonly (readonly string[])[],
  nameOf: NameOf,
): Draft {
  return lists.map((members, index) => {
    const group = before[index];
    return group === undefined ? newGroup(index + 1, nameOf, members) : { ...group, members };
  });
}

/** With one more group, which nobody is in yet. */
export function withOneMore(draft: Draft, nameOf: NameOf): Draft {
  if (draft.length >= GROUPS_MAX) {
    return draft;
  }
  const taken = new Set<string | number | null>(
    draft.flatMap(({ key, name, number }) => [key, name, number]),
  );
  let number = draft.length + 1;
  while ([number, `new-${number}`, nameOf(number)].some((one) => taken.has(one))) {
    number += 1;
  }
  return [...draft, newGroup(number, nameOf, [])];
}

function newGroup(number: number, nameOf: NameOf, members: readonly string[]): DraftGroup {
  return { key: `new-${number}`, room: null, name: nameOf(number), number, members };
}

/** With a group called as the teacher says. */
export function renamed(draft: Draft, key: string, name: string): Draft {
  return draft.map((group) => (group.key === key ? { ...group, name, number: null } : group));
}

/** With somebody in another group, or (null) in none. */
export function moved(draft: Draft, members: readonly string[], key: string | null): Draft {
  return draft.map((group) => {
    const others = group.members.filter((id) => !members.includes(id));
    return { ...group, members: group.key === key ? [...others, ...members] : others };
  });
}

/** Those who are in no group. */
export function ungrouped(draft: Draft, pupils: readonly string[]): string[] {
  const grouped = new Set(draft.flatMap(({ members }) => members));
  return pupils.filter((id) => !grouped.has(id));
}

/** As the server takes it. A room in which an earlier group wrote is not for others: they get a new one of its name. */
export function wanted(draft: Draft, rooms: readonly RoomView[]): WantedGroup[] {
  return draft.map(({ room: id, name, number, members }) => {
    const room = id === null ? undefined : rooms.find((each) => each.id === id);
    const circle = room?.circle ?? null;
    const fits =
      room !== undefined && (circle === null || members.every((one) => circle.includes(one)));
    return fits
      ? { room: room.id, name: null, members }
      : { room: null, name: name.trim(), number, members };
  });
}

/** Whether both put the same pupils into the same rooms. */
export function isSame(one: Draft, other: Draft): boolean {
  return (
    one.length === other.length && one.every((group, index) => isSameGroup(group, other[index]))
  );
}

function isSameGroup(one: DraftGroup, other: DraftGroup | undefined): boolean {
  return (
    one.room !== null &&
    one.room === other?.room &&
    one.members.length === other.members.length &&
    one.members.every((id) => other.members.includes(id))
  );
}
