import { describe, expect, it } from "vitest";
import type { Message } from "../protocol/generated";
import type { RoomState } from "./room";
import { countWaiting, seenBy, unsentElsewhere } from "./selectors";
import { EMPTY_STATE, type TwinSpaceState } from "./twinspace";

function message(id: number, actor: string, deleted = false): Message {
  return { id, at: id, actor, text: "", deleted };
}

const room: RoomState = {
  id: "r",
  messages: [message(1, "zoe"), message(2, "me"), message(3, "zoe"), message(4, "zoe", true)],
  more: false,
  past: null,
  pins: [],
  originals: {},
  joinedAt: 4,
  marks: { me: 1, zoe: 4, jan: 2, stranger: 4 },
  position: { epoch: "e", seq: 4 },
  behind: false,
};

const state: TwinSpaceState = {
  ...EMPTY_STATE,
  me: "me",
  names: { me: "Leo", zoe: "Zoe", jan: "Janek" },
  rooms: { r: room },
  unread: { r: 9, s: 3 },
};

describe("who has seen a message", () => {
  it("are the others who have read so far and whom the reader knows", () => {
    expect(seenBy(state, "r", 2)).toEqual(["zoe", "jan"]);
    expect(seenBy(state, "r", 3)).toEqual(["zoe"]);
    expect(seenBy(state, "s", 1)).toEqual([]);
  });
});

describe("what waits to be read", () => {
  it("is what others wrote in the open room after the mark, and what is known of the other rooms", () => {
    expect(countWaiting(state, "r")).toBe(1 + 3);
  });

  it("is nothing in a room that was never read: all of it is old", () => {
    const never = { ...state, rooms: { r: { ...room, marks: {} } } };
    expect(countWaiting(never, "r")).toBe(3);
  });
});

describe("what did not get where it was written", () => {
  const refused = { nonce: "a", room: "group", text: "late", at: 1, accepted: null };
  const refusal = { code: "not_joined", message: "" } as const;
  const waiting = { ...refused, nonce: "b", refusal: null };

  it("is what another room than the open one has refused", () => {
    const unsent = { ...refused, refusal };
    const outgoing = [waiting, unsent];
    expect(unsentElsewhere({ ...state, outgoing }, "r")).toBe(unsent);
    expect(unsentElsewhere({ ...state, outgoing }, "group")).toBeNull(); // it says so itself
    expect(unsentElsewhere({ ...state, outgoing: [waiting] }, "r")).toBeNull();
  });
});
