import { describe, expect, it } from "vitest";
import type { ProjectView, RoomView } from "../protocol/generated";
import { keptOut, roomAfterVisit, roomToGoTo, stillBehind, visitedNow, whereabouts } from "./going";

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

  it("is nobody who is kept out of their group's room: they are named among those who wait", () => {
    const barred = members.map((one) => (one.id === "zoe" ? { ...one, room_bans: ["oder"] } : one));
    const presence = { zoe: ["hall"], jan: ["hall"] };
    expect(stillBehind({ ...view(true), members: barred }, presence)).toEqual(["jan"]);
    expect(keptOut({ ...view(true), members: barred })).toEqual(["zoe"]);
    expect(keptOut({ ...view(false), members: barred })).toEqual([]);
    expect(keptOut({ ...view(true), members })).toEqual([]);
  });

  it("is nobody when there are no groups any more, or never were", () => {
    for (const on of [false, null]) {
      expect(stillBehind({ ...view(on), members }, { zoe: ["hall"] })).toEqual([]);
    }
  });
});

describe("a teacher who visits a group", () => {
  const on = view(true).groups;
  const over = view(false).groups;

  it("does so in the room of one that is at work, and in no other", () => {
    expect(visitedNow(on, null, "oder")).toBe("oder");
    for (const open of ["hall", "old", null]) {
      expect(visitedNow(on, "oder", open)).toBe(null);
    }
  });

  it("goes back when the groups end while they are there", () => {
    expect(roomAfterVisit(on, "oder", "oder")).toBe(null);
    expect(roomAfterVisit(over, "oder", "oder")).toBe("hall");
    expect(roomAfterVisit(over, "oder", "hall")).toBe(null);
  });

  it("goes back, too, when that group alone was taken away before", () => {
    expect(visitedNow({ origin: "hall", rooms: ["loire"], on: true }, "oder", "oder")).toBe("oder");
  });

  it("is not sent out of a group's room that they open later to read it", () => {
    expect(visitedNow(over, null, "oder")).toBe(null);
    expect(roomAfterVisit(over, null, "oder")).toBe(null);
    expect(roomAfterVisit(null, null, "oder")).toBe(null);
  });
});
