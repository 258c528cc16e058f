import { describe, expect, it } from "vitest";
import type { BoardElement, Rectangle } from "../protocol/generated";
import { toWire } from "./convert";
import { type Board, type Drawer, type EditorElement, Scene } from "./scene";

const ME = "me";
const OTHER = "other";
const PUPIL: Drawer = { me: ME, isStaff: false, mayDraw: true, mayChangeOthers: false };
const TEACHER: Drawer = { ...PUPIL, isStaff: true };
const IDLE = () => false;

function drawn(id: string, change: Partial<Rectangle> = {}): EditorElement {
  const element = toWire({ id, type: "rectangle", index: "a1", ...change } as Rectangle);
  return { ...element, version: 1, versionNonce: 1, updated: 0 } as EditorElement;
}

function onBoard(
  id: string,
  change: Partial<Rectangle> = {},
  by: Partial<BoardElement> = {},
): BoardElement {
  const element = toWire({ id, type: "rectangle", index: "a1", ...change } as Rectangle);
  return { element, version: 1, creator: ME, class_id: null, editor: ME, at: 0, ...by };
}

function board(elements: BoardElement[], hidden: string[] = []): Board {
  return {
    elements: new Map(elements.map((one) => [one.element.id, one])),
    hidden: new Set(hidden),
  };
}

/** As the editor does with each change. */
function edited(element: EditorElement, change: Partial<EditorElement>): EditorElement {
  const stamp = { version: element.version + 1, versionNonce: element.versionNonce + 7 };
  return { ...element, ...change, ...stamp } as EditorElement;
}

function open(now: Board): { scene: Scene; shown: EditorElement[] } {
  const scene = new Scene(toWire);
  const shown = scene.merge([], now, IDLE) ?? [];
  scene.settle(shown);
  return { scene, shown };
}

