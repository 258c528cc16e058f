import { describe, expect, it } from "vitest";
import type { Message } from "../protocol/generated";
import { groupByDay, shownMessages } from "./groups";
import { type Marks, marksIn } from "./marks";

const NONE: Marks = {
  tabStop: null,
  editing: null,
  target: null,
  firstUnread: null,
  newestOwn: null,
};

function message(id: number, actor: string): Message {
  return { id, actor, at: id, text: `text ${id}`, nonce: `nonce-${id}` };
}

const log = [message(1, "a"), message(2, "me"), message(3, "me")];
const [first, second] = groupByDay(shownMessages(log, [], "me"), () => 0)[0]?.groups ?? [];

describe("marks", () => {
  it("are handed to what holds their message, and to nothing else", () => {
    const marks = { tabStop: "1", editing: 3, target: 1, firstUnread: 2, newestOwn: 3 };
    expect(marksIn(first ? [first] : [], marks)).toEqual({ ...NONE, tabStop: "1", target: 1 });
    expect(marksIn(second ? [second] : [], marks)).toEqual({
      ...marks,
      tabStop: null,
      target: null,
    });
  });

  it("go by the key for Tab, which one's own message keeps when it arrives", () => {
    const marks = { ...NONE, tabStop: "nonce-3" };
    expect(marksIn(second ? [second] : [], marks).tabStop).toBe("nonce-3");
  });
});
