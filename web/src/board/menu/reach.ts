/**
 * What a page could not show, or not without standing still: the twin of EXTENT_MAX in rooms/board/elements.py and of
 * `_check_fill` in rooms/board/checks.py. Pure.
 */

import {
  COORDINATE_MAX,
  type Element,
  EXTENT_MAX,
  FILL_GAP_MIN,
  FILL_GAPS,
  FILL_LINES_MAX,
} from "../../protocol/generated";

const UNFILLED = "transparent";

/** Whether numbers of an element, whatever else it is, lie farther out than a board goes or spread it wider than that. */
export function isOutOfReach(raw: Readonly<Record<string, unknown>>): boolean {
  const { x, y, width, height, points } = raw;
  const spread = [width, height, ...(Array.isArray(points) ? points.flat() : [])];
  return isBeyond([x, y], COORDINATE_MAX) || isBeyond(spread, EXTENT_MAX);
}

/** Whether it is filled with more lines than a page draws at once. */
export function isHatchedTooFar(element: Element): boolean {
  if (element.fillStyle === "solid" || element.backgroundColor === UNFILLED) {
    return false;
  }
  let [width, height] = [Math.abs(element.width), Math.abs(element.height)];
  if (element.type === "line" || element.type === "arrow" || element.type === "freedraw") {
    width = Math.max(width, spreadOf(element.points.map(([across]) => across)));
    height = Math.max(height, spreadOf(element.points.map(([, down]) => down)));
  }
  const gap = Math.max(FILL_GAPS * element.strokeWidth, FILL_GAP_MIN);
  return (width + height) / gap > FILL_LINES_MAX;
}

function isBeyond(values: readonly unknown[], most: number): boolean {
  return values.some((value) => typeof value === "number" && Math.abs(value) > most);
}

function spreadOf(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}
