/** Everything the TwinSpace page knows, and the one pure function that changes it. */

import type {
  ErrorCode,
  Event,
  HistoryPage,
  MemberPresence,
  Message,
  PresenceChange,
  ProjectJoined,
  ReadMark,
  Rights,
  RoomJoined,
  Roster,
  Signalled,
} from "../protocol/generated";
import { type CallAction, type CallsState, EMPTY_CALLS, forgetCalls, reduceCalls } from "./call";
import {
  EMPTY_LESSON,
  hearInLesson,
  joinLesson,
  type LessonAction,
  type LessonState,
  reduceLesson,
} from "./lesson";
import {
  acceptOutgoing,
  type Outgoing,
  replaceOutgoing,
  settleByEvent,
  settleByJoin,
} from "./outgoing";
import { openPast, readBackInPast, readOnInPast } from "./past";
import { joinProject, type ProjectState, receiveProjectEvent } from "./project";
import { furtherMarks, joinRoom, prependHistory, type RoomState, receiveRoomEvent } from "./room";

/** How long a typing mark stands when its end does not arrive (signals may be dropped). */
export const TYPING_EXPIRES_MS = 5_000;

export type ConnectionState =
  | { phase: "connecting" }
  | { phase: "online" }
  /** The browser says that there is no network. */
  | { phase: "offline" }
  /** Waiting for `retryAt` (this device's clock). `refusal`: the server answered, but cannot take us now. */
  | { phase: "waiting"; retryAt: number; refusal: ErrorCode | null }
  | { phase: "reconnecting" }
  /** Going over to another server, as asked, and not for long yet: what is written waits a moment. */
  | { phase: "moving" }
  /** For good. */
  | { phase: "ended"; code: ErrorCode | "unknown"; message: string };

export interface TwinSpaceState {
  connection: ConnectionState;
  me: string | null;
  project: ProjectState | null;
  /** Names by member, as this reader may see them. */
  names: Record<string, string>;
  /** The rooms each present member is in; who is not here is not in it. */
  presence: Record<string, readonly string[]>;
  /** Per room and action: null, or why not. */
  rights: Record<string, Rights["denied"]>;
  rooms: Record<string, RoomState>;
  /** Rooms that could not be entered, or that one was taken out of. */
  refusedRooms: Record<string, ErrorCode>;
  outgoing: Outgoing[];
  /** Per room and member: when their typing mark expires. */
  typing: Record<string, Record<string, number>>;
  unread: Record<string, number>;
  /** Rooms in which an unread message mentions the reader. */
  mentioned: Record<string, boolean>;
  /** Where the reader wants to go: the page of that room takes them there. */
  jump: Jump | null;
  call: CallsState;
  lesson: LessonState;
}

/** A message to be shown, once for each new object. */
export interface Jump {
  room: string;
  message: number;
}

export const EMPTY_STATE: TwinSpaceState = {
  connection: { phase: "connecting" },
  me: null,
  project: null,
  names: {},
  presence: {},
  rights: {},
  rooms: {},
  refusedRooms: {},
  outgoing: [],
  typing: {},
  unread: {},
  mentioned: {},
  jump: null,
  call: EMPTY_CALLS,
  lesson: EMPTY_LESSON,
};

export type Action =
  | { type: "connection"; connection: ConnectionState }
  | { type: "project-joined"; joined: ProjectJoined }
  | { type: "room-joined"; joined: RoomJoined }
  | { type: "room-refused"; room: string; code: ErrorCode }
  | { type: "event"; event: Event; now: number }
  | { type: "history"; room: string; page: HistoryPage; before: number }
  | { type: "rights"; rights: Rights }
  | { type: "roster"; roster: Roster }
  | { type: "presence"; changes: readonly PresenceChange[] }
  | { type: "signal"; signal: Signalled; now: number }
  | { type: "typing-expired"; now: number }
  | { type: "outgoing"; held: Outgoing[] }
  | { type: "accepted"; nonce: string; seq: number }
  | { type: "unread"; room: string; count: number; isMentioned?: boolean }
  | { type: "read-marks"; room: string; marks: readonly ReadMark[] }
  | { type: "original"; room: string; id: number; message: Message | null }
  | { type: "past-opened"; room: string; page: HistoryPage; before: number; after?: number }
  | { type: "past-earlier"; room: string; page: HistoryPage; before: number }
  | { type: "past-later"; room: string; page: HistoryPage; after: number; before: number }
  | { type: "past-left"; room: string }
  | { type: "jump"; jump: Jump | null }
  | LessonAction
  | CallAction;

