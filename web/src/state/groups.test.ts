import { describe, expect, it } from "vitest";
import type { Body, ProjectView, RoomView } from "../protocol/generated";
import {
  isLessonOver,
  isOfGroup,
  isPutAway,
  runningRooms,
  withGroups,
  withoutMember,
} from "./groups";

function room(id: string, changes: Partial<RoomView> = {}): RoomView {
  const plain = { open: false, locked: [], boards: [], group: null, circle: null };
  return { id, kind: "group-room", name: id, ...plain, ...changes };
}

const VIEW: ProjectView = {
  id: "p",
  title: "Rivers",
  national: false,
  phase: "active",
  classes: [],
  members: [],
  rooms: [room("hall", { kind: "class-room" }), room("oder"), room("loire")],
  groups: null,
};

function formed(groups: Record<string, string[]>): Extract<Body, { kind: "groups.formed" }> {
  const entries = Object.entries(groups).map(([name, members]) => ({ room: name, members }));
  return { kind: "groups.formed", origin: "hall", groups: entries };
}

function viewAfter(...bodies: Parameters<typeof withGroups>[1][]): ProjectView {
  return bodies.reduce(withGroups, VIEW);
}

function groupsOf({ rooms }: ProjectView): (readonly string[] | null | undefined)[] {
  return rooms.map(({ group }) => group);
}

describe("groups in the project's view", () => {
  it("says whose the rooms are", () => {
    const view = viewAfter(formed({ oder: ["zoe", "jan"], loire: [] }));
    expect(view.groups).toEqual({ origin: "hall", rooms: ["oder", "loire"], on: true });
    expect(groupsOf(view)).toEqual([null, ["jan", "zoe"], []]);
    expect(view.rooms.map(({ circle }) => circle)).toEqual([null, null, null]);
  });

  it("leaves each room to its group when it is over", () => {
    const view = viewAfter(formed({ oder: ["zoe"], loire: ["jan"] }), { kind: "groups.ended" });
    expect(view.groups?.on).toBe(false);
    expect(runningRooms(view.groups)).toEqual([]);
    expect(groupsOf(view)).toEqual([null, ["zoe"], ["jan"]]);
    expect(view.rooms.map(({ circle }) => circle)).toEqual([null, ["zoe"], ["jan"]]);
  });

  it("gives a room back to its circle after some of it worked there again", () => {
    const view = viewAfter(
      formed({ oder: ["jan", "zoe"] }),
      { kind: "groups.ended" },
      formed({ oder: ["jan"] }),
    );
    expect(groupsOf(view)[1]).toEqual(["jan"]);
    expect(groupsOf(withGroups(view, { kind: "groups.ended" }))[1]).toEqual(["jan", "zoe"]);
  });

  it("puts away a room that no group is in any more", () => {
    const view = viewAfter(
      formed({ oder: ["zoe"], loire: ["jan"] }),
      formed({ loire: ["jan", "zoe"] }),
    );
    expect(groupsOf(view)).toEqual([null, ["zoe"], ["jan", "zoe"]]);
    expect(runningRooms(view.groups)).toEqual(["loire"]);
  });

  it("takes a removed member out of group and circle", () => {
    const { rooms } = viewAfter(formed({ oder: ["jan", "zoe"] }), { kind: "groups.ended" });
    const [hall, oder] = withoutMember(rooms, "zoe");
    expect([oder?.group, oder?.circle]).toEqual([["jan"], ["jan"]]);
    expect(hall).toBe(rooms[0]);
  });

  it("knows a room that was put away from one that is used again", () => {
    const ended = viewAfter(formed({ oder: ["zoe"] }), { kind: "groups.ended" });
    expect(ended.rooms.map(isPutAway)).toEqual([false, true, false]);
    const opened = ended.rooms.map((each) => ({ ...each, open: true }));
    expect(opened.map(isPutAway)).toEqual([false, false, false]);
  });

  it("knows whom a room lets in", () => {
    const { rooms } = viewAfter(formed({ oder: ["zoe"] }));
    const [hall, oder] = rooms as [RoomView, RoomView];
    expect([isOfGroup(hall, null), isOfGroup(oder, "zoe")]).toEqual([true, true]);
    expect([isOfGroup(oder, "jan"), isOfGroup(oder, null)]).toEqual([false, false]);
  });
});

describe("the end of a lesson", () => {
  const hall = room("hall", { kind: "class-room", lesson_over: true });

  it("is not told where groups are at work again", () => {
    const during = viewAfter(formed({ oder: ["zosia"] }));
    expect(isLessonOver(VIEW, hall)).toBe(true);
    expect(isLessonOver(during, hall)).toBe(false);
    expect(isLessonOver(during, room("oder", { lesson_over: true }))).toBe(false);
    expect(isLessonOver(withGroups(during, { kind: "groups.ended" }), hall)).toBe(true);
  });

  it("is told in rooms that have nothing to do with them, and nowhere before it came", () => {
    const during = viewAfter(formed({ oder: ["zosia"] }));
    expect(isLessonOver(during, room("staff", { lesson_over: true }))).toBe(true);
    expect(isLessonOver(VIEW, room("hall"))).toBe(false);
  });
});
