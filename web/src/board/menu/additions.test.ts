import { describe, expect, it } from "vitest";
import { additions } from "./additions";
import { board, item } from "./samples";

describe("additions", () => {
  const old = item({ type: "line", id: "old" }, { creator: "ben" });

  it("are what others have drawn, in the order in which they did", () => {
    const after = board(
      old,
      item({ type: "ellipse", id: "2" }, { creator: "ben", at: 2 }),
      item({ type: "line", id: "mine" }, { creator: "anna", at: 3 }),
      item({ type: "text", id: "1", text: "Hi" }, { creator: "cem", at: 1 }),
    );
    expect(additions(board(old), after, "anna")).toEqual([
      { type: "text", text: "Hi", creator: "cem" },
      { type: "ellipse", text: "", creator: "ben" },
    ]);
  });

  it("are not what was changed or deleted", () => {
    const changed = item({ type: "line", id: "old", x: 9 }, { creator: "ben", version: 2 });
    expect(additions(board(old), board(changed), "anna")).toEqual([]);
    expect(additions(board(old), board(), "anna")).toEqual([]);
  });

  it("say the text of a shape with the shape", () => {
    const boundElements = [{ id: "words", type: "text" }];
    const after = board(
      item({ type: "rectangle", id: "box", boundElements }, { creator: "ben" }),
      item({ type: "text", id: "words", containerId: "box", text: "Sun" }, { creator: "ben" }),
    );
    expect(additions(board(), after, "anna")).toEqual([
      { type: "rectangle", text: "Sun", creator: "ben" },
    ]);
  });
});