export function reduce(state: TwinSpaceState, action: Action): TwinSpaceState {
  switch (action.type) {
    case "connection":
      return onConnection(state, action.connection);
    case "project-joined":
      return onProjectJoined(state, action.joined);
    case "room-joined":
      return onRoomJoined(state, action.joined);
    case "room-refused":
      return {
        ...state,
        refusedRooms: { ...state.refusedRooms, [action.room]: action.code },
      };
    case "event":
      return onEvent(state, action.event);
    case "history":
      return changeRoom(state, action.room, (room) =>
        prependHistory(room, action.page, action.before),
      );
    case "rights":
      return {
        ...state,
        rights: { ...state.rights, [action.rights.room]: action.rights.denied },
      };
    case "roster":
      return { ...state, names: namesOf(action.roster) };
    case "presence":
      return { ...state, presence: changePresence(state.presence, action.changes) };
    case "signal":
      return onSignal(state, action.signal, action.now);
    case "typing-expired":
      return { ...state, typing: withoutExpired(state.typing, action.now) };
    case "outgoing":
      return onOutgoing(state, action.held);
    case "accepted":
      return onAccepted(state, action.nonce, action.seq);
    case "unread":
      return {
        ...state,
        unread: { ...state.unread, [action.room]: action.count },
        mentioned: { ...state.mentioned, [action.room]: action.isMentioned === true },
      };
    case "read-marks":
      return changeRoom(state, action.room, (room) => {
        const marks = furtherMarks(room.marks, action.marks);
        return marks === room.marks ? room : { ...room, marks };
      });
    case "original":
      return changeRoom(state, action.room, (room) => {
        return { ...room, originals: { ...room.originals, [action.id]: action.message } };
      });
    case "past-opened":
      return changeRoom(state, action.room, (room) =>
        openPast(room, action.page, action.before, action.after),
      );
    case "past-earlier":
      return changeRoom(state, action.room, (room) =>
        readBackInPast(room, action.page, action.before),
      );
    case "past-later":
      return changeRoom(state, action.room, (room) =>
        readOnInPast(room, action.page, action.after, action.before),
      );
    case "past-left":
      return changeRoom(state, action.room, (room) => ({ ...room, past: null }));
    case "jump":
      return { ...state, jump: action.jump };
    case "clock":
    case "poll-progress":
    case "voted":
    case "attention":
    case "led":
      return { ...state, lesson: reduceLesson(state.lesson, action) };
    default:
      return { ...state, call: reduceCalls(state.call, action) };
  }
}

export function streamOfProject(project: string): string {
  return `project:${project}`;
}

export function streamOfRoom(room: string): string {
  return `room:${room}`;
}

function onConnection(state: TwinSpaceState, connection: ConnectionState): TwinSpaceState {
  const call = connection.phase === "online" ? state.call : forgetCalls(state.call);
  return { ...state, connection, call };
}

function onProjectJoined(state: TwinSpaceState, joined: ProjectJoined): TwinSpaceState {
  const project = joinProject(state.project, joined);
  return {
    ...state,
    me: joined.me,
    project,
    names: namesOf(joined.roster),
    presence: presenceOf(joined.presence),
    typing: {},
    lesson: joinLesson(state.lesson, joined.ballots, project?.view.polls),
  };
}

function onRoomJoined(state: TwinSpaceState, joined: RoomJoined): TwinSpaceState {
  const room = joinRoom(state.rooms[joined.room] ?? null, joined);
  const { [joined.room]: _, ...refusedRooms } = state.refusedRooms;
  return {
    ...state,
    refusedRooms,
    rooms: room === null ? state.rooms : { ...state.rooms, [joined.room]: room },
    rights: { ...state.rights, [joined.room]: joined.rights.denied },
    outgoing: settleByJoin(state.outgoing, joined, state.me),
  };
}

