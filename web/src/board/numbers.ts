/** How exact the numbers of an element are, and when two elements are the same. Pure. */

import type { Binding, Element, FixedSegment } from "../protocol/generated";

/** Steps in a pixel: finer than any screen shows, and short in what is stored. */
const STEPS_PER_PIXEL = 100;

/** Steps of angles (radians) and of shares of a length: a pixel's hundredth at ten thousand pixels. */
const STEPS_PER_UNIT = 1e6;

/** Steps of a pen's pressure, from 0 to 1: pens tell a few thousand levels at best. */
const STEPS_PER_PRESSURE = 1e3;

type Point = readonly [number, number];

/** Pixels, to a hundredth. */
export function roundPixels(value: number): number {
  return round(value, STEPS_PER_PIXEL);
}

export function roundPoint([x, y]: Point): [number, number] {
  return [roundPixels(x), roundPixels(y)];
}

/** The element with its numbers as they travel. Rounding twice changes nothing. */
export function roundElement(element: Element): Element {
  const rounded = {
    ...element,
    x: roundPixels(element.x),
    y: roundPixels(element.y),
    width: roundPixels(element.width),
    height: roundPixels(element.height),
    angle: roundUnits(element.angle),
  };
  switch (rounded.type) {
    case "freedraw":
      return {
        ...rounded,
        points: rounded.points.map(roundPoint),
        pressures: rounded.pressures.map((pressure) => round(pressure, STEPS_PER_PRESSURE)),
        lastCommittedPoint: orNull(rounded.lastCommittedPoint, roundPoint),
      };
    case "line":
      return { ...rounded, ...roundedLine(rounded) };
    case "arrow":
      return rounded.fixedSegments == null
        ? { ...rounded, ...roundedLine(rounded) }
        : {
            ...rounded,
            ...roundedLine(rounded),
            fixedSegments: rounded.fixedSegments.map(roundSegment),
          };
    case "text":
      return {
        ...rounded,
        fontSize: roundPixels(rounded.fontSize),
        lineHeight: roundUnits(rounded.lineHeight),
      };
    default:
      return rounded;
  }
}

/**
 * Whether two elements show the same. Left out is what only keeps the books: the place in the order, which the server
 * may choose another for, and on request what is bound to an element.
 */
export function isSameElement(a: Element, b: Element, besides: readonly string[] = []): boolean {
  return isEqual(withoutBooks(a, besides), withoutBooks(b, besides));
}

/** Equal as JSON is: whatever the order of keys, and `undefined` as good as not there. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) {
    return true;
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return false;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((value, index) => isEqual(value, b[index]))
    );
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => isEqual(left[key], right[key]));
}

function withoutBooks(element: Element, besides: readonly string[]): Record<string, unknown> {
  const shown: Record<string, unknown> = { ...element, index: undefined };
  for (const key of besides) {
    shown[key] = undefined;
  }
  return shown;
}

interface LineNumbers {
  points: readonly Point[];
  lastCommittedPoint: Point | null;
  startBinding: Binding | null;
  endBinding: Binding | null;
}

function roundedLine(line: LineNumbers): LineNumbers {
  return {
    points: line.points.map(roundPoint),
    lastCommittedPoint: orNull(line.lastCommittedPoint, roundPoint),
    startBinding: orNull(line.startBinding, roundBinding),
    endBinding: orNull(line.endBinding, roundBinding),
  };
}

function roundBinding(binding: Binding): Binding {
  const rounded = {
    ...binding,
    focus: roundUnits(binding.focus),
    gap: roundPixels(binding.gap),
  };
  return binding.fixedPoint == null
    ? rounded
    : {
        ...rounded,
        fixedPoint: [roundUnits(binding.fixedPoint[0]), roundUnits(binding.fixedPoint[1])],
      };
}

function roundSegment({ start, end, index }: FixedSegment): FixedSegment {
  return { start: roundPoint(start), end: roundPoint(end), index };
}

function roundUnits(value: number): number {
  return round(value, STEPS_PER_UNIT);
}

function round(value: number, steps: number): number {
  return Math.round(value * steps) / steps + 0; // + 0: there is no minus zero on a board
}

function orNull<T, R>(value: T | null, map: (value: T) => R): R | null {
  return value === null ? null : map(value);
}