describe("collect", () => {
  it("hands over what is new, and that once", () => {
    const scene = new Scene(toWire);
    const editor = [drawn("a")];
    expect(scene.collect(editor, board([]), PUPIL, IDLE).changed).toMatchObject([{ id: "a" }]);
    expect(scene.collect(editor, board([]), PUPIL, IDLE).changed).toEqual([]);
  });

  it("keeps back what the person is still at", () => {
    const scene = new Scene(toWire);
    const editor = [drawn("a"), drawn("b", { index: "a2" })];
    const first = scene.collect(editor, board([]), PUPIL, (id) => id === "b");
    expect(first.changed.map(({ id }) => id)).toEqual(["a"]);
    const then = scene.collect(editor, board([]), PUPIL, IDLE);
    expect(then.changed.map(({ id }) => id)).toEqual(["b"]);
  });

  it("says nothing of what was begun and given up", () => {
    const scene = new Scene(toWire);
    const collected = scene.collect([drawn("a", { isDeleted: true })], board([]), PUPIL, IDLE);
    expect(collected.changed).toEqual([]);
  });

  it("takes no change of the editor's own stamps for a change", () => {
    const { scene, shown } = open(board([onBoard("a")]));
    const editor = shown.map((element) => edited(element, {}));
    expect(scene.collect(editor, board([onBoard("a")]), PUPIL, IDLE).changed).toEqual([]);
  });

  it("takes what a file gave more exactly than one draws for unchanged", () => {
    const now = board([onBoard("a", { x: 256.2255859375 })]);
    const { scene, shown } = open(now);
    const touched = shown.map((element) => edited(element, {}));
    expect(scene.collect(touched, now, PUPIL, IDLE).changed).toEqual([]);
    const moved = touched.map((element) => edited(element, { x: 256.5 }));
    expect(scene.collect(moved, now, PUPIL, IDLE).changed).toMatchObject([{ id: "a", x: 256.5 }]);
  });

  it("tells which version was changed: one's own newest, else the one that was shown", () => {
    const { scene, shown } = open(board([onBoard("a")]));
    const once = shown.map((element) => edited(element, { x: 1 }));
    const first = scene.collect(once, board([onBoard("a")]), TEACHER, IDLE);
    expect([...first.seen]).toEqual([["a", 1]]);
    const twice = once.map((element) => edited(element, { x: 2 }));
    const placed = onBoard("a", { x: 1, index: "a1V" }, { version: 2 }); // taken, in another place
    expect([...scene.collect(twice, board([placed]), TEACHER, IDLE).seen]).toEqual([["a", 2]]);
    const thrice = twice.map((element) => edited(element, { x: 3 }));
    for (const change of [{ x: 9 }, { x: 2, index: "a9" }]) {
      const theirs = board([onBoard("a", change, { version: 4, editor: OTHER })]);
      expect([...open(board([])).scene.collect(thrice, theirs, TEACHER, IDLE).seen]).toEqual([
        ["a", 0],
      ]);
    }
    const theirs = board([onBoard("a", { x: 2, index: "a9" }, { version: 4, editor: OTHER })]);
    expect([...scene.collect(thrice, theirs, TEACHER, IDLE).seen]).toEqual([["a", 1]]);
  });

  it("hands over a deletion", () => {
    const now = board([onBoard("a")]);
    const { scene, shown } = open(now);
    const editor = shown.map((element) => edited(element, { isDeleted: true }));
    expect(scene.collect(editor, now, PUPIL, IDLE).changed).toMatchObject([
      { id: "a", isDeleted: true },
    ]);
  });

  it("refuses a pupil to change what somebody else drew, and gives it back", () => {
    const now = board([onBoard("a", {}, { creator: OTHER, editor: OTHER })]);
    const { scene, shown } = open(now);
    const editor = shown.map((element) => edited(element, { x: 50 }));
    const collected = scene.collect(editor, now, PUPIL, IDLE);
    expect(collected).toMatchObject({ changed: [], refused: [{ id: "a", by: OTHER }] });
    expect(scene.merge(editor, now, IDLE)).toMatchObject([{ id: "a", x: 0 }]);
  });

  it("lets teachers change it, and pupils where they may", () => {
    for (const drawer of [TEACHER, { ...PUPIL, mayChangeOthers: true }]) {
      const now = board([onBoard("a", {}, { creator: OTHER, editor: OTHER })]);
      const { scene, shown } = open(now);
      const editor = shown.map((element) => edited(element, { x: 50 }));
      expect(scene.collect(editor, now, drawer, IDLE).changed).toHaveLength(1);
    }
  });

  it("lets an arrow be bound to anybody's shape, but not to one that a teacher holds", () => {
    const bound = { boundElements: [{ id: "arrow", type: "arrow" as const }] };
    for (const [held, count] of [
      [false, 1],
      [true, 0],
    ] as const) {
      const now = board([onBoard("a", {}, { creator: OTHER, editor: OTHER, held })]);
      const { scene, shown } = open(now);
      const editor = shown.map((element) => edited(element, bound));
      expect(scene.collect(editor, now, PUPIL, IDLE).changed).toHaveLength(count);
    }
  });

  it("takes along what others have tied to one's own shape, and back again with an undo", () => {
    const arrow = {
      type: "arrow",
      index: "a2",
      startBinding: { elementId: "a", focus: 0, gap: 1 },
    };
    const now = board([
      onBoard("a"),
      onBoard("b", arrow as Partial<Rectangle>, { creator: OTHER, editor: OTHER }),
    ]);
    const { scene, shown } = open(now);
    const [box, line] = shown as [EditorElement, EditorElement];
    const moved = [edited(box, { x: 50 }), edited(line, { x: 50 })];
    const first = scene.collect(moved, now, PUPIL, IDLE);
    expect(first.refused).toEqual([]);
    expect(first.changed.map(({ id }) => id)).toEqual(["a", "b"]);
    const deleted = [
      edited(moved[0] as EditorElement, { isDeleted: true }),
      edited(moved[1] as EditorElement, { startBinding: null } as Partial<EditorElement>),
    ];
    expect(scene.collect(deleted, now, PUPIL, IDLE).changed).toHaveLength(2);
    const loose = onBoard("b", { ...arrow, x: 50, startBinding: null } as Partial<Rectangle>, {
      creator: OTHER,
    });
    const undone = [
      edited(deleted[0] as EditorElement, { isDeleted: false }),
      edited(deleted[1] as EditorElement, arrow as Partial<EditorElement>),
    ];
    const last = scene.collect(undone, board([loose]), PUPIL, IDLE, true);
    expect(last.refused).toEqual([]);
    expect(last.changed.map(({ id }) => id)).toEqual(["a", "b"]);
  });

  it("takes back what somebody drew who may not draw any more", () => {
    const scene = new Scene(toWire);
    const editor = [drawn("a")];
    const refused = { ...PUPIL, mayDraw: false };
    expect(scene.collect(editor, board([]), refused, IDLE).changed).toEqual([]);
    expect(scene.merge(editor, board([]), IDLE)).toMatchObject([{ id: "a", isDeleted: true }]);
  });

  it("takes away a link to another site, which others would not see", () => {
    const now = board([onBoard("a")]);
    const { scene, shown } = open(now);
    const editor = shown.map((element) => edited(element, { link: "https://example.org" }));
    const collected = scene.collect(editor, now, PUPIL, IDLE);
    expect(collected).toMatchObject({ changed: [], refused: [{ id: "a", by: null }] });
    expect(scene.merge(editor, now, IDLE)).toMatchObject([{ id: "a", link: null }]);
  });

  it("sees that somebody has put another scene in its place", () => {
    const now = board([onBoard("a")]);
    const { scene } = open(now);
    expect(scene.collect([], now, PUPIL, IDLE).isTorn).toBe(true);
    expect(scene.merge([], now, IDLE)).toMatchObject([{ id: "a", isDeleted: false }]);
  });
});