function onEvent(state: TwinSpaceState, event: Event): TwinSpaceState {
  const project = state.project;
  if (project !== null && event.stream === streamOfProject(project.view.id)) {
    const lesson = hearInLesson(state.lesson, event.body);
    return { ...state, project: receiveProjectEvent(project, event), lesson };
  }
  const room = Object.values(state.rooms).find(({ id }) => event.stream === streamOfRoom(id));
  if (room === undefined) {
    return state; // a stream that is not followed (yet): its join will bring it
  }
  const after = receiveRoomEvent(room, event);
  if (after === room || after.behind) {
    return after === room ? state : { ...state, rooms: { ...state.rooms, [room.id]: after } };
  }
  return {
    ...state,
    rooms: { ...state.rooms, [room.id]: after },
    outgoing: settleByEvent(state.outgoing, event, state.me),
    typing: withoutTyping(state.typing, room.id, event.actor),
  };
}

function onAccepted(state: TwinSpaceState, nonce: string, seq: number): TwinSpaceState {
  const message = state.outgoing.find((outgoing) => outgoing.nonce === nonce);
  const room = message === undefined ? undefined : state.rooms[message.room];
  const eventCameFirst = room !== undefined && room.position.seq >= seq;
  const outgoing = eventCameFirst
    ? state.outgoing.filter((other) => other.nonce !== nonce)
    : acceptOutgoing(state.outgoing, nonce, seq);
  return { ...state, outgoing };
}

function onOutgoing(state: TwinSpaceState, held: Outgoing[]): TwinSpaceState {
  const rooms = new Set(held.map((message) => message.room));
  const shown = new Set<string>();
  for (const room of rooms) {
    for (const message of state.rooms[room]?.messages ?? []) {
      if (message.actor === state.me && typeof message.nonce === "string") {
        shown.add(message.nonce);
      }
    }
  }
  return { ...state, outgoing: replaceOutgoing(state.outgoing, held, shown) };
}

function onSignal(state: TwinSpaceState, signal: Signalled, now: number): TwinSpaceState {
  if (signal.topic !== "typing" || signal.member === state.me) {
    return state;
  }
  if (signal.data !== "1") {
    return { ...state, typing: withoutTyping(state.typing, signal.room, signal.member) };
  }
  const room = { ...state.typing[signal.room], [signal.member]: now + TYPING_EXPIRES_MS };
  return { ...state, typing: { ...state.typing, [signal.room]: room } };
}

function withoutTyping(
  typing: TwinSpaceState["typing"],
  room: string,
  member: string,
): TwinSpaceState["typing"] {
  if (typing[room]?.[member] === undefined) {
    return typing;
  }
  const { [member]: _, ...others } = typing[room];
  return { ...typing, [room]: others };
}

function withoutExpired(typing: TwinSpaceState["typing"], now: number): TwinSpaceState["typing"] {
  const rooms = Object.entries(typing).map(([room, members]) => {
    const current = Object.entries(members).filter(([, expires]) => expires > now);
    return [room, Object.fromEntries(current)] as const;
  });
  return Object.fromEntries(rooms);
}

function changeRoom(
  state: TwinSpaceState,
  id: string,
  change: (room: RoomState) => RoomState,
): TwinSpaceState {
  const room = state.rooms[id];
  return room === undefined ? state : { ...state, rooms: { ...state.rooms, [id]: change(room) } };
}

function namesOf(roster: Roster): Record<string, string> {
  return Object.fromEntries(roster.names.map(({ member, name }) => [member, name]));
}

function presenceOf(presence: readonly MemberPresence[]): Record<string, readonly string[]> {
  return Object.fromEntries(presence.map(({ member, rooms }) => [member, rooms]));
}

function changePresence(
  presence: Record<string, readonly string[]>,
  changes: readonly PresenceChange[],
): Record<string, readonly string[]> {
  const after = { ...presence };
  for (const { member, rooms } of changes) {
    if (rooms === null) {
      delete after[member];
    } else {
      after[member] = rooms;
    }
  }
  return after;
}
