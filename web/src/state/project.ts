/**
 * The project as this member sees it: the twin of the server's rules for the stream `project:<id>`.
 *
 * Pure: every function returns a new value. What is in the log has happened, so nothing is refused here, and an event
 * about something that this reader was never shown changes nothing.
 */

import type {
  BoardView,
  Body,
  Capability,
  Event,
  MemberView,
  ProjectJoined,
  ProjectView,
  Role,
  RoomView,
} from "../protocol/generated";
import { withGroups, withoutMember } from "./groups";
import { withLesson } from "./lesson";
import { applyInOrder, type Followed } from "./stream";

export interface ProjectState extends Followed {
  view: ProjectView;
}

const ALL_CAPABILITIES: readonly Capability[] = [
  "post",
  "react",
  "draw",
  "publish-audio",
  "publish-video",
  "publish-screen",
];

/** What a new member may do: the twin of DEFAULT_CAPABILITIES in rooms/model.py, for `member.added` names none. */
const DEFAULT_CAPABILITIES: Record<Role, readonly Capability[]> = {
  founder: ALL_CAPABILITIES,
  teacher: ALL_CAPABILITIES,
  pupil: ALL_CAPABILITIES.filter((capability) => capability !== "publish-screen"),
  "pupil-admin": ALL_CAPABILITIES,
  visitor: [],
};

/** The state after the answer to `project.join`: from its snapshot, or from what was missed. */
export function joinProject(
  before: ProjectState | null,
  joined: ProjectJoined,
): ProjectState | null {
  if (joined.snapshot !== null) {
    return { view: joined.snapshot, position: joined.position, behind: false };
  }
  if (before === null) {
    return null;
  }
  let state: ProjectState = { ...before, behind: false };
  for (const event of joined.events ?? []) {
    state = receiveProjectEvent(state, event);
  }
  return state.behind ? state : { ...state, position: joined.position };
}

export function receiveProjectEvent(state: ProjectState, event: Event): ProjectState {
  return applyInOrder(state, event, (current, shown) => ({
    ...current,
    view: applyToView(current.view, shown.body),
  }));
}

function applyToView(view: ProjectView, body: Body): ProjectView {
  switch (body.kind) {
    case "project.opened":
      return { ...view, title: body.title, national: body.national };
    case "project.phase_set":
      return { ...view, phase: body.phase };
    case "class.added":
      return withClass(view, body);
    case "member.added":
      return withMember(view, body);
    case "member.removed":
      return changeMember(
        { ...view, rooms: withoutMember(view.rooms, body.member) },
        body.member,
        (member) => ({ ...member, removed: true }),
      );
    case "member.capability_set":
      return changeMember(view, body.member, (member) => ({
        ...member,
        capabilities: toggled(member.capabilities, body.capability, body.allowed),
      }));
    case "member.room_ban_set":
      return changeMember(view, body.member, (member) => ({
        ...member,
        room_bans: toggled(member.room_bans, body.room, body.banned),
      }));
    case "room.added":
      return withRoom(view, body);
    case "room.open_set":
      return changeRoom(view, body.room, (room) => ({
        ...room,
        open: body.open,
        lesson_over: !body.open && room.lesson_over === true,
      }));
    case "lesson.ended":
      return changeRoom(view, body.room, (room) => ({ ...room, lesson_over: true }));
    case "room.lock_set":
      return changeRoom(view, body.room, (room) => ({
        ...room,
        locked: toggled(room.locked, body.capability, body.locked),
      }));
    case "groups.formed":
    case "groups.ended":
      return withGroups(view, body);
    case "timer.set":
    case "poll.opened":
    case "poll.closed":
    case "poll.put_away":
      return withLesson(view, body);
    case "board.added":
      return changeBoards(view, body.room, (boards) => [
        ...boards,
        { id: body.board, name: body.name },
      ]);
    case "board.renamed":
      return changeBoards(view, body.room, (boards) =>
        boards.map((board) => (board.id === body.board ? { ...board, name: body.name } : board)),
      );
    case "board.moved":
      return changeBoards(view, body.room, (boards) => moved(boards, body.board, body.before));
    case "board.removed":
      return changeBoards(view, body.room, (boards) =>
        boards.filter((board) => board.id !== body.board),
      );
    default:
      return view;
  }
}

function withClass(view: ProjectView, body: Extract<Body, { kind: "class.added" }>): ProjectView {
  const { kind: _, class_id, ...fields } = body;
  return { ...view, classes: [...view.classes, { id: class_id, ...fields }] };
}

function withMember(view: ProjectView, body: Extract<Body, { kind: "member.added" }>): ProjectView {
  const member: MemberView = {
    id: body.member,
    role: body.role,
    class_id: body.class_id,
    capabilities: DEFAULT_CAPABILITIES[body.role],
    room_bans: [],
    removed: false,
  };
  return { ...view, members: [...view.members, member] };
}

function withRoom(view: ProjectView, body: Extract<Body, { kind: "room.added" }>): ProjectView {
  const room: RoomView = {
    id: body.room,
    kind: body.room_kind,
    name: body.name,
    open: false,
    locked: [],
    boards: [{ id: body.room, name: "" }], // a room's first board is called like the room
    group_number: body.group_number ?? null,
  };
  return { ...view, rooms: [...view.rooms, room] };
}

function changeMember(
  view: ProjectView,
  id: string,
  change: (member: MemberView) => MemberView,
): ProjectView {
  const members = view.members.map((member) => (member.id === id ? change(member) : member));
  return { ...view, members };
}

function changeRoom(
  view: ProjectView,
  id: string,
  change: (room: RoomView) => RoomView,
): ProjectView {
  const rooms = view.rooms.map((room) => (room.id === id ? change(room) : room));
  return { ...view, rooms };
}

function changeBoards(
  view: ProjectView,
  room: string,
  change: (boards: readonly BoardView[]) => readonly BoardView[],
): ProjectView {
  return changeRoom(view, room, (before) => ({ ...before, boards: change(before.boards) }));
}

/** The boards with one of them in front of another, or (null) at the end. */
function moved(
  boards: readonly BoardView[],
  id: string,
  before: string | null,
): readonly BoardView[] {
  const moving = boards.filter((board) => board.id === id);
  const others = boards.filter((board) => board.id !== id);
  const place = others.findIndex((board) => board.id === before);
  return place < 0 ? [...others, ...moving] : others.toSpliced(place, 0, ...moving);
}

/** `values` with `value` in it, once, or without it. */
function toggled<T>(values: readonly T[], value: T, present: boolean): T[] {
  const others = values.filter((other) => other !== value);
  return present ? [...others, value] : others;
}
