/** The chat of a room: the twin of the server's rules for the stream `room:<id>`. Pure. */

import type { Event, HistoryPage, Message, RoomJoined } from "../protocol/generated";
import { applyInOrder, type Followed } from "./stream";

export interface RoomState extends Followed {
  id: string;
  /** Oldest first, without holes from the oldest loaded one to `position`. */
  messages: readonly Message[];
  /** Older messages exist than those loaded. */
  more: boolean;
}

/** The state after the answer to `room.join`: from its snapshot, or from what was missed. */
export function joinRoom(before: RoomState | null, joined: RoomJoined): RoomState | null {
  if (joined.snapshot !== null) {
    const { messages, more } = joined.snapshot;
    return { id: joined.room, messages, more, position: joined.position, behind: false };
  }
  if (before === null) {
    return null;
  }
  let state: RoomState = { ...before, behind: false };
  for (const event of joined.events ?? []) {
    state = receiveRoomEvent(state, event);
  }
  return state.behind ? state : { ...state, position: joined.position };
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
      };
      return { ...state, messages: [...state.messages, message] };
    }
    case "chat.edited":
      return changeMessage(state, body.message, (message) =>
        message.deleted ? message : { ...message, text: body.text, edited_at: event.at },
      );
    case "chat.deleted":
      return changeMessage(state, body.message, (message) => ({
        ...message,
        text: "",
        deleted: true,
      }));
    default:
      return state;
  }
}

/** Put an older page in front. What overlaps (two requests of one scroll) is taken once. */
export function prependHistory(state: RoomState, page: HistoryPage): RoomState {
  const oldest = state.messages[0]?.id ?? Number.POSITIVE_INFINITY;
  const older = page.messages.filter((message) => message.id < oldest);
  return { ...state, messages: [...older, ...state.messages], more: page.more };
}

function changeMessage(
  state: RoomState,
  id: number,
  change: (message: Message) => Message,
): RoomState {
  if (!state.messages.some((message) => message.id === id)) {
    return state; // older than what is loaded: its page will come with the change in it
  }
  const messages = state.messages.map((message) => (message.id === id ? change(message) : message));
  return { ...state, messages };
}
