import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AfterFirst } from "./afterFirst";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("what is done a while after it was first asked for", () => {
  it("is not put off by what asks meanwhile", () => {
    const work = vi.fn();
    const later = new AfterFirst(1_500, work);
    for (let second = 0; second < 30; second += 1) {
      later.request();
      vi.advanceTimersByTime(1_000);
    }
    expect(work).toHaveBeenCalledTimes(15);
    vi.advanceTimersByTime(10_000);
    expect(work).toHaveBeenCalledTimes(15);
  });

  it("is not done when it is not wanted any more, and is when it is wanted again", () => {
    const work = vi.fn();
    const later = new AfterFirst(1_500, work);
    later.request();
    later.cancel();
    vi.advanceTimersByTime(1_500);
    expect(work).not.toHaveBeenCalled();
    later.request();
    vi.advanceTimersByTime(1_500);
    expect(work).toHaveBeenCalledOnce();
  });
});
