/** The chat of a room: the twin of the server's rules for the stream `room:<id>`. Pure. */

import type {
  Body,
  Event,
  HistoryPage,
  Message,
  Reacted,
  ReadMark,
  RoomJoined,
} from "../protocol/generated";
import type { Shelves } from "./past";
import { applyInOrder, type Followed } from "./stream";

export interface RoomState extends Followed, Shelves {
  id: string;
  /** The pinned messages as they are now, in the order they were pinned; also those that are not loaded. */
  pins: readonly Message[];
  /** Where the log ended when the room was joined the last time: what is before was not seen to come. */
  joinedAt: number;
  /** Up to which message each member has read. */
  marks: Readonly<Record<string, number>>;
  /** Messages that replies quote and that are in none of the lists. Null: there is no such message. */
  originals: Readonly<Record<number, Message | null>>;
}

/** The state after the answer to `room.join`: from its snapshot, or from what was missed. */
export function joinRoom(before: RoomState | null, joined: RoomJoined): RoomState | null {
  if (joined.snapshot !== null) {
    const { messages, more, pins = [], marks = [] } = joined.snapshot;
    return {
      id: joined.room,
      messages,
      more,
      past: null,
      pins,
      marks: furtherMarks(before?.marks ?? {}, marks),
      originals: {},
      joinedAt: joined.position.seq,
      position: joined.position,
      behind: false,
    };
  }
  if (before === null) {
    return null;
  }
  let state: RoomState = { ...before, behind: false };
  for (const event of joined.events ?? []) {
    state = receiveRoomEvent(state, event);
  }
  const joinedAt = joined.position.seq;
  return state.behind ? state : { ...state, joinedAt, position: joined.position };
}

export function receiveRoomEvent(state: RoomState, event: Event): RoomState {
  return applyInOrder(state, event, applyToChat);
}

function applyToChat(state: RoomState, event: Event): RoomState {
  const body = event.body;
  switch (body.kind) {
    case "chat.posted": {
      const message: Message = {
        id: event.seq,
        at: event.at,
        actor: event.actor,
        text: body.text,
        nonce: event.nonce,
        edited_at: null,
        deleted: false,
        reply: body.reply ?? null,
        mentions: body.mentions ?? [],
        language: body.language ?? null,
        reactions: [],
        pinned: false,
        files: body.files ?? [],
      };
      return { ...state, messages: [...state.messages, message] };
    }
    case "chat.pinned":
      return changeMessage(withPin(state, body), body.message, event);
    case "chat.edited":
    case "chat.deleted":
    case "chat.reacted":
    case "chat.language_set":
      return changeMessage(state, body.message, event);
    default:
      return state;
  }
}

/**
 * Put an older page in front. `before`: the first message at hand when the page was asked for. When it is another now, the
 * page belongs elsewhere: it came already (two requests of one scroll), or would leave a hole.
 */
export function prependHistory(state: RoomState, page: HistoryPage, before: number): RoomState {
  return state.messages[0]?.id === before
    ? { ...state, messages: [...page.messages, ...state.messages], more: page.more }
    : state;
}

/** The pins with a new one at the end: it comes with its event, since it may be older than what is loaded. */
function withPin(state: RoomState, body: Extract<Body, { kind: "chat.pinned" }>): RoomState {
  const { content } = body;
  if (!(body.pinned && content) || state.pins.some((pin) => pin.id === body.message)) {
    return state;
  }
  return { ...state, pins: [...state.pins, content] };
}

/** The state with one message changed, wherever it is; of one that is not loaded, its page will bring the change. */
function changeMessage(state: RoomState, id: number, event: Event): RoomState {
  const change = (messages: readonly Message[]) =>
    messages.some((message) => message.id === id)
      ? messages.map((message) => (message.id === id ? changed(message, event) : message))
      : messages;
  const pins = change(state.pins);
  const stillPinned = pins === state.pins ? pins : pins.filter((pin) => pin.pinned);
  const { past, originals } = state;
  const original = originals[id];
  return {
    ...state,
    messages: change(state.messages),
    pins: stillPinned,
    past: past === null ? null : { ...past, messages: change(past.messages) },
    originals: original ? { ...originals, [id]: changed(original, event) } : originals,
  };
}

/** The marks after some have moved; they only move forward. */
export function furtherMarks(
  before: RoomState["marks"],
  moved: readonly ReadMark[],
): RoomState["marks"] {
  const further = moved.filter(({ member, message }) => message > (before[member] ?? -1));
  return further.length === 0
    ? before
    : { ...before, ...Object.fromEntries(further.map(({ member, message }) => [member, message])) };
}

/** A message of the room, wherever it is at hand. Undefined: it has to be asked for. Null: there is none. */
export function findMessage(state: RoomState, id: number): Message | null | undefined {
  return (
    findIn(state.messages, id) ??
    findIn(state.past?.messages ?? [], id) ??
    state.pins.find((pin) => pin.id === id) ??
    state.originals[id]
  );
}

/** Halving: there may be thousands, and each quote on the page asks for one after every event. */
function findIn(messages: readonly Message[], id: number): Message | undefined {
  let low = 0;
  let high = messages.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const message = messages[middle];
    if (message === undefined || message.id === id) {
      return message;
    }
    if (message.id < id) {
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return undefined;
}

/** A message after an event about it: the twin of `rooms/chat/changing.py`. */
function changed(message: Message, event: Event): Message {
  if (message.deleted) {
    return message;
  }
  const body = event.body;
  switch (body.kind) {
    case "chat.edited": {
      const { text, mentions = [], language = null } = body;
      return { ...message, text, mentions, language, edited_at: event.at };
    }
    case "chat.deleted": {
      const nothing = { text: "", mentions: [], language: null, reactions: [], files: [] };
      return { ...message, ...nothing, pinned: false, deleted: true };
    }
    case "chat.reacted": {
      const { reactions = [] } = message;
      return { ...message, reactions: reacted(reactions, body.reaction, event.actor, body.on) };
    }
    case "chat.pinned":
      return { ...message, pinned: body.pinned };
    case "chat.language_set":
      return { ...message, language: body.language };
    default:
      return message;
  }
}

/** The reactions after a member has put one, or taken it back; to do so twice changes nothing. */
function reacted(
  reactions: readonly Reacted[],
  reaction: string,
  member: string,
  on: boolean,
): readonly Reacted[] {
  if (reaction === "") {
    return reactions; // blanked in the log: the message was deleted since
  }
  const group = reactions.find((each) => each.reaction === reaction);
  if (group === undefined) {
    return on ? [...reactions, { reaction, members: [member] }] : reactions;
  }
  if (group.members.includes(member) === on) {
    return reactions;
  }
  const members = on
    ? [...group.members, member]
    : group.members.filter((other) => other !== member);
  return reactions
    .map((each) => (each === group ? { reaction, members } : each))
    .filter((each) => each.members.length > 0);
}
