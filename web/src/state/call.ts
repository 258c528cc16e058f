/**
 * Calls as this page knows them: those that go on in the rooms it has seen, and the one it takes part in. Pure.
 *
 * What the server says about a call is kept as it was said. What only this page knows, as its devices and which pictures
 * it can show, is in `mine` and `devices`, written by `call/callClient.ts`.
 */

import type { FailureCode } from "../connection/failure";
import type {
  Bandwidth,
  CallAsked,
  CallChanged,
  CallJoined,
  CallView,
  Medium,
  Participant,
  ParticipantKind,
  Quality,
} from "../protocol/generated";

/** joining: asked, not answered. reconnecting: the connection to the server is gone and one was in; media may go on. */
export type CallPhase = "out" | "joining" | "in" | "reconnecting";

/** Whether sound and pictures travel: not yet, yes, or not any more for the moment (it is being repaired). */
export type MediaPhase = "connecting" | "connected" | "interrupted";

/** What one's own device does, whatever others let through. starting: it is being opened, or the browser asks. */
export type DevicePhase = "off" | "starting" | "on";

/**
 * A picture that can be shown now. There is none for somebody whose camera is off or who has no slot.
 *
 * covered: it is this participant's, but its first frame has not come yet: show a placeholder over it. `revision`
 * changes whenever the stream behind it does.
 */
export interface Tile {
  readonly participant: string;
  readonly medium: Exclude<Medium, "audio">;
  readonly via: "own" | "peer" | "slot";
  readonly covered: boolean;
  readonly revision: number;
}

/** Why a device cannot be used: by W3C Media Capture's names of errors, in words of our own. */
export type DeviceProblem =
  /** NotAllowedError: the person or the school's policy does not allow it. */
  | "denied"
  /** NotFoundError: there is no such device. */
  | "missing"
  /** NotReadableError: another program has it, or it broke down. */
  | "busy"
  /** This browser, or a page without https, cannot do it. */
  | "unsupported"
  | "unknown";

export type DeviceKind = "microphone" | "camera" | "speaker";

export interface DeviceChoice {
  readonly id: string;
  /** Empty until the person has allowed devices once. */
  readonly label: string;
}

export interface DevicesState {
  readonly list: Readonly<Record<DeviceKind, readonly DeviceChoice[]>>;
  /** The ids in use or chosen; null: the browser's own choice. */
  readonly chosen: Readonly<Record<DeviceKind, string | null>>;
  /** The last problem of each; null: none. */
  readonly problem: Readonly<Record<"microphone" | "camera" | "screen", DeviceProblem | null>>;
}

export interface MyCall {
  readonly phase: CallPhase;
  /** The room of the call one is in or joins, or was taken out of; null before the first. */
  readonly room: string | null;
  /** The own id in the call. */
  readonly me: string | null;
  readonly kind: ParticipantKind;
  /** While reconnecting: the server asked for it and nothing has gone wrong so far, so nothing was lost. */
  readonly isMove: boolean;
  /** Why one is out; null after leaving by oneself. */
  readonly refusal: FailureCode | null;
  /** Who has ended the call for everybody, when that is why. */
  readonly endedBy: string | null;
  readonly media: MediaPhase;
  /** One's own devices by medium. */
  readonly own: Readonly<Record<Medium, DevicePhase>>;
  /** The talk key is held while the microphone is otherwise off. */
  readonly talking: boolean;
  readonly bandwidthChoice: Bandwidth | "automatic";
  readonly bandwidthNow: Bandwidth;
  readonly quality: Quality;
  /** Whom one has made large. */
  readonly watching: string | null;
  /** What teachers have asked one to switch on, the newest last, one for each medium. */
  readonly asked: readonly CallAsked[];
  /** Pictures of others and of oneself that can be shown. */
  readonly tiles: readonly Tile[];
  /** The browser wants a click before it plays sound: `CallClient.unblockSound()` from its handler. */
  readonly soundBlocked: boolean;
}

