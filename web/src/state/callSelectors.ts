/** Questions that components ask about calls. Pure. */

import type { CallView, ErrorCode, Medium, Participant, Track } from "../protocol/generated";
import type { Tile } from "./call";
import type { TwinSpaceState } from "./twinspace";

/** The actions of `rights` that are about calls. */
export type CallRight =
  | "join_call"
  | "publish_audio"
  | "publish_video"
  | "publish_screen"
  | "raise_hand"
  | "moderate_call";

export const PUBLISH_RIGHTS: Record<Medium, CallRight> = {
  audio: "publish_audio",
  video: "publish_video",
  screen: "publish_screen",
};

/**
 * One's own microphone, camera or screen, for its button. held: a teacher has switched it off. stopped: it is on here,
 * and the room or a missing teacher keeps it back. denied: one may not; `code` says why.
 */
export type OwnMedium =
  | { state: "off" | "starting" | "on" | "held" | "stopped" }
  | { state: "denied"; code: ErrorCode };

/** The call that goes on in a room. */
export function callIn(state: TwinSpaceState, room: string): CallView | null {
  return state.call.views[room] ?? null;
}

/** One is in the call of this room, or on the way in or back. */
export function isInCall(state: TwinSpaceState, room: string): boolean {
  return state.call.mine.phase !== "out" && state.call.mine.room === room;
}

/** The call one is in, with those in it. */
export function myCall(state: TwinSpaceState): CallView | null {
  const { phase, room } = state.call.mine;
  return phase === "out" || room === null ? null : callIn(state, room);
}

/** Oneself, as others see it. */
export function myParticipant(state: TwinSpaceState): Participant | null {
  return findParticipant(state, state.call.mine.me);
}

/** Somebody in the call one is in. */
export function findParticipant(state: TwinSpaceState, id: string | null): Participant | null {
  return myCall(state)?.participants.find((participant) => participant.id === id) ?? null;
}

export function trackOf(participant: Participant, medium: Medium): Track | null {
  return participant.tracks.find((track) => track.medium === medium) ?? null;
}

/** Others hear or see it: offered, not muted, not kept back. */
export function isSending(participant: Participant, medium: Medium): boolean {
  const track = trackOf(participant, medium);
  return track !== null && !track.muted && !track.stopped;
}

/** Null: one may do it in this room; a code: why not. */
export function callRefusal(
  state: TwinSpaceState,
  room: string,
  right: CallRight,
): ErrorCode | null {
  return state.rights[room]?.[right] ?? null;
}

export function ownMedium(state: TwinSpaceState, medium: Medium): OwnMedium {
  const { room, own } = state.call.mine;
  const me = myParticipant(state);
  if (me?.held.includes(medium)) {
    return { state: "held" };
  }
  const code = room === null ? null : callRefusal(state, room, PUBLISH_RIGHTS[medium]);
  if (code !== null && own[medium] === "off") {
    return code === "call_held" ? { state: "held" } : { state: "denied", code };
  }
  const isStopped = me !== null && trackOf(me, medium)?.stopped === true;
  return { state: isStopped && own[medium] === "on" ? "stopped" : own[medium] };
}

/** The picture of somebody, if there is one to show. */
export function tileOf(
  state: TwinSpaceState,
  participant: string,
  medium: Exclude<Medium, "audio">,
): Tile | null {
  const { tiles } = state.call.mine;
  return tiles.find((tile) => tile.participant === participant && tile.medium === medium) ?? null;
}

export function isSpeaking(state: TwinSpaceState, room: string, participant: string): boolean {
  return state.call.speakers[room]?.includes(participant) ?? false;
}

/** The place in the queue of raised hands, from 1; null: the hand is down. */
export function handPlace(state: TwinSpaceState, room: string, participant: string): number | null {
  const place = callIn(state, room)?.hands.indexOf(participant) ?? -1;
  return place === -1 ? null : place + 1;
}
