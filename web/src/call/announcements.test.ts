import { describe, expect, it } from "vitest";
import { type Heard, heardIn, memberIn, newsSince, seatOf } from "./announcements";
import { callView, participant } from "./fakeCall";

const NOTHING: Heard = { speakers: [], participants: ["me", "a", "b"], hands: [] };

describe("newsSince", () => {
  it("tells who speaks, once", () => {
    const now = { ...NOTHING, speakers: ["a", "b"] };
    expect(newsSince(NOTHING, now, "me")).toEqual([{ kind: "speaks", who: "a" }]);
    expect(newsSince(now, { ...now, speakers: ["a"] }, "me")).toEqual([]);
  });

  it("does not tell that nobody speaks, nor of oneself", () => {
    expect(newsSince({ ...NOTHING, speakers: ["a"] }, NOTHING, "me")).toEqual([]);
    const mine = { speakers: ["me"], participants: [...NOTHING.participants], hands: ["me"] };
    expect(newsSince(NOTHING, mine, "me")).toEqual([]);
  });

  it("tells who came, who went and whose hand is up", () => {
    const now = { speakers: [], participants: ["me", "b", "c", "d"], hands: ["c"] };
    expect(newsSince(NOTHING, now, "me")).toEqual([
      { kind: "joined", who: ["c", "d"] },
      { kind: "left", who: ["a"] },
      { kind: "hand", who: ["c"] },
    ]);
  });
});

describe("hands that are lowered", () => {
  const two: Heard = { ...NOTHING, hands: ["a", "b"] };

  it("are told when none is up any more", () => {
    expect(newsSince(two, NOTHING, "me")).toEqual([{ kind: "lowered", areAll: true }]);
  });

  it("are no reason to go on saying that they are raised", () => {
    const now = { ...NOTHING, hands: ["b"] };
    expect(newsSince(two, now, "me")).toEqual([{ kind: "lowered", areAll: false }]);
  });

  it("are not told of oneself", () => {
    expect(newsSince({ ...NOTHING, hands: ["me"] }, NOTHING, "me")).toEqual([]);
  });
});

describe("heardIn", () => {
  const claire = { member: "claire" };

  it("knows people again when their call goes on at another server", () => {
    const before = callView([participant("1", claire), participant("2")], { hands: ["1"] });
    const after = callView([participant("7", claire), participant("2")], { hands: ["7"] });
    const heard = heardIn(before, ["1"]);
    expect(newsSince(heard, heardIn(after, ["7"]), "me")).toEqual([]);
    expect(heard.hands.map(memberIn)).toEqual(["claire"]);
  });

  it("tells a class camera from the teacher who brought it", () => {
    const camera = participant("3", { ...claire, kind: "class-camera" });
    const before = heardIn(callView([participant("1", claire)]), []);
    const after = heardIn(callView([participant("1", claire), camera]), []);
    expect(newsSince(before, after, "me")).toEqual([{ kind: "joined", who: [seatOf(camera)] }]);
    expect(memberIn(seatOf(camera))).toBe("claire");
  });

  it("does not tell of a speaker who has gone", () => {
    expect(heardIn(callView([]), ["1"]).speakers).toEqual([]);
  });
});
