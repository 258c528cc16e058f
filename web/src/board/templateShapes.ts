/**
 * What templates are made of: locked lines, shapes and texts around a point of the board. Pure; ids are passed in.
 *
 * A place (`index`) in the order of drawing is the board's to give: until then it is `NO_PLACE`.
 */

import type { Arrow, Element, Ellipse, Line, Rectangle, TextElement } from "../protocol/generated";
import { NO_PLACE } from "./menu/strict";

export type Point = readonly [x: number, y: number];

/** Of the editor's own palette (open-color), so that what pupils draw beside it goes together. */
export const INK = "#1e1e1e";
export const GREY = "#868e96";
export const PALE = "#ced4da";
export const BLUE = "#1971c2";
export const RED = "#e03131";
export const GREEN = "#2f9e44";
export const LIGHT_BLUE = "#a5d8ff";
export const LIGHT_RED = "#ffc9c9";
export const LIGHT_GREEN = "#b2f2bb";
export const LIGHT_YELLOW = "#ffec99";

/** Excalidraw's numbers for its font Excalifont and that font's height of a line. */
const FONT_FAMILY = 5;
const LINE_HEIGHT = 1.25;

/** Width of a wide letter in font sizes: a box that is too wide shows all the same, one too narrow cuts letters off. */
const LETTER_WIDTH = 0.75;

export interface Look {
  strokeColor?: string;
  strokeWidth?: number;
  backgroundColor?: string;
  /** Percent. */
  opacity?: number;
}

export interface Writing {
  size: number;
  color?: string;
  align?: "left" | "center" | "right";
}

/** Collects the elements of one template, the lowest first. Coordinates are pixels from its middle. */
export class Sketch {
  readonly #elements: Element[] = [];
  readonly #middle: { readonly x: number; readonly y: number };
  readonly #newId: () => string;
  readonly #group: string;

  constructor(middle: { readonly x: number; readonly y: number }, newId: () => string) {
    this.#middle = middle;
    this.#newId = newId;
    this.#group = newId();
  }

  get elements(): Element[] {
    return this.#elements;
  }

  rectangle(x: number, y: number, width: number, height: number, look: Look = {}): void {
    const shape: Rectangle = {
      type: "rectangle",
      ...this.#base(x, y, width, height, look),
    };
    this.#elements.push(shape);
  }

  /** An ellipse around a point. */
  ellipse(x: number, y: number, radiusX: number, radiusY: number, look: Look = {}): void {
    const shape: Ellipse = {
      type: "ellipse",
      ...this.#base(x - radiusX, y - radiusY, 2 * radiusX, 2 * radiusY, look),
    };
    this.#elements.push(shape);
  }

  line(points: readonly Point[], look: Look = {}): void {
    const shape: Line = { type: "line", ...this.#linear(points, look), endArrowhead: null };
    this.#elements.push(shape);
  }

  arrow(from: Point, to: Point, look: Look = {}): void {
    const shape: Arrow = {
      type: "arrow",
      ...this.#linear([from, to], look),
      endArrowhead: "arrow",
      elbowed: false,
    };
    this.#elements.push(shape);
  }

  /** One line of text, its middle (or, if so aligned, its left or right end) at a point. */
  text(x: number, y: number, text: string, { size, color, align = "center" }: Writing): void {
    const width = Math.ceil([...text].length * size * LETTER_WIDTH);
    const height = size * LINE_HEIGHT;
    const share = { left: 0, center: 0.5, right: 1 }[align];
    const look = color === undefined ? {} : { strokeColor: color };
    const shape: TextElement = {
      type: "text",
      ...this.#base(x - width * share, y - height / 2, width, height, look),
      fontSize: size,
      fontFamily: FONT_FAMILY,
      text,
      originalText: text,
      textAlign: align,
      verticalAlign: "middle",
      containerId: null,
      autoResize: true,
      lineHeight: LINE_HEIGHT,
    };
    this.#elements.push(shape);
  }

  #linear(points: readonly Point[], look: Look) {
    const [first = [0, 0]] = points;
    const xs = points.map(([x]) => x);
    const ys = points.map(([, y]) => y);
    const width = Math.max(...xs) - Math.min(...xs);
    const height = Math.max(...ys) - Math.min(...ys);
    return {
      ...this.#base(first[0], first[1], width, height, look),
      points: points.map(([x, y]): Point => [x - first[0], y - first[1]]),
      lastCommittedPoint: null,
      startBinding: null,
      endBinding: null,
      startArrowhead: null,
    };
  }

  #base(x: number, y: number, width: number, height: number, look: Look) {
    return {
      id: this.#newId(),
      x: this.#middle.x + x,
      y: this.#middle.y + y,
      width,
      height,
      angle: 0,
      strokeColor: look.strokeColor ?? INK,
      backgroundColor: look.backgroundColor ?? "transparent",
      fillStyle: "solid" as const,
      strokeWidth: look.strokeWidth ?? 1,
      strokeStyle: "solid" as const,
      roundness: null,
      roughness: 0, // ruled, not drawn by hand: one measures on these
      opacity: look.opacity ?? 100,
      seed: 1, // of chance, of which nothing is left without roughness
      index: NO_PLACE,
      isDeleted: false,
      groupIds: [this.#group],
      frameId: null,
      boundElements: null,
      link: null,
      locked: true,
    };
  }
}
