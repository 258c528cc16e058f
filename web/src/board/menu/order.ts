/** Places in the order of drawing for new elements, made by the editor's own rules. Pure. */

import type { Element } from "../../protocol/generated";
import { ON_TOP } from "../convert";

/** Excalidraw's `restoreElements`, which gives a place to every element that has none. */
export type RestoreElements = (
  elements: readonly Readonly<Record<string, unknown>>[],
  localElements: null,
  options?: { repairBindings?: boolean },
) => readonly object[];

/** `count` new places above everything that is there, or behind it, the lowest first. */
export function newPlaces(
  restoreElements: RestoreElements,
  present: Iterable<{ element: Element }>,
  count: number,
  where: "above" | "behind",
): string[] {
  const taken = [...present]
    .map(({ element }) => element.index)
    .filter((index) => index !== ON_TOP) // just drawn: the server has given it no place yet
    .sort(byBytes);
  const added = Array.from({ length: count }, () => null);
  const order = where === "above" ? [...taken, ...added] : [...added, ...taken];
  const placed = restoreElements(order.map(standIn), null) as readonly { index: string }[];
  const places = placed.map(({ index }) => index);
  return where === "above" ? places.slice(taken.length) : places.slice(0, count);
}

/** An element that is nothing but its place. */
function standIn(index: string | null, number: number): Readonly<Record<string, unknown>> {
  return { type: "rectangle", id: `place-${number}`, x: 0, y: 0, width: 1, height: 1, index };
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
