import { describe, expect, it } from "vitest";
import { callJoined, callView, participant, sending } from "../call/fakeCall";
import type { CallChanged } from "../protocol/generated";
import {
  callIn,
  callRefusal,
  findParticipant,
  handPlace,
  isInCall,
  isSending,
  isSpeaking,
  myParticipant,
  ownMedium,
  tileOf,
} from "./callSelectors";
import { type Action, EMPTY_STATE, reduce, type TwinSpaceState } from "./twinspace";

function run(...actions: Action[]): TwinSpaceState {
  return actions.reduce(reduce, EMPTY_STATE);
}

function changed(revision: number, changes: Partial<CallChanged> = {}): Action {
  const { participants: _, ...rest } = callView([], { revision });
  return { type: "call-changed", change: { ...rest, changed: [], left: [], ...changes } };
}

const anna = sending("anna", "audio", "video");
const view: Action = { type: "call-view", view: callView([anna, participant("me")]) };
const joined: Action[] = [
  { type: "call-joining", room: "r", kind: "person" },
  { type: "call-joined", joined: callJoined(callView([anna, participant("me")])) },
];

function ids(state: TwinSpaceState): string[] | null {
  return callIn(state, "r")?.participants.map(({ id }) => id) ?? null;
}

describe("the call of a room", () => {
  it("is there from its first participant to its last", () => {
    const begun = run(changed(1, { changed: [anna] }));
    expect(ids(begun)).toEqual(["anna"]);
    const over = reduce(begun, changed(2, { left: ["anna"] }));
    expect(ids(over)).toBeNull();
  });

  it("takes changes in place, and those who come at the end", () => {
    const state = run(
      view,
      changed(2, {
        changed: [participant("ben"), participant("anna", { away: true })],
        left: ["me"],
        hands: ["anna"],
      }),
    );
    expect(ids(state)).toEqual(["anna", "ben"]);
    expect(callIn(state, "r")).toMatchObject({ revision: 2, hands: ["anna"] });
    expect(handPlace(state, "r", "anna")).toBe(1);
    expect(handPlace(state, "r", "ben")).toBeNull();
  });

  it("ignores what is older", () => {
    const state = run(changed(5, { changed: [anna] }));
    expect(reduce(state, changed(5, { left: ["anna"] }))).toEqual(state);
    expect(reduce(state, view)).toEqual(state);
  });

  it("is forgotten with the connection, but for one's own, which any news replaces", () => {
    const other: Action = { type: "call-view", view: callView([anna], { room: "other" }) };
    const lost: Action = { type: "connection", connection: { phase: "offline" } };
    const state = run(...joined, other, lost);
    expect(callIn(state, "other")).toBeNull();
    expect(ids(state)).toEqual(["anna", "me"]);
    const goesOn = reduce(state, { type: "call-view", view: callView([anna], { revision: 7 }) });
    expect(ids(goesOn)).toEqual(["anna"]);
    const beginsAnew = reduce(state, changed(0, { changed: [participant("me2")] }));
    expect(ids(beginsAnew)).toEqual(["me2"]);
    expect(ids(reduce(beginsAnew, changed(1, { changed: [anna] })))).toEqual(["me2", "anna"]);
  });

  it("is forgotten with its room; one's own stays until any news replaces it", () => {
    const zoe = callView([participant("zoe")], { revision: 1 });
    const known = run(changed(9, { changed: [anna] }));
    const forgotten = reduce(known, { type: "call-forgotten", room: "r" });
    expect(ids(forgotten)).toBeNull();
    expect(ids(reduce(forgotten, { type: "call-view", view: zoe }))).toEqual(["zoe"]);
    const own = reduce(run(...joined), { type: "call-forgotten", room: "r" });
    expect(ids(own)).toEqual(["anna", "me"]);
    expect(ids(reduce(own, { type: "call-view", view: zoe }))).toEqual(["zoe"]);
    expect(reduce(known, { type: "call-forgotten", room: "other" })).toEqual(known);
  });
});

