import { describe, expect, it } from "vitest";
import { callView, participant } from "../call/fakeCall";
import type { ProjectView, RoomView } from "../protocol/generated";
import { EMPTY_STATE, type TwinSpaceState } from "../state/twinspace";
import { canEnd, endingOf, roomsOfLesson } from "./ending";

function room(id: string, changes: Partial<RoomView> = {}): RoomView {
  return { id, kind: "class-room", name: id, open: true, locked: [], boards: [], ...changes };
}

const VIEW: ProjectView = {
  id: "p",
  title: "Rivers",
  national: false,
  phase: "active",
  classes: [],
  members: [],
  rooms: [room("hall"), room("oder"), room("loire"), room("other")],
};

const GROUPED: ProjectView = {
  ...VIEW,
  groups: { origin: "hall", rooms: ["oder", "loire"], on: true },
};

function state(view: ProjectView, calls: Record<string, number> = {}): TwinSpaceState {
  const views = Object.fromEntries(
    Object.entries(calls).map(([id, count]) => {
      const people = Array.from({ length: count }, (_, at) => participant(`${id}${at}`));
      return [id, callView(people, { room: id })];
    }),
  );
  return {
    ...EMPTY_STATE,
    project: { view, position: { epoch: "e", seq: 1 }, behind: false },
    call: { ...EMPTY_STATE.call, views },
  };
}

describe("the rooms of a lesson", () => {
  it("are those of its groups too, from whichever of them it is ended", () => {
    for (const asked of ["hall", "oder"]) {
      expect(roomsOfLesson(GROUPED, asked)).toEqual(["hall", "oder", "loire"]);
    }
    expect(roomsOfLesson(GROUPED, "other")).toEqual(["other"]);
    expect(roomsOfLesson(VIEW, "hall")).toEqual(["hall"]);
  });

  it("are not those of groups that are over", () => {
    const view: ProjectView = { ...VIEW, groups: { origin: "hall", rooms: ["oder"], on: false } };
    expect(roomsOfLesson(view, "hall")).toEqual(["hall"]);
    expect(roomsOfLesson(view, "oder")).toEqual(["oder"]);
  });
});

describe("what ends", () => {
  it("is what goes on", () => {
    expect(endingOf(state(VIEW, { hall: 2, other: 3 }), "hall")).toEqual({
      room: VIEW.rooms[0],
      hasGroups: false,
      hasTimer: false,
      hasPoll: false,
      callers: 2,
    });
    const poll = { id: "q", question: "", choices: [], kind: "free" as const, counts: null };
    const view: ProjectView = {
      ...GROUPED,
      timer: { ends_at: 1, seconds: 1 },
      polls: [{ ...poll, room: "loire" }],
    };
    expect(endingOf(state(view, { hall: 2, oder: 1 }), "loire")).toEqual({
      room: VIEW.rooms[0],
      hasGroups: true,
      hasTimer: true,
      hasPoll: true,
      callers: 3,
    });
  });

  it("is told of people: neither a second device nor a class camera is one more", () => {
    const people = [
      participant("laptop", { member: "claire" }),
      participant("camera", { member: "claire", kind: "class-camera" }),
      participant("phone", { member: "leo" }),
    ];
    const views = {
      hall: callView(people, { room: "hall" }),
      oder: callView([participant("tab", { member: "leo" })], { room: "oder" }),
    };
    const found = { ...state(GROUPED), call: { ...EMPTY_STATE.call, views } };
    expect(endingOf(found, "hall")?.callers).toBe(2);
  });

  it("is no poll that is closed, or of another room", () => {
    const poll = { id: "q", question: "", choices: [], kind: "free" as const };
    const polls = [
      { ...poll, room: "hall", counts: [1, 2] },
      { ...poll, room: "other", counts: null },
    ];
    expect(endingOf(state({ ...VIEW, polls }), "hall")?.hasPoll).toBe(false);
  });

  it("is nothing of a room that is not there", () => {
    expect(endingOf(EMPTY_STATE, "hall")).toBeNull();
    expect(endingOf(state(VIEW), "nowhere")).toBeNull();
  });
});

describe("a lesson that runs past its time", () => {
  const timer = { ends_at: 1, seconds: 1 }; // long over
  const ending = (view: ProjectView) => endingOf(state(view), "hall");

  it("can be ended: a timer that is up ends nothing by itself", () => {
    const found = ending({ ...VIEW, timer });
    expect(found).toMatchObject({ hasTimer: true });
    expect(found !== null && canEnd(found)).toBe(true);
  });

  it("is followed by another one, once the room is open again", () => {
    const over = room("hall", { open: false, lesson_over: true });
    const ended = ending({ ...VIEW, rooms: [over] });
    expect(ended !== null && canEnd(ended)).toBe(false);
    const next = ending({ ...VIEW, rooms: [room("hall")] });
    expect(next !== null && canEnd(next)).toBe(true);
  });
});

describe("a lesson can be ended", () => {
  const nothing = { hasGroups: false, hasTimer: false, hasPoll: false, callers: 0 };
  const closed = room("hall", { open: false });
  const over = room("hall", { open: false, lesson_over: true });

  it.each([
    ["while the room is open", { ...nothing, room: room("hall") }, true],
    ["while teachers call in a closed room", { ...nothing, room: closed, callers: 2 }, true],
    ["while groups are at work", { ...nothing, room: over, hasGroups: true }, true],
    ["not where none is", { ...nothing, room: closed }, false],
    ["not twice", { ...nothing, room: over, callers: 2 }, false],
  ])("%s", (_, ending, expected) => {
    expect(canEnd(ending)).toBe(expected);
  });
});
