import { describe, expect, it } from "vitest";
import type { Entry } from "./entries";
import { countEntries, drawersOf, filterEntries, firstEntries, listEntries } from "./entries";
import { board, item } from "./samples";

const NOTHING: ReadonlySet<string> = new Set();

function ids(entries: readonly Entry[]): string[] {
  return entries.map(({ id }) => id);
}

describe("listEntries", () => {
  it("reads rows from the top, each from the left, whatever came first", () => {
    const entries = listEntries(
      board(
        item({ type: "rectangle", id: "below", x: 0, y: 300 }),
        item({ type: "ellipse", id: "right", x: 400, y: 0, height: 80 }),
        item({ type: "diamond", id: "left", x: 0, y: 20 }),
      ),
      NOTHING,
    );
    expect(ids(entries)).toEqual(["left", "right", "below"]);
  });

  it("reads a text with the shape that holds it, once", () => {
    const entries = listEntries(
      board(
        item({ type: "rectangle", id: "box", boundElements: [{ id: "words", type: "text" }] }),
        item(
          { type: "text", id: "words", containerId: "box", originalText: "Hello\n  there" },
          { at: 5_000 },
        ),
      ),
      NOTHING,
    );
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ ids: ["box", "words"], text: "Hello there", at: 5_000 });
  });

  it("lists a text whose container is gone, or does not know it, by itself", () => {
    const entries = listEntries(
      board(
        item({ type: "text", id: "a", containerId: "nowhere", text: "one" }),
        item({ type: "rectangle", id: "box", y: 200 }),
        item({ type: "text", id: "b", containerId: "box", text: "two", y: 300 }),
      ),
      NOTHING,
    );
    expect(ids(entries)).toEqual(["a", "box", "b"]);
  });

  it("puts what lies in a frame under it", () => {
    const entries = listEntries(
      board(
        item({ type: "ellipse", id: "in", frameId: "frame" }),
        item({ type: "frame", id: "frame", name: "Group 1" }),
        item({ type: "line", id: "out", y: 400, frameId: "no such frame" }),
      ),
      NOTHING,
    );
    expect(ids(entries)).toEqual(["frame", "out"]);
    expect(entries[0]?.text).toBe("Group 1");
    expect(ids(entries[0]?.children ?? [])).toEqual(["in"]);
    expect(countEntries(entries)).toBe(3);
  });

  it("ends even when frames are said to lie in each other", () => {
    const entries = listEntries(
      board(
        item({ type: "frame", id: "a", frameId: "b" }),
        item({ type: "frame", id: "b", frameId: "a" }),
        item({ type: "frame", id: "c", frameId: "c" }),
        item({ type: "line", id: "free" }),
      ),
      NOTHING,
    );
    expect(ids(entries)).toContain("free");
  });

  it("says what an arrow goes from and to", () => {
    const binding = { focus: 0, gap: 1 };
    const [, , arrow] = listEntries(
      board(
        item({ type: "text", id: "sun", text: "Sun", x: 0 }),
        item({ type: "ellipse", id: "rain", x: 200 }),
        item({
          type: "arrow",
          id: "arrow",
          x: 300,
          startBinding: { ...binding, elementId: "sun" },
          endBinding: { ...binding, elementId: "rain" },
        }),
      ),
      NOTHING,
    );
    expect(arrow?.from).toEqual({ type: "text", text: "Sun" });
    expect(arrow?.to).toEqual({ type: "ellipse", text: "" });
  });

  it("reads strokes of one hand in a row as one, up to the next person's", () => {
    const entries = listEntries(
      board(
        item({ type: "freedraw", id: "1", x: 0 }),
        item({ type: "freedraw", id: "2", x: 10 }, { at: 9_000 }),
        item({ type: "freedraw", id: "3", x: 20 }, { creator: "ben" }),
        item({ type: "freedraw", id: "4", x: 30 }),
      ),
      NOTHING,
    );
    expect(entries.map(({ strokes }) => strokes)).toEqual([2, 1, 1]);
    expect(entries[0]).toMatchObject({ ids: ["1", "2"], at: 9_000 });
  });

  it("marks what was put aside", () => {
    const entries = listEntries(board(item({ type: "line", id: "a" })), new Set(["a"]));
    expect(entries[0]?.isHidden).toBe(true);
  });
});

describe("filterEntries", () => {
  const entries = listEntries(
    board(
      item({ type: "frame", id: "frame", name: "Plan" }),
      item({ type: "text", id: "in", frameId: "frame", text: "Żaba" }, { creator: "ben" }),
      item({ type: "text", id: "out", text: "frog", y: 500 }),
    ),
    NOTHING,
  );

  it("finds words in any case and keeps the frame around them", () => {
    const found = filterEntries(entries, { words: " żABA ", person: null });
    expect(ids(found)).toEqual(["frame"]);
    expect(ids(found[0]?.children ?? [])).toEqual(["in"]);
  });

  it("finds what one person drew", () => {
    expect(ids(filterEntries(entries, { words: "", person: "anna" }))).toEqual(["frame", "out"]);
    expect(countEntries(filterEntries(entries, { words: "", person: "nobody" }))).toBe(0);
  });
});

describe("firstEntries", () => {
  it("counts those in frames too", () => {
    const entries = listEntries(
      board(
        item({ type: "frame", id: "frame" }),
        item({ type: "line", id: "in", frameId: "frame" }),
        item({ type: "line", id: "out", y: 500 }),
      ),
      NOTHING,
    );
    expect(countEntries(firstEntries(entries, 2))).toBe(2);
    expect(ids(firstEntries(entries, 2))).toEqual(["frame"]);
    expect(firstEntries(entries, 10)).toEqual(entries);
  });
});

describe("drawersOf", () => {
  it("names each person once", () => {
    const elements = board(
      item({ type: "line", id: "a" }),
      item({ type: "line", id: "b" }, { creator: "ben" }),
      item({ type: "line", id: "c" }),
    );
    expect(drawersOf(elements)).toEqual(["anna", "ben"]);
  });
});
