import { describe, expect, it } from "vitest";
import type { BoardHistoryPage, Event } from "../../protocol/generated";
import type { BoardState } from "../ports";
import { loadHistory } from "./loadHistory";
import { board, item } from "./samples";

const EVENTS: Event[] = Array.from({ length: 5 }, (_, index) => ({
  stream: "board:b",
  seq: index + 11,
  at: index,
  actor: "anna",
  nonce: null,
  body: { kind: "board.changed", elements: [item({ type: "line", id: `e${index}` })] },
}));

function server(pruned: number, pageSize = 2) {
  const asked: number[] = [];
  return {
    asked,
    getState: () =>
      ({ elements: board(item({ type: "line", id: "old" }, { at: 0 })) }) as unknown as BoardState,
    history: async (after: number): Promise<BoardHistoryPage> => {
      asked.push(after);
      const events = EVENTS.filter(({ seq }) => seq > after).slice(0, pageSize);
      return { events, pruned, head: 15 };
    },
  };
}

describe("loadHistory", () => {
  it("asks page by page up to the head", async () => {
    const client = server(10);
    const progress: number[] = [];
    const history = await loadHistory(
      client,
      false,
      ({ done, total }) => progress.push(done / total),
      new AbortController().signal,
    );
    expect(client.asked).toEqual([0, 12, 14]);
    expect(progress).toEqual([0.4, 0.8, 1]);
    expect(history?.replay.steps).toHaveLength(5);
    expect(history?.isPruned).toBe(true);
    expect([...(history?.replay.at(0).keys() ?? [])]).toEqual(["old"]);
  });

  it("begins with an empty board when the log is whole", async () => {
    const never = new AbortController().signal;
    const history = await loadHistory(server(0, 99), false, () => {}, never);
    expect(history?.isPruned).toBe(false);
    expect(history?.replay.at(0).size).toBe(0);
  });

  it("stops when nobody waits for it any more", async () => {
    const client = server(0);
    const stop = new AbortController();
    stop.abort();
    expect(await loadHistory(client, false, () => {}, stop.signal)).toBeNull();
    expect(client.asked).toEqual([0]);
  });

  it("ends when the server has no more than it said", async () => {
    const client = { ...server(0), history: async () => ({ events: [], pruned: 0, head: 99 }) };
    const never = new AbortController().signal;
    expect((await loadHistory(client, false, () => {}, never))?.replay.steps).toEqual([]);
  });
});