describe("taking part", () => {
  it("begins with the answer, and a push that overtook it counts", () => {
    const [joining, answer] = joined as [Action, Action];
    const state = run(joining, changed(7, { changed: [participant("ben")] }), answer);
    expect(state.call.mine).toMatchObject({ phase: "in", me: "me", media: "connecting" });
    expect(isInCall(state, "r")).toBe(true);
    expect(ids(state)).toEqual(["ben"]);
  });

  it("ends with a reason, and the call goes on without one", () => {
    const state = run(...joined, {
      type: "call-out",
      room: "r",
      code: "call_removed",
      forget: false,
    });
    expect(state.call.mine).toMatchObject({ phase: "out", room: "r", refusal: "call_removed" });
    expect(isInCall(state, "r")).toBe(false);
    expect(ids(state)).toEqual(["anna", "me"]);
  });

  it("ends, and the call with it when nothing was heard of it since the connection was lost", () => {
    const state = run(...joined, {
      type: "call-out",
      room: "r",
      code: "unavailable",
      forget: true,
    });
    expect(ids(state)).toBeNull();
  });

  it("keeps each thing one was asked for once", () => {
    const ask = (by: string): Action => ({
      type: "call-asked",
      asked: { room: "r", medium: "audio", by },
    });
    const state = run(...joined, ask("anna"), ask("ben"));
    expect(state.call.mine.asked.map(({ by }) => by)).toEqual(["ben"]);
    const over = reduce(state, { type: "call-asked-over", medium: "audio" });
    expect(over.call.mine.asked).toEqual([]);
  });
});

describe("one's own media", () => {
  const on: Action = { type: "call-own", medium: "audio", phase: "on" };
  const rights = (code: "room_locked" | "call_held"): Action => ({
    type: "rights",
    rights: { room: "r", denied: { publish_audio: code } },
  });
  const me = (changes: Parameters<typeof participant>[1]): Action =>
    changed(2, { changed: [participant("me", changes)] });

  it("are what the device is", () => {
    expect(ownMedium(run(...joined), "audio")).toEqual({ state: "off" });
    expect(ownMedium(run(...joined, on), "audio")).toEqual({ state: "on" });
  });

  it("are held by a teacher, whatever the device is", () => {
    const held = me({ held: ["audio"] });
    expect(ownMedium(run(...joined, on, held), "audio")).toEqual({ state: "held" });
    expect(ownMedium(run(...joined, rights("call_held")), "audio")).toEqual({ state: "held" });
  });

  it("are denied with the reason", () => {
    const state = run(...joined, rights("room_locked"));
    expect(ownMedium(state, "audio")).toEqual({ state: "denied", code: "room_locked" });
    expect(callRefusal(state, "r", "publish_audio")).toBe("room_locked");
    expect(callRefusal(state, "r", "join_call")).toBeNull();
  });

  it("are stopped while the room keeps them back", () => {
    const stopped = me({ tracks: [{ medium: "audio", muted: false, stopped: true }] });
    const state = run(...joined, on, stopped);
    expect(ownMedium(state, "audio")).toEqual({ state: "stopped" });
    const mine = myParticipant(state);
    expect(mine && isSending(mine, "audio")).toBe(false);
  });
});

describe("what is seen of others", () => {
  it("is large until they leave", () => {
    const state = run(...joined, { type: "call-watching", participant: "anna" });
    expect(reduce(state, changed(2)).call.mine.watching).toBe("anna");
    expect(reduce(state, changed(2, { left: ["anna"] })).call.mine.watching).toBeNull();
  });

  it("is found by participant", () => {
    const tile = {
      participant: "anna",
      medium: "video",
      via: "slot",
      covered: false,
      revision: 1,
    } as const;
    const state = run(
      ...joined,
      { type: "call-tiles", tiles: [tile] },
      { type: "call-speaking", room: "r", speakers: ["anna"] },
    );
    expect(tileOf(state, "anna", "video")).toBe(tile);
    expect(tileOf(state, "anna", "screen")).toBeNull();
    expect(isSpeaking(state, "r", "anna")).toBe(true);
    expect(isSpeaking(state, "r", "me")).toBe(false);
    expect(findParticipant(state, "anna")).toBe(anna);
  });
});