export interface CallsState {
  /** The calls that go on, by room. A room without one is not in it. */
  readonly views: Readonly<Record<string, CallView>>;
  /** Who speaks now, the loudest first, by room. */
  readonly speakers: Readonly<Record<string, readonly string[]>>;
  readonly mine: MyCall;
  readonly devices: DevicesState;
}

export const NOT_IN_CALL: MyCall = {
  phase: "out",
  room: null,
  me: null,
  kind: "person",
  isMove: false,
  refusal: null,
  endedBy: null,
  media: "connecting",
  own: { audio: "off", video: "off", screen: "off" },
  talking: false,
  bandwidthChoice: "automatic",
  bandwidthNow: "full",
  quality: "unknown",
  watching: null,
  asked: [],
  tiles: [],
  soundBlocked: false,
};

export const EMPTY_CALLS: CallsState = {
  views: {},
  speakers: {},
  mine: NOT_IN_CALL,
  devices: {
    list: { microphone: [], camera: [], speaker: [] },
    chosen: { microphone: null, camera: null, speaker: null },
    problem: { microphone: null, camera: null, screen: null },
  },
};

export type CallAction =
  | { type: "call-view"; view: CallView }
  | { type: "call-changed"; change: CallChanged }
  | { type: "call-speaking"; room: string; speakers: readonly string[] }
  | { type: "call-joining"; room: string; kind: ParticipantKind }
  | { type: "call-joined"; joined: CallJoined }
  | { type: "call-reconnecting"; isMove: boolean }
  /** One is not in the room of a call any more, or newly in it: what one knew of the call is old. */
  | { type: "call-forgotten"; room: string }
  /** `forget`: the view of the call is older than what ended it. */
  | {
      type: "call-out";
      room: string;
      code: FailureCode | null;
      /** Who has ended it for everybody. */
      by?: string | null;
      forget: boolean;
    }
  | { type: "call-media"; media: MediaPhase }
  | { type: "call-own"; medium: Medium; phase: DevicePhase }
  | { type: "call-talking"; talking: boolean }
  | { type: "call-bandwidth"; choice: Bandwidth | "automatic"; now: Bandwidth }
  | { type: "call-quality"; quality: Quality }
  | { type: "call-watching"; participant: string | null }
  | { type: "call-asked"; asked: CallAsked }
  /** The question was answered, or turned down. */
  | { type: "call-asked-over"; medium: Medium }
  | { type: "call-tiles"; tiles: readonly Tile[] }
  | { type: "call-sound"; blocked: boolean }
  | { type: "call-devices"; devices: DevicesState };

export function reduceCalls(state: CallsState, action: CallAction): CallsState {
  switch (action.type) {
    case "call-view":
      return withView(state, action.view);
    case "call-changed":
      return onChanged(state, action.change);
    case "call-speaking":
      return { ...state, speakers: { ...state.speakers, [action.room]: action.speakers } };
    case "call-joining": {
      const { room, kind } = action;
      const { bandwidthChoice } = state.mine;
      return change(state, { ...NOT_IN_CALL, phase: "joining", room, kind, bandwidthChoice });
    }
    case "call-joined":
      return onJoined(state, action.joined);
    case "call-reconnecting":
      return change(state, { phase: "reconnecting", isMove: action.isMove });
    case "call-forgotten":
      return forgetCall(state, action.room);
    case "call-out":
      return onOut(state, action);
    case "call-media":
      return change(state, { media: action.media });
    case "call-own":
      return change(state, { own: { ...state.mine.own, [action.medium]: action.phase } });
    case "call-talking":
      return change(state, { talking: action.talking });
    case "call-bandwidth":
      return change(state, { bandwidthChoice: action.choice, bandwidthNow: action.now });
    case "call-quality":
      return change(state, { quality: action.quality });
    case "call-watching":
      return change(state, { watching: action.participant });
    case "call-asked":
      return change(state, { asked: [...notAsked(state, action.asked.medium), action.asked] });
    case "call-asked-over":
      return change(state, { asked: notAsked(state, action.medium) });
    case "call-tiles":
      return change(state, { tiles: action.tiles });
    case "call-sound":
      return change(state, { soundBlocked: action.blocked });
    case "call-devices":
      return { ...state, devices: action.devices };
  }
}

