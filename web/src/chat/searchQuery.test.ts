import { describe, expect, it } from "vitest";
import { SEARCH_CHARACTERS_MAX, type SearchHit } from "../protocol/generated";
import { askFor, withPage } from "./searchQuery";

function hit(id: number, room = "r"): SearchHit {
  return { room, message: { id, at: id, actor: "zoe", text: "Wisła" }, before: null };
}

describe("a search", () => {
  it("is none while too little is typed", () => {
    expect(askFor({ text: "", scope: "room" }, "r", null)).toBeNull();
    expect(askFor({ text: "  a ", scope: "room" }, "r", null)).toBeNull();
    expect(askFor({ text: "🌍", scope: "room" }, "r", null)).toBeNull();
  });

  it("is in one room or in all, with what was typed and not more than the server takes", () => {
    expect(askFor({ text: " wis ", scope: "room" }, "r", null)).toEqual({ room: "r", text: "wis" });
    expect(askFor({ text: "wis", scope: "all" }, "r", null)?.room).toBeNull();
    const long = askFor({ text: "x".repeat(500), scope: "all" }, "r", null);
    expect(long?.text).toHaveLength(SEARCH_CHARACTERS_MAX);
  });

  it("goes on behind the last one that was found", () => {
    const found = withPage(null, { hits: [hit(9), hit(4, "s")], more: true });
    expect(askFor({ text: "wis", scope: "all" }, "r", found)?.before).toEqual({
      room: "s",
      message: 4,
    });
  });

  it("shows what comes twice once", () => {
    const first = withPage(null, { hits: [hit(9), hit(4)], more: true });
    const both = withPage(first, { hits: [hit(4), hit(4, "s")], more: false });
    expect(both.hits.map(({ room, message }) => `${room}${message.id}`)).toEqual([
      "r9",
      "r4",
      "s4",
    ]);
    expect(both.more).toBe(false);
  });
});
