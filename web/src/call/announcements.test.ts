import { describe, expect, it } from "vitest";
import { type Heard, newsSince } from "./announcements";

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
