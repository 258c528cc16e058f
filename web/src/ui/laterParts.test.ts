import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PAUSES_MS, patiently } from "./laterParts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a part of the page that comes later", () => {
  it("is asked for again after each pause, and once it is there no more", async () => {
    const load = vi.fn().mockRejectedValueOnce(new Error("no line")).mockResolvedValue("part");
    const loading = patiently(load);
    await vi.advanceTimersByTimeAsync(PAUSES_MS[0] ?? 0);
    expect(await loading).toBe("part");
    await vi.runAllTimersAsync();
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("is given up after the last pause", async () => {
    const load = vi.fn().mockRejectedValue(new Error("gone"));
    const loading = expect(patiently(load)).rejects.toThrow("gone");
    await vi.runAllTimersAsync();
    await loading;
    expect(load).toHaveBeenCalledTimes(PAUSES_MS.length + 1);
  });
});
