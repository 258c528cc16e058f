import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { noAnswer } from "./failure";
import { REPORT_EVERY_MS, ReadReporter } from "./readReporter";

type Told = [room: string, message: number];

function makeReporter(answer: () => Promise<unknown> = async () => ({})) {
  const told: Told[] = [];
  const reporter = new ReadReporter((room, message) => {
    told.push([room, message]);
    return answer();
  });
  return { reporter, told };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("what was read", () => {
  it("is told once for many messages, with the newest of each room", async () => {
    const { reporter, told } = makeReporter();
    reporter.resume();
    for (const message of [1, 2, 3]) {
      reporter.read("r", message);
    }
    reporter.read("other", 7);
    await vi.advanceTimersByTimeAsync(REPORT_EVERY_MS);
    expect(told).toEqual([
      ["r", 3],
      ["other", 7],
    ]);
  });

  it("only moves forward", async () => {
    const { reporter, told } = makeReporter();
    reporter.resume();
    reporter.read("r", 5);
    await vi.advanceTimersByTimeAsync(REPORT_EVERY_MS);
    reporter.read("r", 5);
    reporter.read("r", 4);
    await vi.advanceTimersByTimeAsync(REPORT_EVERY_MS);
    expect(told).toEqual([["r", 5]]);
  });

  it("waits for a connection", async () => {
    const { reporter, told } = makeReporter();
    reporter.read("r", 5);
    await vi.advanceTimersByTimeAsync(REPORT_EVERY_MS);
    expect(told).toEqual([]);
    reporter.resume();
    reporter.pause();
    await vi.advanceTimersByTimeAsync(REPORT_EVERY_MS);
    expect(told).toEqual([]);
    reporter.resume();
    await vi.advanceTimersByTimeAsync(REPORT_EVERY_MS);
    expect(told).toEqual([["r", 5]]);
  });

  it("is told again when it did not arrive", async () => {
    const { reporter, told } = makeReporter(async () => {
      throw new Error("lost");
    });
    reporter.resume();
    reporter.read("r", 5);
    await vi.advanceTimersByTimeAsync(REPORT_EVERY_MS);
    reporter.read("r", 5);
    await vi.advanceTimersByTimeAsync(REPORT_EVERY_MS);
    expect(told).toEqual([
      ["r", 5],
      ["r", 5],
    ]);
  });

  it("is told by itself when the line that it was lost with is back", async () => {
    let lose = (): void => {};
    const { reporter, told } = makeReporter(
      () => new Promise((_, reject) => (lose = () => reject(noAnswer()))),
    );
    reporter.resume();
    reporter.read("r", 5);
    await vi.advanceTimersByTimeAsync(REPORT_EVERY_MS);
    reporter.pause();
    lose();
    await vi.advanceTimersByTimeAsync(REPORT_EVERY_MS);
    expect(told).toEqual([["r", 5]]);
    reporter.resume();
    await vi.advanceTimersByTimeAsync(REPORT_EVERY_MS);
    expect(told).toEqual([
      ["r", 5],
      ["r", 5],
    ]);
  });

  it("that was lost does not come after what was told since", async () => {
    const losses: (() => void)[] = [];
    const { reporter, told } = makeReporter(
      () => new Promise((_, reject) => losses.push(() => reject(noAnswer()))),
    );
    reporter.resume();
    for (const message of [5, 6]) {
      reporter.read("r", message);
      await vi.advanceTimersByTimeAsync(REPORT_EVERY_MS);
    }
    losses[0]?.();
    await vi.advanceTimersByTimeAsync(REPORT_EVERY_MS);
    expect(told).toEqual([
      ["r", 5],
      ["r", 6],
    ]);
  });

  it("is forgotten when the page goes", async () => {
    const { reporter, told } = makeReporter();
    reporter.resume();
    reporter.read("r", 5);
    reporter.close();
    await vi.advanceTimersByTimeAsync(REPORT_EVERY_MS);
    expect(told).toEqual([]);
  });
});
