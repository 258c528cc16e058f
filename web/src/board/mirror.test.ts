import { describe, expect, it } from "vitest";
import type { BoardElement, BoardSnapshot, Body, Element, Event } from "../protocol/generated";
import { GONE_MAX, joinMirror, type Mirror, type Reader, receive, startMirror } from "./mirror";
import { deleted, rectangle } from "./samples";

const PUPIL: Reader = { me: "me", isStaff: false };
const TEACHER: Reader = { me: "teacher", isStaff: true };
const SNAPSHOT: BoardSnapshot = {
  pages: 1,
  count: 0,
  first: { page: 1, elements: new Uint8Array() },
  policy: { drawers: "all" },
  hidden: [],
  undoable: [],
};
const START = { epoch: "e", seq: 5 };

function by(editor: string, element: Element, version = 1): BoardElement {
  return { element, version, creator: editor, class_id: null, editor, at: 1 };
}

function mirror(...elements: BoardElement[]): Mirror {
  return startMirror(elements, SNAPSHOT, START, null);
}

function event(seq: number, body: Body): Event {
  return { stream: "board:r", seq, at: seq, actor: "other", nonce: null, body };
}

function changed(seq: number, ...elements: BoardElement[]): Event {
  return event(seq, { kind: "board.changed", elements });
}

function ids(state: Mirror): string[] {
  return [...state.elements.keys()].sort();
}

describe("the server's board", () => {
  it("takes what is drawn, changed and deleted, and leaves the state before as it was", () => {
    const before = mirror(by("me", rectangle("1")), by("me", rectangle("2")));
    const after = receive(
      before,
      [
        changed(6, by("other", rectangle("1", { x: 3 }), 2), by("other", rectangle("3"))),
        changed(7, by("other", deleted(rectangle("2")), 2)),
      ],
      PUPIL,
    );
    expect(ids(after)).toEqual(["1", "3"]);
    expect(after.elements.get("1")).toMatchObject({ version: 2, element: { x: 3 } });
    expect(after.position).toEqual({ epoch: "e", seq: 7 });
    expect(ids(before)).toEqual(["1", "2"]);
  });

  it("ignores what it has seen, and is behind where something is missing", () => {
    const before = mirror(by("me", rectangle("1")));
    expect(receive(before, [changed(5, by("me", rectangle("2")))], PUPIL)).toBe(before);
    const after = receive(
      before,
      [changed(6, by("me", rectangle("2"))), changed(8, by("me", rectangle("3")))],
      PUPIL,
    );
    expect(ids(after)).toEqual(["1", "2"]);
    expect(after).toMatchObject({ behind: true, position: { seq: 6 } });
    expect(receive(after, [changed(7, by("me", rectangle("3")))], PUPIL)).toBe(after);
  });

  it("knows the version of one's own deletions, and of others' the one that was seen", () => {
    const before = mirror(by("me", rectangle("1"), 3), by("me", rectangle("2"), 3));
    const after = receive(
      before,
      [changed(6, by("me", deleted(rectangle("1")), 4), by("other", deleted(rectangle("2")), 4))],
      PUPIL,
    );
    expect(after.gone.get("1")?.version).toBe(4);
    expect(after.gone.get("2")?.version).toBe(3);
    const back = receive(after, [changed(7, by("me", rectangle("1"), 5))], PUPIL);
    expect(back.gone.has("1")).toBe(false);
  });

  it("is cleared of one person's work, or of all, and stale when that is undone", () => {
    const before = mirror(by("me", rectangle("1"), 3), by("other", rectangle("2")));
    const one = receive(before, [event(6, { kind: "board.cleared", member: "me" })], PUPIL);
    expect(ids(one)).toEqual(["2"]);
    expect(one.undoable).toEqual([6]);
    expect(one.gone.get("1")?.version).toBe(3);
    const all = receive(one, [event(7, { kind: "board.cleared", member: null })], PUPIL);
    expect(ids(all)).toEqual([]);
    expect(all.undoable).toEqual([6, 7]);
    const undone = receive(all, [event(8, { kind: "board.clear_undone", clear: 6 })], PUPIL);
    expect(undone).toMatchObject({ stale: true, position: { seq: 8 } });
    expect(receive(undone, [changed(9, by("me", rectangle("9")))], PUPIL)).toBe(undone);
  });

  it("shows teachers what is put aside, and others not", () => {
    const before = mirror(by("me", rectangle("1")), by("me", rectangle("2")));
    const hide = event(6, { kind: "board.hidden", elements: ["1"] });
    const pupil = receive(before, [hide], PUPIL);
    const teacher = receive(before, [hide], TEACHER);
    expect([ids(pupil), [...pupil.hidden]]).toEqual([["2"], []]);
    expect([ids(teacher), [...teacher.hidden]]).toEqual([["1", "2"], ["1"]]);
    const shown = event(7, { kind: "board.shown", elements: [by("me", rectangle("1"))] });
    for (const state of [receive(pupil, [shown], PUPIL), receive(teacher, [shown], TEACHER)]) {
      expect([ids(state), [...state.hidden]]).toEqual([["1", "2"], []]);
    }
  });

  it("has what was put aside and deleted put aside again when it comes back", () => {
    const before = mirror(by("me", rectangle("1")));
    const events = [
      event(6, { kind: "board.hidden", elements: ["1"] }),
      changed(7, by("teacher", deleted(rectangle("1")), 2)),
      changed(8, by("teacher", rectangle("1"), 3)),
    ];
    const after = receive(before, events, TEACHER);
    expect([ids(after), [...after.hidden]]).toEqual([["1"], ["1"]]);
  });

  it("counts events that it may not see, and takes the policy", () => {
    const after = receive(
      mirror(),
      [
        event(6, { kind: "hidden" }),
        event(7, { kind: "board.policy_set", policy: { drawers: "nobody" } }),
      ],
      PUPIL,
    );
    expect(after.position.seq).toBe(7);
    expect(after.policy).toEqual({ drawers: "nobody" });
  });

  it("goes on from a snapshot that is older than the answer", () => {
    const start = mirror(by("me", rectangle("1")));
    const joined = {
      board: "r",
      position: { epoch: "e", seq: 6 },
      snapshot: SNAPSHOT,
      snapshot_position: START,
      events: [changed(6, by("other", rectangle("2")))],
      rights: { board: "r", denied: {} },
    };
    expect(ids(joinMirror(start, joined, PUPIL))).toEqual(["1", "2"]);
    const lacking = { ...joined, position: { epoch: "e", seq: 7 }, events: [] };
    expect(joinMirror(start, lacking, PUPIL).position.seq).toBe(7);
  });

  it("knows from a new snapshot of the same log what was deleted meanwhile", () => {
    const before = mirror(by("me", rectangle("1"), 4), by("me", rectangle("2")));
    const position = { epoch: "e", seq: 9 };
    const after = startMirror([by("me", rectangle("2"))], SNAPSHOT, position, before);
    expect([...after.gone.keys()]).toEqual(["1"]);
    expect(after.gone.get("1")?.version).toBe(4);
    const other = startMirror([], SNAPSHOT, { epoch: "f", seq: 9 }, before);
    expect(other.gone.size).toBe(0);
  });

  it("remembers a bounded number of deletions, the newest", () => {
    const elements = Array.from({ length: GONE_MAX + 1 }, (_, index) => rectangle(String(index)));
    const gone = elements.map((element) => by("me", deleted(element), 2));
    const after = receive(mirror(), [changed(6, ...gone)], PUPIL);
    expect(after.gone.size).toBe(GONE_MAX);
    expect(after.gone.has("0")).toBe(false);
  });
});
