import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Kept, recallPlace, rememberPlace } from "./kept";

const stored = new Map<string, string>();

beforeEach(() => {
  stored.clear();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
});

const NOTHING: Kept = { isBoardOpen: false, arrangements: {} };

describe("what a device remembers of its classrooms", () => {
  it("comes back, apart for each kind of room", () => {
    const kept: Kept = {
      isBoardOpen: true,
      arrangements: { board: { large: "chat", small: ["board"] } },
    };
    rememberPlace("class-room", kept);
    expect(recallPlace("class-room")).toEqual(kept);
    expect(recallPlace("staff-room")).toEqual(NOTHING);
  });

  it("is nothing at first, and where another version or somebody's hand has left what is not an arrangement", () => {
    expect(recallPlace("class-room")).toEqual(NOTHING);
    for (const text of ["", "{", "null", "7", "[]", '{"isBoardOpen":"yes"}']) {
      stored.set("rtserver.place.class-room", text);
      expect(recallPlace("class-room"), text).toEqual(NOTHING);
    }
  });

  it("leaves out arrangements with unknown parts, or one part twice", () => {
    const good = { large: "call", small: ["chat"] };
    const bad = [
      { large: "garden", small: [] },
      { large: "call", small: ["call"] },
      { large: "call", small: "chat" },
      { large: "call", small: ["chat", "chat"] },
      null,
    ];
    for (const call of bad) {
      stored.set(
        "rtserver.place.class-room",
        JSON.stringify({ arrangements: { call, quiet: good } }),
      );
      expect(recallPlace("class-room").arrangements).toEqual({ quiet: good });
    }
  });
});
