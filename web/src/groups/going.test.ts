import { describe, expect, it } from "vitest";
import type { ProjectView, RoomView } from "../protocol/generated";
import { roomToGoTo, stillBehind, whereabouts } from "./going";

function room(id: string, group: string[] | null): RoomView {
  return { id, kind: "group-room", name: id, open: true, locked: [], boards: [], group };
}

function view(on: boolean | null): ProjectView {
  return {
    id: "p",
    title: "Rivers",
    national: false,
    phase: "active",
    classes: [],
    members: [],
    rooms: [room("hall", null), room("old", ["zoe"]), room("oder", ["zoe", "jan"])],
    groups: on === null ? null : { origin: "hall", rooms: ["oder"], on },
  };
}

describe("where somebody belongs", () => {
  it("is the room of their group, while there are groups", () => {
    expect(whereabouts(view(true), "zoe")).toEqual({ group: "oder", origin: "hall" });
    expect(whereabouts(view(true), "leo")).toEqual({ group: null, origin: "hall" });
    expect(whereabouts(view(true), null)).toEqual({ group: null, origin: "hall" });
    expect(whereabouts(view(false), "zoe")).toEqual({ group: null, origin: "hall" });
    expect(whereabouts(view(null), "zoe")).toEqual({ group: null, origin: null });
  });
});

describe("going there", () => {
  const oder = { group: "oder", origin: "hall" };
  const none = { group: null, origin: "hall" };

  it("happens once when groups begin, from wherever one is", () => {
    expect(roomToGoTo(oder, null, "hall")).toBe("oder");
    expect(roomToGoTo(oder, null, null)).toBe("oder");
    expect(roomToGoTo(oder, null, "oder")).toBe(null);
  });

  it("leaves those alone who went back to the class room", () => {
    expect(roomToGoTo(oder, "oder", "hall")).toBe(null);
  });

  it("follows when one is put into another group", () => {
    expect(roomToGoTo(oder, "loire", "loire")).toBe("oder");
    expect(roomToGoTo(oder, "loire", "hall")).toBe("oder");
  });

  it("brings back from the group when it is over, and from nowhere else", () => {
    expect(roomToGoTo(none, "oder", "oder")).toBe("hall");
    expect(roomToGoTo(none, "oder", "other")).toBe(null);
    expect(roomToGoTo(none, null, "hall")).toBe(null);
    expect(roomToGoTo({ group: null, origin: null }, null, null)).toBe(null);
  });
});

describe("who is still where they came from", () => {
  const members = ["claire", "jan", "zoe", "leo"].map((id) => ({
    id,
    role: id === "claire" ? ("founder" as const) : ("pupil" as const),
    class_id: "fr",
    capabilities: [],
    room_bans: [],
    removed: false,
  }));

  it("is who has a group and is in its origin, in their group's room as well or not", () => {
    const presence = { claire: ["hall"], leo: ["hall"], zoe: ["hall", "oder"], jan: ["hall"] };
    expect(stillBehind({ ...view(true), members }, presence)).toEqual(["jan", "zoe"]);
    expect(stillBehind({ ...view(true), members }, { jan: ["oder"], zoe: [] })).toEqual([]);
  });

  it("is nobody when there are no groups any more, or never were", () => {
    for (const on of [false, null]) {
      expect(stillBehind({ ...view(on), members }, { zoe: ["hall"] })).toEqual([]);
    }
  });
});
