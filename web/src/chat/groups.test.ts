import { describe, expect, it } from "vitest";
import type { Message } from "../protocol/generated";
import { groupByDay, shownMessages } from "./groups";

const DAY = 24 * 60 * 60_000;
const MINUTE = 60_000;
const startOfDay = (at: number) => Math.floor(at / DAY) * DAY;

function message(id: number, actor: string, at: number): Message {
  return { id, actor, at, text: `text ${id}`, nonce: `nonce-${id}` };
}

function shape(messages: Message[]): string[][] {
  const days = groupByDay(shownMessages(messages, [], "me"), startOfDay);
  return days.map((day) => day.groups.map((group) => `${group.actor} ${group.messages.length}`));
}

describe("messages in groups", () => {
  it("stand together by author", () => {
    const messages = [
      message(1, "a", 0),
      message(2, "a", 1),
      message(3, "b", 2),
      message(4, "a", 3),
    ];
    expect(shape(messages)).toEqual([["a 2", "b 1", "a 1"]]);
  });

  it("start anew after a pause", () => {
    expect(shape([message(1, "a", 0), message(2, "a", 6 * MINUTE)])).toEqual([["a 1", "a 1"]]);
    expect(shape([message(1, "a", 0), message(2, "a", 4 * MINUTE)])).toEqual([["a 2"]]);
  });

  it("start anew each day", () => {
    expect(shape([message(1, "a", DAY - 1), message(2, "a", DAY)])).toEqual([["a 1"], ["a 1"]]);
  });

  it("on their way come last, in the day of the last one, whatever the clock of the device says", () => {
    const onTheirWay = {
      nonce: "new",
      room: "r",
      text: "new",
      at: DAY - 5 * DAY,
      accepted: null,
      refusal: null,
    };
    const shown = shownMessages([message(1, "me", DAY)], [onTheirWay], "me");
    const days = groupByDay(shown, startOfDay);
    expect(days).toHaveLength(1);
    expect(days[0]?.groups.at(-1)?.messages.at(-1)?.key).toBe("new");
  });

  it("of oneself keep their key when they arrive", () => {
    const [shown] = shownMessages([message(1, "me", 0)], [], "me");
    const [other] = shownMessages([message(2, "other", 0)], [], "me");
    expect(shown?.key).toBe("nonce-1");
    expect(other?.key).toBe("2");
  });
});
