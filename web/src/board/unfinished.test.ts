import { describe, expect, it } from "vitest";
import { type EditorWork, unfinishedIn } from "./unfinished";

const AT_REST: EditorWork = {
  cursorButton: "up",
  newElement: null,
  multiElement: null,
  resizingElement: null,
  editingTextElement: null,
};

describe("unfinished", () => {
  it("is nothing at rest", () => {
    expect(unfinishedIn(AT_REST)).toEqual({ all: false, typing: null, ids: new Set() });
  });

  it("is whatever changes while the pointer is down", () => {
    expect(unfinishedIn({ ...AT_REST, cursorButton: "down" }).all).toBe(true);
  });

  it("is a line whose points are put one by one, also between two of them", () => {
    const { all, ids } = unfinishedIn({ ...AT_REST, multiElement: { id: "line" } });
    expect([all, ids.has("line")]).toEqual([false, true]);
  });

  it("is a text that is being typed", () => {
    const { typing, ids } = unfinishedIn({ ...AT_REST, editingTextElement: { id: "text" } });
    expect([typing, ids.has("text")]).toEqual(["text", true]);
  });
});
