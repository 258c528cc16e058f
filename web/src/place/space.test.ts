import { describe, expect, it } from "vitest";
import type { Arrangement } from "./arrangement";
import { gridOf, spaceOf } from "./space";

const laptop = { width: 1280, height: 800, scale: 1 };
const phone = { width: 390, height: 844, scale: 1 };

describe("the space of a window", () => {
  it("has the rooms at the side until something needs the width", () => {
    expect(spaceOf(laptop, false)).toMatchObject({ mode: "beside", hasRooms: true });
    expect(spaceOf(laptop, true)).toMatchObject({ mode: "beside", capacity: 2, hasRooms: false });
  });

  it("is one part at a time on a phone, two on its side, one below the other on a tablet upright", () => {
    expect(spaceOf(phone, true)).toEqual({
      mode: "phone",
      capacity: 0,
      hasRooms: false,
      hasWing: false,
    });
    expect(spaceOf({ width: 844, height: 390, scale: 1 }, true)).toMatchObject({
      mode: "beside",
      capacity: 1,
    });
    expect(spaceOf({ width: 820, height: 1180, scale: 1 }, true)).toMatchObject({
      mode: "stacked",
      capacity: 1,
    });
  });

  it("shrinks as letters grow", () => {
    expect(spaceOf({ ...laptop, scale: 1.6 }, true)).toMatchObject({ mode: "beside", capacity: 1 });
    expect(spaceOf({ width: 820, height: 1180, scale: 2 }, true).mode).toBe("phone");
  });

  it("has a column more for the people on a wide screen", () => {
    const wide = { width: 1920, height: 1080, scale: 1 };
    expect(spaceOf(wide, true)).toMatchObject({ hasWing: true, capacity: 4 });
    expect(spaceOf(wide, false).hasWing).toBe(false);
  });
});

const lesson: Arrangement = { large: "board", small: ["call", "chat"] };

describe("the grid of the parts", () => {
  it("has the large part at the start and the small ones in a column beside it, the call above", () => {
    const grid = gridOf(lesson, spaceOf(laptop, true), true);
    expect(grid.places).toEqual({ board: ["1", "1 / 3"], call: ["2", "1"], chat: ["2", "2"] });
    expect(grid.columns).toBe("minmax(0, 1fr) var(--side)");
    expect(grid.aside).toBe("(var(--side) + var(--space-3))");
    expect(grid.rows.match(/fr/g)).toHaveLength(2);
  });

  it("gives all of it to the only part", () => {
    const grid = gridOf({ large: "chat", small: [] }, spaceOf(laptop, false), false);
    expect(grid).toEqual({
      columns: "minmax(0, 1fr)",
      rows: "minmax(0, 1fr)",
      aside: null,
      places: { chat: ["1", "1 / 2"] },
    });
  });

  it("keeps the buttons of a call that was put away in a row below", () => {
    const grid = gridOf({ large: "board", small: ["chat"] }, spaceOf(laptop, true), true);
    expect(grid.places).toEqual({
      board: ["1", "1 / 2"],
      chat: ["2", "1"],
      call: ["1 / -1", "-2"],
    });
    expect(grid.rows.endsWith(" auto")).toBe(true);
  });

  it("has the people apart on a wide screen, and below the others on a narrow one", () => {
    const all: Arrangement = { large: "board", small: ["people", "call", "chat"] };
    const wide = gridOf(all, spaceOf({ width: 1920, height: 1080, scale: 1 }, true), true);
    expect(wide.places.people).toEqual(["3", "1 / 3"]);
    expect(wide.columns).toBe("minmax(0, 1fr) var(--side) var(--side-people)");
    expect(wide.aside).toBe("(var(--side) + var(--space-3) + var(--side-people) + var(--space-3))");
    const narrow = gridOf(all, spaceOf({ width: 1280, height: 1000, scale: 1 }, true), true);
    expect(narrow.places.people).toEqual(["2", "3"]);
  });

  it("has the call as a strip above a phone's part, and alone where it is that part", () => {
    const space = spaceOf(phone, true);
    expect(gridOf({ large: "board", small: [] }, space, true).places).toEqual({
      call: ["1", "1"],
      board: ["1", "2"],
    });
    expect(gridOf({ large: "call", small: [] }, space, true).places).toEqual({ call: ["1", "1"] });
    expect(gridOf({ large: "chat", small: [] }, space, false).places).toEqual({ chat: ["1", "1"] });
  });

  it("stacks on a tablet", () => {
    const space = spaceOf({ width: 820, height: 1180, scale: 1 }, true);
    const grid = gridOf({ large: "call", small: ["chat"] }, space, true);
    expect(grid.places).toEqual({ call: ["1", "1"], chat: ["1", "2"] });
    expect(grid.columns).toBe("minmax(0, 1fr)");
  });
});
