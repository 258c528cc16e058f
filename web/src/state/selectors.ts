/** Questions that components ask about the state. Pure. */

import type { MemberView, Role, RoomView, SchoolClass } from "../protocol/generated";
import type { Outgoing } from "./outgoing";
import type { TwinSpaceState } from "./twinspace";

export function isStaff(role: Role): boolean {
  return role === "founder" || role === "teacher";
}

export function myself(state: TwinSpaceState): MemberView | null {
  return state.project?.view.members.find(({ id }) => id === state.me) ?? null;
}

export function findMember(state: TwinSpaceState, id: string): MemberView | null {
  return state.project?.view.members.find((member) => member.id === id) ?? null;
}

export function findRoom(state: TwinSpaceState, id: string): RoomView | null {
  return state.project?.view.rooms.find((room) => room.id === id) ?? null;
}

/** The class of a member and its number in the project, which decides its colour. */
export function classOf(
  state: TwinSpaceState,
  member: string,
): { schoolClass: SchoolClass; number: number } | null {
  const classId = findMember(state, member)?.class_id;
  const classes = state.project?.view.classes ?? [];
  const number = classes.findIndex(({ id }) => id === classId);
  const schoolClass = classes[number];
  return schoolClass === undefined ? null : { schoolClass, number };
}

/** How many people are in a room; none while that cannot be known. */
export function countInRoom(state: TwinSpaceState, room: string): number {
  return Object.values(presentNow(state)).filter((rooms) => rooms.includes(room)).length;
}

const NOBODY: TwinSpaceState["presence"] = {};

/** Whether all is well with the connection, as far as people need to know. */
export function seemsOnline({ connection }: TwinSpaceState): boolean {
  return connection.phase === "online" || connection.phase === "moving";
}

/** Whether the server answers now: what was asked in vain may be asked again. */
export function isConnected({ connection }: TwinSpaceState): boolean {
  return connection.phase === "online";
}

/** Who is here, as far as it is known: without a connection it is not. */
export function presentNow(state: TwinSpaceState): TwinSpaceState["presence"] {
  return seemsOnline(state) ? state.presence : NOBODY;
}

/** Who is typing in a room, by id. */
export function typingIn(state: TwinSpaceState, room: string): string[] {
  return Object.keys(state.typing[room] ?? {});
}

/** Who of the others has read a room up to a message or further, by id; only people whom this reader knows. */
export function seenBy(state: TwinSpaceState, room: string, message: number): string[] {
  const marks = state.rooms[room]?.marks ?? {};
  return Object.keys(marks).filter(
    (member) =>
      member !== state.me &&
      (marks[member] ?? 0) >= message &&
      state.names[member] !== undefined &&
      findMember(state, member)?.removed !== true,
  );
}

/** How many messages wait to be read, in the open room and, as far as is known, in the others. */
export function countWaiting(state: TwinSpaceState, openRoom: string | null): number {
  const elsewhere = Object.entries(state.unread)
    .filter(([room]) => room !== openRoom)
    .reduce((sum, [, count]) => sum + count, 0);
  const open = openRoom === null ? undefined : state.rooms[openRoom];
  const read = open?.marks[state.me ?? ""];
  if (open === undefined || read === undefined) {
    return elsewhere;
  }
  const unread = open.messages.filter(
    ({ id, actor, deleted }) => id > read && actor !== state.me && deleted !== true,
  );
  return elsewhere + unread.length;
}

/** The first of one's own messages that another room than the open one has refused. */
export function unsentElsewhere({ outgoing }: TwinSpaceState, openRoom: string): Outgoing | null {
  return outgoing.find(({ room, refusal }) => room !== openRoom && refusal !== null) ?? null;
}

/** True when somebody turned up whose name this page does not have. */
export function lacksNames(state: TwinSpaceState): boolean {
  const members = state.project?.view.members ?? [];
  return members.some(({ id }) => state.names[id] === undefined);
}
