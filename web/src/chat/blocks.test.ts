import { describe, expect, it } from "vitest";
import type { Message } from "../protocol/generated";
import type { Outgoing } from "../state/outgoing";
import { BLOCK_IDS, drawnDays } from "./blocks";
import { groupByDay, shownMessages } from "./groups";

const DAY = 24 * 60 * 60_000;
const startOfDay = (at: number) => Math.floor(at / DAY) * DAY;

function message(id: number, actor: string, at = id): Message {
  return { id, actor, at, text: `text ${id}`, nonce: `nonce-${id}` };
}

/** Messages of two people by turns, so that each is a group. */
function talk(from: number, to: number): Message[] {
  return Array.from({ length: to - from }, (_, index) =>
    message(from + index, (from + index) % 2 === 0 ? "a" : "b"),
  );
}

function days(messages: readonly Message[], outgoing: readonly Outgoing[] = []) {
  return groupByDay(shownMessages(messages, outgoing, "me"), startOfDay);
}

describe("groups in blocks", () => {
  it("are as many as the ids of a block say, each group in one", () => {
    const [day] = drawnDays([], days(talk(1, 2 * BLOCK_IDS + 1)));
    expect(day?.blocks.map(({ groups }) => groups.length)).toEqual([BLOCK_IDS - 1, BLOCK_IDS, 1]);
    const ids = day?.blocks.flatMap(({ groups }) => groups.map(({ key }) => Number(key)));
    expect(ids).toEqual(talk(1, 2 * BLOCK_IDS + 1).map(({ id }) => id));
  });

  it("stay the same objects when messages come in before and after them", () => {
    const middle = talk(BLOCK_IDS, 2 * BLOCK_IDS);
    const before = drawnDays([], days(middle));
    const after = drawnDays(before, days([...talk(1, BLOCK_IDS), ...middle, message(999, "c")]));
    expect(after[0]?.blocks[1]).toBe(before[0]?.blocks[0]);
    expect(after[0]?.blocks).toHaveLength(3);
  });

  it("change with a message in them, and leave the other groups as they were", () => {
    const messages = [message(1, "a"), message(2, "b"), message(3, "b")];
    const before = drawnDays([], days(messages));
    const changed = messages.map((each) => (each.id === 3 ? { ...each, text: "new" } : each));
    const [block] = drawnDays(before, days(changed))[0]?.blocks ?? [];
    const [first, second] = block?.groups ?? [];
    expect(block).not.toBe(before[0]?.blocks[0]);
    expect(first).toBe(before[0]?.blocks[0]?.groups[0]);
    expect(second).not.toBe(before[0]?.blocks[0]?.groups[1]);
    expect(second?.messages).toHaveLength(2);
  });

  it("keep a group, its key and its block when earlier messages of its author come in before it", () => {
    const late = [
      message(BLOCK_IDS, "a"),
      message(BLOCK_IDS + 1, "a"),
      message(BLOCK_IDS + 2, "b"),
    ];
    const before = drawnDays([], days(late));
    const early = [message(BLOCK_IDS - 3, "c"), message(BLOCK_IDS - 1, "a")];
    const [first, second] = drawnDays(before, days([...early, ...late]))[0]?.blocks ?? [];
    expect([first?.key, second?.key]).toEqual([0, 1]);
    expect(second?.groups.map(({ key, messages }) => [key, messages.length])).toEqual([
      [before[0]?.blocks[0]?.groups[0]?.key, 3],
      [before[0]?.blocks[0]?.groups[1]?.key, 1],
    ]);
    expect(second?.groups[1]).toBe(before[0]?.blocks[0]?.groups[1]);
  });

  it("have what is on its way at their end", () => {
    const onItsWay = { nonce: "new", room: "r", text: "new", at: 9, accepted: null, refusal: null };
    const [day] = drawnDays([], days(talk(1, BLOCK_IDS + 2), [onItsWay]));
    expect(day?.blocks.map(({ key }) => key)).toEqual([0, 1]);
    expect(day?.blocks.at(-1)?.groups.at(-1)?.key).toBe("new");
    expect(drawnDays([], days([], [onItsWay]))[0]?.blocks).toHaveLength(1);
  });

  it("of other days are others, also with the same key", () => {
    const first = message(1, "a", 0);
    const before = drawnDays([], days([first]));
    const after = drawnDays(before, days([first, message(2, "a", DAY)]));
    expect(after[0]?.blocks[0]).toBe(before[0]?.blocks[0]);
    expect(after[1]?.blocks[0]?.groups[0]?.key).toBe("2");
  });
});
