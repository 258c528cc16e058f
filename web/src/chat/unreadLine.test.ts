import { describe, expect, it } from "vitest";
import {
  countUnread,
  firstUnread,
  lineAfter,
  lineGone,
  lineOnEntering,
  lineRead,
  skipsUnread,
  type UnreadLine,
} from "./unreadLine";

function said(...actors: string[]) {
  return actors.map((actor, index) => ({ id: index + 1, actor }));
}

/** Nobody looks; the newest message before is this one. */
function unseen(newest: number) {
  return { isLooking: false, newest };
}

function above(line: UnreadLine, messages: ReturnType<typeof said>): number | null {
  return firstUnread(messages, "me", line.since);
}

describe("the line above what is new", () => {
  it("stands at the first message of others that was not read", () => {
    const messages = said("zoe", "me", "zoe", "zoe");
    const line = lineOnEntering(messages, "me", 1);
    expect(above(line, messages)).toBe(3);
    expect(countUnread(messages, "me", line.read)).toBe(2);
  });

  it("is not there when all was read, or when this is the first time", () => {
    expect(lineOnEntering(said("zoe", "zoe"), "me", 2).since).toBeNull();
    expect(lineOnEntering(said("zoe", "zoe"), "me", null)).toEqual({ since: null, read: 2 });
    expect(lineOnEntering([], "me", null)).toEqual({ since: null, read: 0 });
  });

  it("does not come before the eyes of whoever sees the message come", () => {
    const line = lineOnEntering(said("zoe"), "me", 1);
    expect(lineAfter(line, said("zoe", "zoe"), "me", { isLooking: true, newest: 1 })).toBe(line);
  });

  it("comes when something is said while nobody looks", () => {
    const messages = said("zoe", "zoe", "zoe");
    const line = lineAfter(lineOnEntering(said("zoe"), "me", 1), messages, "me", unseen(1));
    expect(above(line, messages)).toBe(2);
  });

  it("stays where it is until what stands below it was read", () => {
    const messages = said("zoe", "zoe", "zoe", "zoe");
    const away = lineOnEntering(messages.slice(0, 2), "me", 1);
    const more = lineAfter(away, messages.slice(0, 3), "me", unseen(2));
    expect(above(more, messages)).toBe(2);
    const back = lineRead(more, 3);
    expect(above(back, messages)).toBe(2);
    expect(above(lineAfter(back, messages, "me", unseen(3)), messages)).toBe(4);
  });

  it("does not move under the eyes of whoever reads what came before", () => {
    const messages = said("zoe", "zoe", "zoe", "zoe");
    const reading = lineRead(lineOnEntering(messages.slice(0, 3), "me", 1), 2);
    expect(lineAfter(reading, messages, "me", unseen(3))).toBe(reading);
  });

  it("goes when one answers", () => {
    expect(lineGone(lineOnEntering(said("zoe"), "me", 0)).since).toBeNull();
  });

  it("only moves forward", () => {
    const line = lineOnEntering(said("zoe"), "me", 1);
    expect(lineRead(line, 0)).toBe(line);
  });
});

describe("what was jumped over", () => {
  const messages = said("zoe", "zoe", "me", "zoe", "zoe", "zoe");
  const skips = (read: number, first: number, after = 0) =>
    skipsUnread(messages, "me", { read, first, after });

  it("is what lies unread above the screen", () => {
    expect(skips(1, 5)).toBe(true);
    expect(skips(4, 6)).toBe(true);
  });

  it("is nothing when the first unread message is on the screen, or below it", () => {
    expect(skips(1, 2)).toBe(false);
    expect(skips(4, 1)).toBe(false);
    expect(skips(6, 6)).toBe(false);
  });

  it("is not one's own", () => {
    expect(skips(2, 4)).toBe(false);
  });

  it("may be what is not at hand", () => {
    expect(skips(1, 4, 3)).toBe(true);
    expect(skips(3, 4, 3)).toBe(false);
  });
});