/** Less than any revision of a server. */
const FORGOTTEN = -1;

/**
 * The connection was lost: what went on elsewhere is not known any more. The own call stays on the screen; whatever
 * comes next about it is newer, as a server that has restarted counts from the beginning.
 */
export function forgetCalls(state: CallsState): CallsState {
  const room = state.mine.phase === "out" ? null : state.mine.room;
  const own = room === null ? undefined : state.views[room];
  const views = own === undefined ? {} : { [own.room]: { ...own, revision: FORGOTTEN } };
  return { ...state, views, speakers: {} };
}

/** As after a lost connection, for one room. */
function forgetCall(state: CallsState, room: string): CallsState {
  const view = state.views[room];
  if (view === undefined) {
    return state;
  }
  const isOwn = state.mine.phase !== "out" && state.mine.room === room;
  return isOwn
    ? { ...state, views: { ...state.views, [room]: { ...view, revision: FORGOTTEN } } }
    : withoutView(state, room);
}

function change(state: CallsState, changes: Partial<MyCall>): CallsState {
  return { ...state, mine: { ...state.mine, ...changes } };
}

function withView(state: CallsState, view: CallView): CallsState {
  const known = state.views[view.room];
  if (known !== undefined && known.revision > view.revision) {
    return state; // an answer that was overtaken by a push
  }
  return view.participants.length === 0
    ? withoutView(state, view.room)
    : { ...state, views: { ...state.views, [view.room]: view } };
}

function withoutView(state: CallsState, room: string): CallsState {
  const { [room]: _view, ...views } = state.views;
  const { [room]: _speakers, ...speakers } = state.speakers;
  return { ...state, views, speakers };
}

function onChanged(state: CallsState, pushed: CallChanged): CallsState {
  const known = state.views[pushed.room];
  if (known !== undefined && pushed.revision <= known.revision) {
    return state;
  }
  const { changed, left, ...rest } = pushed;
  const changes = new Map(changed.map((participant) => [participant.id, participant]));
  const stay: Participant[] = [];
  // Whoever goes on with a call is shown all of it first. This one begins anew, without those of the one before.
  const before = known === undefined || known.revision === FORGOTTEN ? [] : known.participants;
  for (const participant of before) {
    if (!left.includes(participant.id)) {
      stay.push(changes.get(participant.id) ?? participant);
      changes.delete(participant.id);
    }
  }
  const after = withView(state, { ...rest, participants: [...stay, ...changes.values()] });
  const isWatchedGone = state.mine.watching !== null && left.includes(state.mine.watching);
  return isWatchedGone ? change(after, { watching: null }) : after;
}

function onJoined(state: CallsState, joined: CallJoined): CallsState {
  const after = withView(state, joined.call);
  return change(after, {
    phase: "in",
    room: joined.call.room,
    me: joined.me,
    refusal: null,
    endedBy: null,
    isMove: false,
    ...(joined.resumed ? {} : { media: "connecting" as const, asked: [], watching: null }),
  });
}

function onOut(state: CallsState, out: Extract<CallAction, { type: "call-out" }>): CallsState {
  const { bandwidthChoice, kind } = state.mine;
  const after = out.forget ? withoutView(state, out.room) : state;
  const { room, code: refusal, by: endedBy = null } = out;
  return change(after, { ...NOT_IN_CALL, room, refusal, endedBy, bandwidthChoice, kind });
}

function notAsked(state: CallsState, medium: Medium): readonly CallAsked[] {
  return state.mine.asked.filter((asked) => asked.medium !== medium);
}
