import { describe, expect, it } from "vitest";
import { isEqual, isSameElement, roundElement } from "./numbers";
import { arrow, rectangle, stroke, text } from "./samples";

describe("numbers that travel", () => {
  it("are rounded to hundredths of a pixel, angles to millionths", () => {
    const rounded = roundElement(
      rectangle("1", {
        x: 1.23456,
        y: -0.001,
        width: 2.345,
        height: 1e6 + 0.126,
        angle: 1.23456789,
      }),
    );
    expect(rounded).toMatchObject({
      x: 1.23,
      y: 0,
      width: 2.35,
      height: 1_000_000.13,
      angle: 1.234568,
    });
    expect(Object.is(rounded.y, 0)).toBe(true);
  });

  it("are rounded in strokes, lines, bindings and texts, too", () => {
    expect(
      roundElement(
        stroke("1", [[0.126, 1.001]], { pressures: [0.12345], lastCommittedPoint: [0.126, 1] }),
      ),
    ).toMatchObject({ points: [[0.13, 1]], pressures: [0.123], lastCommittedPoint: [0.13, 1] });
    const elbow = arrow("1", null, null, {
      points: [
        [0, 0],
        [1.239, 5],
      ],
      startBinding: { elementId: "2", focus: 0.12345678, gap: 1.239, fixedPoint: [0.5001, 1 / 3] },
      fixedSegments: [{ start: [0.001, 0], end: [1.239, 0], index: 1 }],
    });
    expect(roundElement(elbow)).toMatchObject({
      points: [
        [0, 0],
        [1.24, 5],
      ],
      startBinding: { focus: 0.123457, gap: 1.24, fixedPoint: [0.5001, 0.333333] },
      endBinding: null,
      fixedSegments: [{ start: [0, 0], end: [1.24, 0], index: 1 }],
    });
    expect(roundElement(text("1", { fontSize: 20.126, lineHeight: 1.25 }))).toMatchObject({
      fontSize: 20.13,
      lineHeight: 1.25,
    });
  });

  it("do not change when they are rounded again", () => {
    for (let step = 1; step < 2_000; step += 1) {
      const once = roundElement(rectangle("1", { x: step * 1.0137, angle: step / 777 }));
      expect(roundElement(once)).toEqual(once);
    }
  });
});

describe("elements", () => {
  it("are the same whatever their place in the order of drawing", () => {
    const one = rectangle("1", { boundElements: [{ id: "2", type: "arrow" }] });
    expect(isSameElement(one, { ...one, index: "b00" })).toBe(true);
    expect(isSameElement(one, { ...one, x: 1 })).toBe(false);
    expect(isSameElement(one, { ...one, boundElements: null })).toBe(false);
    expect(isSameElement(one, { ...one, boundElements: null }, ["boundElements"])).toBe(true);
  });

  it("are equal as JSON is", () => {
    expect(
      isEqual({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1, d: undefined }),
    ).toBe(true);
    expect(isEqual([1, 2], [1])).toBe(false);
    expect(isEqual([1], { 0: 1 })).toBe(false);
    expect(isEqual(null, {})).toBe(false);
    expect(isEqual({ a: null }, {})).toBe(false);
  });
});
