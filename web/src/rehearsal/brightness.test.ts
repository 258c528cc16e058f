import { expect, it } from "vitest";
import { DARK, meanOf } from "./brightness";

it("is the mean of the colours, without what is opaque", () => {
  expect(meanOf(new Uint8ClampedArray([0, 0, 0, 255, 30, 60, 90, 255]))).toBe(30);
  expect(meanOf(new Uint8ClampedArray([0, 0, 0, 255]))).toBeLessThan(DARK);
});