describe("undo", () => {
  it("leaves alone what somebody else has changed since", () => {
    const { scene, shown } = open(board([onBoard("a", { x: 1 })]));
    const since = board([onBoard("a", { x: 2 }, { version: 2, editor: OTHER })]);
    const after = scene.merge(shown, since, IDLE) ?? [];
    scene.settle(after);
    const undone = after.map((element) => edited(element, { x: 0 }));
    const collected = scene.collect(undone, since, PUPIL, IDLE, true);
    expect(collected).toMatchObject({ changed: [], refused: [{ id: "a", by: null }] });
    expect(scene.merge(undone, since, IDLE)).toMatchObject([{ x: 2 }]);
  });

  it("brings back what the person has deleted", () => {
    const now = board([onBoard("a")]);
    const { scene, shown } = open(now);
    const deleted = shown.map((element) => edited(element, { isDeleted: true }));
    scene.collect(deleted, now, PUPIL, IDLE);
    const undone = deleted.map((element) => edited(element, { isDeleted: false }));
    expect(scene.collect(undone, board([]), PUPIL, IDLE, true).changed).toMatchObject([
      { id: "a", isDeleted: false },
    ]);
  });

  it("does not bring back what somebody else has deleted", () => {
    const { scene, shown } = open(board([onBoard("a")]));
    const gone = scene.merge(shown, board([]), IDLE) ?? [];
    scene.settle(gone);
    const undone = gone.map((element) => edited(element, { isDeleted: false }));
    expect(scene.collect(undone, board([]), PUPIL, IDLE, true).changed).toEqual([]);
    expect(scene.merge(undone, board([]), IDLE)).toMatchObject([{ isDeleted: true }]);
  });
});

describe("merge", () => {
  it("gives nothing when the editor shows the board already", () => {
    const now = board([onBoard("a")]);
    const { scene, shown } = open(now);
    expect(scene.merge(shown, now, IDLE)).toBeNull();
  });

  it("leaves the very object alone that the person is at", () => {
    const { scene, shown } = open(board([onBoard("a")]));
    const since = board([onBoard("a", { x: 9 }, { version: 2, editor: OTHER }), onBoard("b")]);
    const after = scene.merge(shown, since, (id) => id === "a");
    expect(after?.find(({ id }) => id === "a")).toBe(shown[0]);
  });

  it("does not touch what was changed here and is not handed over yet", () => {
    const { scene, shown } = open(board([onBoard("a")]));
    const editor = shown.map((element) => edited(element, { x: 5 }));
    const since = board([onBoard("a"), onBoard("b", { index: "a2" })]);
    expect(scene.merge(editor, since, IDLE)?.[0]).toBe(editor[0]);
  });

  it("orders by place, by bytes", () => {
    const now = board([
      onBoard("c", { index: "a2" }),
      onBoard("a", { index: "a1" }),
      onBoard("b", { index: "a1V" }),
    ]);
    expect(open(now).shown.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });

  it("gives up a place of one's own that somebody else has taken", () => {
    const scene = new Scene(toWire);
    const mine = drawn("a", { index: "a1" });
    const after = scene.merge([mine], board([onBoard("b", { index: "a1" })]), (id) => id === "a");
    expect(after?.map(({ id, index }) => [id, index])).toEqual([
      ["b", "a1"],
      ["a", null],
    ]);
    expect(after?.[1]).toBe(mine);
  });

  it("puts a place right that the editor has changed by itself", () => {
    const now = board([onBoard("a", { index: "a1" })]);
    const { scene, shown } = open(now);
    const moved = shown.map((element) => edited(element, { index: "a0V" }));
    scene.settle(moved);
    expect(scene.merge(moved, now, IDLE)).toMatchObject([{ index: "a1" }]);
  });

  it("shows what is put aside fainter, and sends it as strong as it was", () => {
    const now = board([onBoard("a", { opacity: 80 })], ["a"]);
    const { scene, shown } = open(now);
    expect(shown).toMatchObject([{ opacity: 32 }]);
    const editor = shown.map((element) => edited(element, { x: 5 }));
    expect(scene.collect(editor, now, TEACHER, IDLE).changed).toMatchObject([
      { x: 5, opacity: 80 },
    ]);
  });
});
