/**
 * Who may be in the rooms of groups: the twin of rooms/groups/state.py. A room that was a group's is never everybody's
 * again; once it is put away it belongs to its circle, those who were in the group at the end. Pure.
 */

import type { Body, Grouping, ProjectView, RoomView } from "../protocol/generated";

/** The project after groups were formed, arranged anew or ended. */
export function withGroups(
  view: ProjectView,
  body: Extract<Body, { kind: "groups.formed" | "groups.ended" }>,
): ProjectView {
  const before = runningRooms(view.groups);
  if (body.kind === "groups.ended") {
    const groups = view.groups == null ? null : { ...view.groups, on: false };
    return { ...view, groups, rooms: putAway(view.rooms, before) };
  }
  const formed = new Map(body.groups.map(({ room, members }) => [room, [...members].sort()]));
  const left = before.filter((room) => !formed.has(room));
  const rooms = putAway(view.rooms, left).map((room) => {
    const group = formed.get(room.id);
    return group === undefined ? room : { ...room, group };
  });
  return { ...view, rooms, groups: { origin: body.origin, rooms: [...formed.keys()], on: true } };
}

/** The rooms after somebody was removed from the project, who is in no group any more. */
export function withoutMember(rooms: readonly RoomView[], member: string): RoomView[] {
  const less = (members: RoomView["group"]) => members?.filter((id) => id !== member) ?? null;
  return rooms.map((room) =>
    room.group == null ? room : { ...room, group: less(room.group), circle: less(room.circle) },
  );
}

/** The rooms of the groups that there are now. */
export function runningRooms(groups: Grouping | null | undefined): readonly string[] {
  return groups?.on === true ? groups.rooms : [];
}

/** Whether a room says that its lesson is over: not while groups of it are at work again, which would be told beside it. */
export function isLessonOver({ groups }: ProjectView, room: RoomView): boolean {
  const running = runningRooms(groups);
  const isAtWork = running.length > 0 && [groups?.origin, ...running].includes(room.id);
  return room.lesson_over === true && !isAtWork;
}

/** Whether the server lets somebody who is no teacher into this room, as far as groups go. */
export function isOfGroup(room: RoomView, member: string | null): boolean {
  return room.group == null || (member !== null && room.group.includes(member));
}

/** Whether a room was a group's whose work is over: nobody writes there until a teacher opens it. */
export function isPutAway(room: RoomView): boolean {
  return room.circle != null && !room.open;
}

function putAway(rooms: readonly RoomView[], names: readonly string[]): RoomView[] {
  return rooms.map((room) => {
    const circle = room.circle ?? room.group ?? null;
    return names.includes(room.id) ? { ...room, group: circle, circle } : room;
  });
}
