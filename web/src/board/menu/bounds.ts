/** How much of the board elements take. Pure. */

import type { Element } from "../../protocol/generated";
import type { Rect } from "../ports";

/** The box around an element that is not turned; lines and strokes may run to the left of where they begin. */
export function boundsOf(element: Element): Rect {
  const { x, y, width, height } = element;
  if (element.type !== "line" && element.type !== "arrow" && element.type !== "freedraw") {
    return { x, y, width, height };
  }
  const left = x + Math.min(...element.points.map(([px]) => px));
  const top = y + Math.min(...element.points.map(([, py]) => py));
  return { x: left, y: top, width, height };
}

/** The box around all of them; null when there is none. */
export function boundsOfAll(elements: Iterable<Element>): Rect | null {
  let left = Number.POSITIVE_INFINITY;
  let top = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  for (const element of elements) {
    const box = boundsOf(element);
    left = Math.min(left, box.x);
    top = Math.min(top, box.y);
    right = Math.max(right, box.x + box.width);
    bottom = Math.max(bottom, box.y + box.height);
  }
  return left > right ? null : { x: left, y: top, width: right - left, height: bottom - top };
}
