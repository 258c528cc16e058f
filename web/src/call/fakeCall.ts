/** A call for tests: what the server says of it, a server that answers, and a page that takes part. */

import type { CommandName, Push } from "../connection/link";
import type { CallJoined, CallView, Commands, Medium, Participant } from "../protocol/generated";
import { Store } from "../state/store";
import { beginCall } from "./activeCall";
import { CallClient, type JoinOptions } from "./callClient";
import { FakeBrowser, settle } from "./fakes";
import type { Request } from "./ports";

type Answers = {
  [Name in CommandName]?: (params: Commands[Name]["params"]) => Commands[Name]["result"];
};

/** A server that answers as told, and `{}` otherwise. Keeps what it was asked. */
export class FakeServer {
  readonly asked: { name: CommandName; params: Record<string, unknown> }[] = [];
  answers: Answers = {
    "call.offer": ({ sdp }) => ({ sdp }),
  };

  readonly request: Request = async (name, params) => {
    this.asked.push({ name, params: { ...params } });
    await Promise.resolve();
    const answer = this.answers[name] as ((params: unknown) => unknown) | undefined;
    return (answer?.(params) ?? {}) as never;
  };

  /** The parameters of all commands of this name. */
  of(name: CommandName): Record<string, unknown>[] {
    return this.asked.filter((one) => one.name === name).map(({ params }) => params);
  }
}

export function participant(id: string, changes: Partial<Participant> = {}): Participant {
  return {
    id,
    member: `member-${id}`,
    kind: "person",
    tracks: [],
    held: [],
    bandwidth: "full",
    automatic: true,
    quality: "unknown",
    away: false,
    ...changes,
  };
}

/** Somebody who sends these media. */
export function sending(id: string, ...media: Medium[]): Participant {
  const tracks = media.map((medium) => ({ medium, muted: false, stopped: false }));
  return participant(id, { tracks });
}

export function callView(participants: Participant[], changes: Partial<CallView> = {}): CallView {
  return {
    room: "r",
    revision: 1,
    mode: "sfu",
    settling: false,
    paused: false,
    pupils_held: [],
    hands: [],
    participants,
    ...changes,
  };
}

export function callJoined(call: CallView, changes: Partial<CallJoined> = {}): CallJoined {
  return {
    me: "me",
    resume: "resume-1",
    resumed: false,
    call,
    ice: { servers: [], expires_at: 0, relay_only: false },
    video_slots: 2,
    audio_slots: 1,
    ...changes,
  };
}

export function slotsPush(
  revision: number,
  ...slots: [mid: string, participant: string | null, after: number | null][]
): Push {
  const payload = {
    room: "r",
    revision,
    slots: slots.map(([mid, id, after]) => ({
      mid,
      participant: id,
      medium: id === null ? null : ("video" as const),
      after,
    })),
  };
  return { name: "call_slots", payload };
}

export const SILENT: JoinOptions = {
  kind: "person",
  microphone: false,
  camera: false,
  begin: beginCall,
};
export const BOTH: JoinOptions = {
  kind: "person",
  microphone: true,
  camera: true,
  begin: beginCall,
};

export const ME = participant("me");
export const ANNA = sending("anna", "audio", "video");

/** A page in a room whose call answers `joined`. */
export function setUpCall(joined: CallJoined = callJoined(callView([ME, ANNA]))) {
  const server = new FakeServer();
  const browser = new FakeBrowser();
  const store = new Store();
  server.answers["call.join"] = () => joined;
  const page: { room: string | null } = { room: "r" };
  const client = new CallClient({
    store,
    request: server.request,
    browser: browser.asBrowser,
    openRoom: () => page.room,
  });
  const mine = () => store.getState().call.mine;
  const change = (view = callView([ME, ANNA])) => {
    const { participants: changed, ...rest } = view;
    client.onPush({ name: "call_changed", payload: { ...rest, changed, left: [] } });
  };
  const join = async (options: JoinOptions = SILENT): Promise<void> => {
    await client.join(options);
    await settle();
  };
  return { server, browser, store, page, client, mine, change, join };
}
