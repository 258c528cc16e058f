import { describe, expect, it } from "vitest";
import { clockText, secondsLeft, untilNextSecond } from "./time";

const END = 1_795_327_810_874;

describe("the time that is left", () => {
  it("counts seconds that have begun", () => {
    expect(secondsLeft(END, END - 5_000)).toBe(5);
    expect(secondsLeft(END, END - 4_001)).toBe(5);
    expect(secondsLeft(END, END - 4_000)).toBe(4);
    expect(secondsLeft(END, END)).toBeCloseTo(0);
    expect(secondsLeft(END, END + 1)).toBeCloseTo(0);
    expect(secondsLeft(END, END + 2_500)).toBe(-2);
  });

  it("changes when it is said to", () => {
    for (const before of [4_200.5, 1_000, 999, 1, 0, -1, -300.25, -1_000]) {
      const now = END - before;
      const wait = untilNextSecond(END, now);
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(1_000);
      expect(secondsLeft(END, now + wait)).toBe(
        secondsLeft(END, now + wait / 2) - 1 + 1 * +(wait === 0),
      );
    }
  });
});

describe("a time in words of a clock", () => {
  it("has minutes, and hours where there are some", () => {
    expect(clockText(245, "en")).toBe("4:05");
    expect(clockText(59, "en")).toBe("0:59");
    expect(clockText(3_845, "fr")).toBe("1:04:05");
    expect(clockText(-3, "en")).toBe("0:00");
  });

  it("has the digits of the reader", () => {
    expect(clockText(245, "ar-EG")).toBe("٤:٠٥");
  });
});
