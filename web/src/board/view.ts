/** The part of the board that is in view, and how to show another one. Pure. Lengths are pixels of the board. */

import type { Rect } from "./ports";

/** The editor's own limits. */
const ZOOM_MIN = 0.1;
const ZOOM_MAX = 30;

/** Where the editor stands: a point p of the board is at (p + scroll) * zoom of its canvas. */
export interface View {
  scrollX: number;
  scrollY: number;
  zoom: number;
  /** Of the canvas, in pixels of the screen. */
  width: number;
  height: number;
}

export function rectOf({ scrollX, scrollY, zoom, width, height }: View): Rect {
  return { x: -scrollX, y: -scrollY, width: width / zoom, height: height / zoom };
}

/** How much of the picture is filled by what is to be seen: the tools are above its edges. */
const FILLED = 0.85;

/** Whether all of `rect` is in `seen`. */
export function isWithin(rect: Rect, seen: Rect): boolean {
  return (
    rect.x >= seen.x &&
    rect.y >= seen.y &&
    rect.x + rect.width <= seen.x + seen.width &&
    rect.y + rect.height <= seen.y + seen.height
  );
}

/** With some space around it. */
export function withMargin({ x, y, width, height }: Rect): Rect {
  const [across, down] = [width / FILLED, height / FILLED];
  return { x: x - (across - width) / 2, y: y - (down - height) / 2, width: across, height: down };
}

/** The view that has the whole of `rect` in it, in the middle, as large as it can be. */
export function showing(
  rect: Rect,
  { width, height }: Pick<View, "width" | "height">,
  zoomMax = ZOOM_MAX,
): Pick<View, "scrollX" | "scrollY" | "zoom"> {
  const fit = Math.min(width / Math.max(1, rect.width), height / Math.max(1, rect.height));
  const zoom = Math.min(zoomMax, Math.max(ZOOM_MIN, fit));
  return {
    zoom,
    scrollX: (width / zoom - rect.width) / 2 - rect.x,
    scrollY: (height / zoom - rect.height) / 2 - rect.y,
  };
}

/** A point of the board on the canvas. */
export function toCanvas(x: number, y: number, view: View): { left: number; top: number } {
  return { left: (x + view.scrollX) * view.zoom, top: (y + view.scrollY) * view.zoom };
}
