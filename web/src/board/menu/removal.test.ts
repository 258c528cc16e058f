import { describe, expect, it } from "vitest";
import { mayChange, removal } from "./removal";
import { board, item } from "./samples";

const ALL = { draw: null, change_others: null };
const OWN_ONLY = { draw: null, change_others: "not_your_element" } as const;
const ANNA = { id: "anna", isStaff: false };
const BEN = { id: "ben", isStaff: false };
const TEACHER = { id: "tess", isStaff: true };

describe("mayChange", () => {
  const mine = item({ type: "line", id: "a" });
  const held = item({ type: "line", id: "a" }, { held: true });

  it("lets nobody who may not draw", () => {
    const known = { elements: board(mine), rights: { draw: "board_read_only" } as const };
    expect(mayChange(mine, known, ANNA)).toBe(false);
    expect(mayChange(mine, known, TEACHER)).toBe(false);
  });

  it("lets pupils change their own, and others' where the board allows it", () => {
    expect(mayChange(mine, { elements: board(mine), rights: OWN_ONLY }, ANNA)).toBe(true);
    expect(mayChange(mine, { elements: board(mine), rights: OWN_ONLY }, BEN)).toBe(false);
    expect(mayChange(mine, { elements: board(mine), rights: ALL }, BEN)).toBe(true);
  });

  it("lets only teachers change what a teacher locked", () => {
    expect(mayChange(held, { elements: board(held), rights: ALL }, ANNA)).toBe(false);
    expect(mayChange(held, { elements: board(held), rights: ALL }, TEACHER)).toBe(true);
  });
});

describe("removal", () => {
  const box = item({
    type: "rectangle",
    id: "box",
    boundElements: [
      { id: "words", type: "text" },
      { id: "arrow", type: "arrow" },
    ],
  });
  const words = item({ type: "text", id: "words", containerId: "box" });
  const startBinding = { elementId: "box", focus: 0, gap: 1 };
  const arrow = item({ type: "arrow", id: "arrow", startBinding }, { creator: "ben" });

  it("takes a shape with its text and frees the arrow", () => {
    const known = { elements: board(box, words, arrow), rights: ALL };
    const changed = removal(["box", "words"], known, ANNA);
    expect(changed.map(({ id, isDeleted }) => [id, isDeleted])).toEqual([
      ["box", true],
      ["words", true],
      ["arrow", false],
    ]);
    expect(changed[2]).toMatchObject({ startBinding: null });
  });

  it("leaves another's arrow alone where it may not be changed", () => {
    const known = { elements: board(box, words, arrow), rights: OWN_ONLY };
    expect(removal(["box", "words"], known, ANNA).map(({ id }) => id)).toEqual(["box", "words"]);
  });

  it("takes one's own arrow off another's shape", () => {
    const shape = item({
      type: "ellipse",
      id: "shape",
      boundElements: [
        { id: "arrow", type: "arrow" },
        { id: "other", type: "arrow" },
      ],
    });
    const known = { elements: board(shape, { ...arrow, creator: "ben" }), rights: OWN_ONLY };
    expect(removal(["arrow"], known, BEN)[0]).toMatchObject({
      id: "shape",
      isDeleted: false,
      boundElements: [{ id: "other", type: "arrow" }],
    });
    const locked = { elements: board({ ...shape, held: true }, arrow), rights: OWN_ONLY };
    expect(removal(["arrow"], locked, BEN).map(({ id }) => id)).toEqual(["arrow"]);
  });

  it("keeps what lies in a frame", () => {
    const known = {
      elements: board(
        item({ type: "frame", id: "frame" }),
        item({ type: "line", id: "in", frameId: "frame" }),
      ),
      rights: ALL,
    };
    expect(removal(["frame"], known, ANNA)).toMatchObject([
      { id: "frame", isDeleted: true },
      { id: "in", isDeleted: false, frameId: null },
    ]);
  });

  it("does not touch what has nothing to do with it", () => {
    const known = {
      elements: board(item({ type: "line", id: "a" }), item({ type: "line", id: "b" })),
      rights: ALL,
    };
    expect(removal(["a"], known, ANNA)).toHaveLength(1);
  });
});
