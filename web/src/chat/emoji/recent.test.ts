import { beforeEach, describe, expect, it, vi } from "vitest";
import { FakeStorage } from "../../connection/fakeStorage";
import { addRecent, RECENT_MAX, recentEmoji } from "./recent";

beforeEach(() => {
  vi.stubGlobal("localStorage", new FakeStorage());
});

describe("what was used last", () => {
  it("has the newest first, each once, and is a person's own", () => {
    for (const emoji of ["🎉", "❤️", "🎉"]) {
      addRecent("m1", emoji);
    }
    expect(recentEmoji("m1")).toEqual(["🎉", "❤️"]);
    expect(recentEmoji("m2")).toEqual([]);
  });

  it("forgets the oldest", () => {
    for (let number = 0; number <= RECENT_MAX; number++) {
      addRecent("m1", String(number));
    }
    expect(recentEmoji("m1")).toHaveLength(RECENT_MAX);
    expect(recentEmoji("m1")).not.toContain("0");
  });
});
