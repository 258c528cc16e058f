import { describe, expect, it } from "vitest";
import { delayBefore, FIRST_DELAY_MS, LONGEST_DELAY_MS } from "./backoff";
import { makeNonce } from "./nonce";
import {
  LONG_MS,
  learn,
  NO_HISTORY,
  type TransportHistory,
  transportsToTry,
  YOUNG_MS,
} from "./transports";
import { REPEAT_MS, TypingMark } from "./typing";

describe("the delay before the next try", () => {
  it("doubles up to its limit", () => {
    const delays = [0, 1, 2, 3, 4, 5, 6, 100].map((attempt) => delayBefore(attempt, () => 1));
    expect(delays.slice(0, 3)).toEqual([1, 2, 4].map((factor) => factor * FIRST_DELAY_MS));
    expect(delays.slice(-2)).toEqual([LONGEST_DELAY_MS, LONGEST_DELAY_MS]);
  });

  it("is spread over half of it, so that a class does not come back at once", () => {
    expect(delayBefore(2, () => 0)).toBe(2 * FIRST_DELAY_MS);
    expect(delayBefore(2, () => 1)).toBe(4 * FIRST_DELAY_MS);
  });
});

describe("the transports to try", () => {
  const both = ["websocket", "polling"] as const;
  const hung = learn(NO_HISTORY, [...both], "websocket", null);
  const young = (history: TransportHistory) => learn(history, [...both], "websocket", YOUNG_MS - 1);

  it("are WebSocket, then polling", () => {
    expect(transportsToTry(NO_HISTORY)).toEqual(both);
  });

  it("are polling alone after a WebSocket that hung", () => {
    expect(transportsToTry(hung)).toEqual(["polling"]);
  });

  it("are polling alone after two WebSockets that died young", () => {
    expect(transportsToTry(young(NO_HISTORY))).toEqual(both);
    expect(transportsToTry(young(young(NO_HISTORY)))).toEqual(["polling"]);
  });

  it("stay the same while there is no server", () => {
    expect(learn(NO_HISTORY, [...both], "polling", null)).toEqual(NO_HISTORY);
  });

  it("go back to WebSocket when polling does not open either", () => {
    expect(transportsToTry(learn(hung, ["polling"], "polling", null))).toEqual(both);
  });

  it("stay with polling while it works, and forget after a long time", () => {
    expect(transportsToTry(learn(hung, ["polling"], "polling", 1))).toEqual(["polling"]);
    expect(learn(hung, ["polling"], "polling", LONG_MS)).toEqual(NO_HISTORY);
  });

  it("forget the failures after a WebSocket that lived", () => {
    expect(learn(young(NO_HISTORY), [...both], "websocket", YOUNG_MS)).toEqual(NO_HISTORY);
  });
});

describe("a nonce", () => {
  it("has the form that the server wants, and is new each time", () => {
    const nonces = Array.from({ length: 100 }, makeNonce);
    expect(nonces.every((nonce) => /^[A-Za-z0-9_-]{8,64}$/.test(nonce))).toBe(true);
    expect(new Set(nonces).size).toBe(100);
  });
});

describe("the typing mark", () => {
  it("is repeated at most every two seconds, and ended once", () => {
    const signals: boolean[] = [];
    const mark = new TypingMark((isTyping) => signals.push(isTyping));
    mark.typed(0);
    mark.typed(REPEAT_MS - 1);
    mark.typed(REPEAT_MS);
    mark.stop();
    mark.stop();
    expect(signals).toEqual([true, true, false]);
  });
});
