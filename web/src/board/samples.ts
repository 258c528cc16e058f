/** Elements for tests. */

import type { Arrow, Element, FreeDraw, Rectangle, TextElement } from "../protocol/generated";

/** What every element has. */
export const COMMON = {
  x: 0,
  y: 0,
  width: 10,
  height: 10,
  angle: 0,
  strokeColor: "#1e1e1e",
  backgroundColor: "transparent",
  fillStyle: "solid",
  strokeWidth: 2,
  strokeStyle: "solid",
  roundness: null,
  roughness: 1,
  opacity: 100,
  seed: 1,
  index: "a0",
  isDeleted: false,
  groupIds: [],
  frameId: null,
  boundElements: null,
  link: null,
  locked: false,
} as const;

export function rectangle(id: string, changes: Partial<Rectangle> = {}): Rectangle {
  return { ...COMMON, type: "rectangle", id, index: `a${id}`, ...changes };
}

export function stroke(
  id: string,
  points: readonly (readonly [number, number])[],
  changes: Partial<FreeDraw> = {},
): FreeDraw {
  return {
    ...COMMON,
    type: "freedraw",
    id,
    index: `a${id}`,
    points,
    pressures: [],
    simulatePressure: true,
    lastCommittedPoint: null,
    ...changes,
  };
}

export function text(id: string, changes: Partial<TextElement> = {}): TextElement {
  return {
    ...COMMON,
    type: "text",
    id,
    index: `a${id}`,
    fontSize: 20,
    fontFamily: 5,
    text: "text",
    textAlign: "left",
    verticalAlign: "top",
    containerId: null,
    originalText: "text",
    autoResize: true,
    lineHeight: 1.25,
    ...changes,
  };
}

/** An arrow from one shape to another. */
export function arrow(
  id: string,
  from: string | null,
  to: string | null,
  changes: Partial<Arrow> = {},
): Arrow {
  const bound = (elementId: string | null) =>
    elementId === null ? null : { elementId, focus: 0, gap: 1 };
  return {
    ...COMMON,
    type: "arrow",
    id,
    index: `a${id}`,
    points: [
      [0, 0],
      [10, 10],
    ],
    lastCommittedPoint: null,
    startBinding: bound(from),
    endBinding: bound(to),
    startArrowhead: null,
    endArrowhead: "arrow",
    elbowed: false,
    ...changes,
  };
}

export function deleted(element: Element): Element {
  return { ...element, isDeleted: true };
}
