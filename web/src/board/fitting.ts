/** Keeps what is drawn within what one packet carries. Pure. */

import type { Element } from "../protocol/generated";
import { packedSize } from "./packedSize";

/** Bytes of a command's elements: the server takes packets up to 128 KiB, and a command has a little around them. */
export const COMMAND_BYTES_MAX = 100_000;

/**
 * Points of a stroke that is sent: with the pen's pressure at each they fit into a command. More than half a minute
 * without lifting the pen.
 */
export const STROKE_POINTS_KEPT = 3_000;

const sizes = new WeakMap<Element, number>();

/** Bytes of an element in a command. */
export function sizeOf(element: Element): number {
  const known = sizes.get(element);
  if (known !== undefined) {
    return known;
  }
  const size = packedSize({ base: Number.MAX_SAFE_INTEGER, element });
  sizes.set(element, size);
  return size;
}

/** Strokes that are longer than can be sent lose points evenly, and none of their length. */
export function fitStroke(element: Element): Element {
  if (element.type !== "freedraw" || element.points.length <= STROKE_POINTS_KEPT) {
    return element;
  }
  const { points, pressures } = element;
  return {
    ...element,
    points: evenly(points, STROKE_POINTS_KEPT),
    pressures: pressures.length === points.length ? evenly(pressures, STROKE_POINTS_KEPT) : [],
  };
}

/** `count` of the values, the first and the last among them. */
function evenly<T>(values: readonly T[], count: number): T[] {
  const step = (values.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, index) => values[Math.round(index * step)] as T);
}
