/** When components are told of what has changed. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Store } from "./store";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

function watched() {
  const store = new Store();
  const told: number[] = [];
  store.subscribe(() => told.push(store.getState().unread.r ?? 0));
  const change = (count: number) => store.dispatch({ type: "unread", room: "r", count });
  return { store, told, change };
}

describe("a store", () => {
  it("tells of a single change at once", () => {
    const { told, change } = watched();
    change(1);
    expect(told).toEqual([1]);
  });

  it("tells once of many that come within a frame", () => {
    const { store, told, change } = watched();
    for (let count = 1; count <= 100; count += 1) {
      change(count);
    }
    expect(store.getState().unread.r).toBe(100);
    expect(told).toEqual([1]);
    vi.advanceTimersByTime(20);
    expect(told).toEqual([1, 100]);
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual([1, 100]);
  });

  it("does not speak of what is as it was", () => {
    const { store, told } = watched();
    const body = { kind: "chat.posted", text: "ahoj" } as const;
    const event = {
      stream: "room:elsewhere",
      epoch: "e",
      seq: 1,
      at: 0,
      actor: "a",
      nonce: null,
      body,
    };
    store.dispatch({ type: "event", event, now: 0 }); // of a stream that is not followed
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual([]);
  });

  it("forgets who does not listen any more", () => {
    const { store, change } = watched();
    const listener = vi.fn();
    const stop = store.subscribe(listener);
    stop();
    change(1);
    expect(listener).not.toHaveBeenCalled();
  });
});
