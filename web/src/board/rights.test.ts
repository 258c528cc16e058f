import { describe, expect, it } from "vitest";
import type { BoardElement, Element } from "../protocol/generated";
import { toWire } from "./convert";
import { type Drawer, ownerOf } from "./rights";

const PUPIL: Drawer = { me: "ana", isStaff: false, mayDraw: true, mayChangeOthers: false };

function drawn(id: string, type: Element["type"], change: object = {}): Element {
  return toWire({ id, type, index: "a1", ...change } as Element);
}

function at(elementId: string): object {
  return { elementId, focus: 0, gap: 1 };
}

const BOX = drawn("box", "rectangle");
const ARROW = drawn("arrow", "arrow", { startBinding: at("box") });
const LABEL = drawn("label", "text", { containerId: "box", text: "Vive\nla Loire" });
const WORD = drawn("word", "text", { containerId: "arrow", text: "oui" });
const OWNERS = { box: "ana", arrow: "jan", label: "jan", word: "jan" };

function changed(element: Element, change: object): Element {
  return { ...element, ...change } as Element;
}

/** Whose work is in the way of each change, when all are made at once. */
function refused(changes: Element[], owners: object = OWNERS, drawer = PUPIL, held = false) {
  const elements = new Map<string, BoardElement>();
  for (const element of [BOX, ARROW, LABEL, WORD]) {
    const creator = (owners as Record<string, string>)[element.id];
    if (creator !== undefined) {
      const by = { creator, class_id: null, editor: creator, held: held && element !== BOX };
      elements.set(element.id, { element, version: 1, at: 0, ...by });
    }
  }
  const wanted = (id: string) => changes.find((one) => one.id === id);
  const around = { drawer, elements, wanted };
  return changes.flatMap((one) => ownerOf(one, elements.get(one.id), around) ?? []);
}

const MOVED = [
  changed(BOX, { x: 50 }),
  changed(ARROW, { x: 50, width: 9, startBinding: { ...at("box"), focus: 0.5 } }),
  changed(WORD, { x: 25 }),
  changed(LABEL, { x: 50, text: "Vive la\nLoire", height: 7 }),
];
const DELETED = [
  changed(BOX, { isDeleted: true }),
  changed(LABEL, { isDeleted: true }),
  changed(ARROW, { startBinding: null }),
];

describe("what goes along with one's own", () => {
  it("is the arrows at it and the texts in it, when it moves", () => {
    expect(refused(MOVED)).toEqual([]);
  });

  it("is nothing while it stays, or is another's", () => {
    expect(refused(MOVED.slice(1))).toEqual(["jan", "jan", "jan"]);
    expect(refused([BOX, ...MOVED.slice(1)])).toEqual(["jan", "jan", "jan"]);
    expect(refused(MOVED, { ...OWNERS, box: "eva" })).toEqual(["eva", "jan", "jan", "jan"]);
  });

  it("is not what a teacher holds", () => {
    expect(refused(MOVED, OWNERS, PUPIL, true)).toEqual(["jan", "jan", "jan"]);
  });

  it.each([
    [ARROW, { strokeColor: "red" }],
    [ARROW, { startBinding: null }],
    [ARROW, { startBinding: at("other") }],
    [ARROW, { endBinding: at("box") }],
    [ARROW, { isDeleted: true }],
    [ARROW, { index: "a9" }],
    [LABEL, { text: "Vive l'Oder" }],
    [LABEL, { originalText: "Vive l'Oder" }],
    [LABEL, { containerId: null }],
    [LABEL, { isDeleted: true }],
    [LABEL, { strokeColor: "red" }],
  ])("is no pretext for more: %#", (element, change) => {
    const box = changed(BOX, { x: 50 });
    expect(refused([box, changed(element, change)])).toEqual(["jan"]);
  });

  it("is the text that goes with it, while arrows come off", () => {
    expect(refused(DELETED)).toEqual([]);
  });

  it("is the arrow that is tied again when it comes back, and the word at that", () => {
    const arrow = changed(ARROW, { endBinding: at("back"), x: 7 });
    const back = drawn("back", "ellipse");
    expect(refused([back, arrow, changed(WORD, { x: 7 })])).toEqual([]);
    expect(refused([changed(back, { isDeleted: true }), arrow])).toEqual(["jan"]);
    expect(refused([arrow])).toEqual(["jan"]);
  });
});

describe("others' work", () => {
  it("is theirs, and everybody's where that is so, and the teachers'", () => {
    const moved = [changed(ARROW, { x: 1 })];
    expect(refused(moved)).toEqual(["jan"]);
    expect(refused(moved, OWNERS, { ...PUPIL, mayChangeOthers: true })).toEqual([]);
    expect(refused(moved, OWNERS, { ...PUPIL, isStaff: true }, true)).toEqual([]);
  });

  it("may be tied to", () => {
    const tied = changed(LABEL, { boundElements: [{ id: "mine", type: "arrow" }] });
    expect(refused([tied])).toEqual([]);
    expect(refused([tied], OWNERS, PUPIL, true)).toEqual(["jan"]);
  });
});
