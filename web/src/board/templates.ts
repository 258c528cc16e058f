/**
 * Templates that a teacher puts on a board for a class to draw upon. Pure; the map's lines are loaded when it is asked.
 *
 * Every template is one group of locked elements, the lowest first, around the point that is given. The caller gives
 * them their places in the order of drawing (`newPlaces` of menu/order.ts): behind what is on the board already.
 */

import type { Element } from "../protocol/generated";
import {
  BLUE,
  GREEN,
  GREY,
  LIGHT_BLUE,
  LIGHT_GREEN,
  LIGHT_RED,
  LIGHT_YELLOW,
  PALE,
  type Point,
  RED,
  Sketch,
} from "./templateShapes";

/** The words on templates, by their keys in the catalogue. */
export type TemplateText =
  | "boardTemplates.first"
  | "boardTemplates.second"
  | "boardTemplates.third"
  | "boardTemplates.both"
  | "boardTemplates.allThree"
  | "boardTemplates.earlier"
  | "boardTemplates.later"
  | "boardTemplates.know"
  | "boardTemplates.wonder"
  | "boardTemplates.learned";

/** The words in the language of who puts the template on the board. */
export type Labels = (key: TemplateText) => string;

/** The middle of the template, in pixels of the board. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

type Make = (labels: Labels, at: Place, newId: () => string) => Element[];

/** Pixels of a square: a stroke of the pen is well seen in it, and a word fits in some. */
const SQUARE = 40;

const TITLE = 28;
const HEAD = 24;
const WORD = 20;
const NUMBER = 16;

/** Lines across a rectangle, from side to side in one go: its edges are drawn twice, and two elements do for all. */
function grid(sketch: Sketch, columns: number, rows: number): void {
  const [right, bottom] = [(columns * SQUARE) / 2, (rows * SQUARE) / 2];
  const across: Point[] = [];
  for (let row = 0; row <= rows; row += 1) {
    const y = row * SQUARE - bottom;
    across.push(...ends([-right, y], [right, y], row % 2 === 1));
  }
  const down: Point[] = [];
  for (let column = 0; column <= columns; column += 1) {
    const x = column * SQUARE - right;
    down.push(...ends([x, -bottom], [x, bottom], column % 2 === 1));
  }
  sketch.line(across, { strokeColor: PALE });
  sketch.line(down, { strokeColor: PALE });
}

function ends(from: Point, to: Point, isBack: boolean): [Point, Point] {
  return isBack ? [to, from] : [from, to];
}

/** Squared paper. */
export const squaredGrid: Make = (_, at, newId) => {
  const sketch = new Sketch(at, newId);
  grid(sketch, 32, 20);
  return sketch.elements;
};

/** Squares from the middle to the ends of an axis. */
const AXIS = 10;

/** Coordinate axes from -10 to 10 on squared paper. `x`, `y` and numbers are the same in all languages. */
export const coordinateAxes: Make = (_, at, newId) => {
  const sketch = new Sketch(at, newId);
  grid(sketch, 2 * AXIS, 2 * AXIS);
  const end = (AXIS + 0.75) * SQUARE;
  sketch.arrow([-end, 0], [end, 0], { strokeWidth: 2 });
  sketch.arrow([0, end], [0, -end], { strokeWidth: 2 });
  sketch.text(end + NUMBER, 0, "x", { size: WORD });
  sketch.text(0, -end - NUMBER, "y", { size: WORD });
  const beside = NUMBER * 0.75;
  sketch.text(-beside, beside, "0", { size: NUMBER, color: GREY });
  for (let number = -AXIS; number <= AXIS; number += 2) {
    if (number !== 0) {
      const written = String(number).replace("-", "−"); // the sign, not the hyphen
      const writing = { size: NUMBER, color: GREY } as const;
      sketch.text(number * SQUARE, beside, written, writing);
      sketch.text(-beside / 2, -number * SQUARE, written, { ...writing, align: "right" });
    }
  }
  return sketch.elements;
};

const RADIUS = 240;

/** Venn's diagram of two: their circles share a third of their width. */
export const vennOfTwo: Make = (labels, at, newId) => {
  const sketch = new Sketch(at, newId);
  const aside = RADIUS * 0.65;
  circle(sketch, -aside, 0, BLUE, LIGHT_BLUE);
  circle(sketch, aside, 0, RED, LIGHT_RED);
  const above = -RADIUS - TITLE;
  sketch.text(-aside, above, labels("boardTemplates.first"), { size: TITLE, color: BLUE });
  sketch.text(aside, above, labels("boardTemplates.second"), { size: TITLE, color: RED });
  sketch.text(0, -RADIUS * 0.42, labels("boardTemplates.both"), { size: WORD });
  return sketch.elements;
};

/** Venn's diagram of three, the third below. */
export const vennOfThree: Make = (labels, at, newId) => {
  const sketch = new Sketch(at, newId);
  const [aside, up, down] = [RADIUS * 0.6, -RADIUS * 0.5, RADIUS * 0.54];
  circle(sketch, -aside, up, BLUE, LIGHT_BLUE);
  circle(sketch, aside, up, RED, LIGHT_RED);
  circle(sketch, 0, down, GREEN, LIGHT_GREEN);
  const above = up - RADIUS - TITLE;
  sketch.text(-aside, above, labels("boardTemplates.first"), { size: TITLE, color: BLUE });
  sketch.text(aside, above, labels("boardTemplates.second"), { size: TITLE, color: RED });
  const third = { size: TITLE, color: GREEN };
  sketch.text(0, down + RADIUS + TITLE, labels("boardTemplates.third"), third);
  sketch.text(0, -RADIUS * 0.15, labels("boardTemplates.allThree"), { size: WORD });
  return sketch.elements;
};

function circle(sketch: Sketch, x: number, y: number, stroke: string, fill: string): void {
  // Filled and outlined apart: where fills lie upon each other they mix, and outlines stay clear.
  const inside = { strokeColor: "transparent", backgroundColor: fill, opacity: 50 };
  sketch.ellipse(x, y, RADIUS, RADIUS, inside);
  sketch.ellipse(x, y, RADIUS, RADIUS, { strokeColor: stroke, strokeWidth: 2 });
}

const TIMELINE = { steps: 8, step: 160 };

/** A timeline with a mark and a box for each step, above and below by turns. */
export const timeline: Make = (labels, at, newId) => {
  const sketch = new Sketch(at, newId);
  const half = (TIMELINE.steps * TIMELINE.step) / 2;
  const box = { width: TIMELINE.step * 1.6, height: 120, away: 50 };
  for (let step = 0; step < TIMELINE.steps; step += 1) {
    const x = (step + 0.5) * TIMELINE.step - half;
    const isAbove = step % 2 === 0;
    const top = isAbove ? -box.away - box.height : box.away;
    const fill = isAbove ? LIGHT_BLUE : LIGHT_YELLOW;
    const look = { strokeColor: GREY, backgroundColor: fill, opacity: 60 };
    sketch.rectangle(x - box.width / 2, top, box.width, box.height, look);
    sketch.line([[x, 0] as const, [x, isAbove ? -box.away : box.away] as const], {
      strokeColor: GREY,
    });
    sketch.ellipse(x, 0, 7, 7, { strokeColor: BLUE, backgroundColor: "#ffffff", strokeWidth: 2 });
  }
  sketch.arrow([-half, 0], [half + SQUARE, 0], { strokeColor: BLUE, strokeWidth: 4 });
  const writing = { size: WORD, color: GREY } as const;
  sketch.text(-half - 10, 0, labels("boardTemplates.earlier"), { ...writing, align: "right" });
  sketch.text(half + SQUARE + 10, 0, labels("boardTemplates.later"), { ...writing, align: "left" });
  return sketch.elements;
};

const COLUMN = { width: 400, height: 560, head: 72 };

/** A table for what a class knows, wants to know, and has learned in the end (KWL). */
export const kwlTable: Make = (labels, at, newId) => {
  const sketch = new Sketch(at, newId);
  const columns = [
    { label: labels("boardTemplates.know"), stroke: BLUE, fill: LIGHT_BLUE },
    { label: labels("boardTemplates.wonder"), stroke: RED, fill: LIGHT_RED },
    { label: labels("boardTemplates.learned"), stroke: GREEN, fill: LIGHT_GREEN },
  ];
  const top = -COLUMN.height / 2;
  for (const [number, { label, stroke, fill }] of columns.entries()) {
    const left = (number - columns.length / 2) * COLUMN.width;
    const outline = { strokeColor: stroke, strokeWidth: 2 };
    sketch.rectangle(left, top, COLUMN.width, COLUMN.height, outline);
    const head = { ...outline, backgroundColor: fill };
    sketch.rectangle(left, top, COLUMN.width, COLUMN.head, head);
    sketch.text(left + COLUMN.width / 2, top + COLUMN.head / 2, label, { size: HEAD });
  }
  return sketch.elements;
};

/** Coasts and borders of Europe, without names. */
export async function mapOfEurope(at: Place, newId: () => string): Promise<Element[]> {
  const { EUROPE, COASTS, BORDERS } = await import("./europeMap");
  const sketch = new Sketch(at, newId);
  for (const points of linesOf(BORDERS, EUROPE)) {
    sketch.line(points, { strokeColor: GREY });
  }
  for (const points of linesOf(COASTS, EUROPE)) {
    sketch.line(points, { strokeColor: BLUE, strokeWidth: 2 });
  }
  return sketch.elements;
}

/** The lines of a packed map (see europeMap.ts), around its middle. */
function linesOf(packed: string, map: { width: number; height: number }): Point[][] {
  return packed
    .trim()
    .split("\n")
    .map((line) => {
      const numbers = line.split(" ").map(Number);
      let [x, y] = [-map.width / 2, -map.height / 2];
      const points: Point[] = [];
      for (let at = 0; at + 1 < numbers.length; at += 2) {
        x += numbers[at] ?? 0;
        y += numbers[at + 1] ?? 0;
        points.push([x, y]);
      }
      return points;
    });
}

export interface Template {
  readonly id: "grid" | "axes" | "venn2" | "venn3" | "timeline" | "kwl" | "europe";
  /** Its name, in the catalogue. */
  readonly labelKey:
    | "boardTemplates.grid"
    | "boardTemplates.axes"
    | "boardTemplates.venn2"
    | "boardTemplates.venn3"
    | "boardTemplates.timeline"
    | "boardTemplates.kwl"
    | "boardTemplates.europe";
  /** Its elements around the middle `at`; fails only where what it needs cannot be loaded (offline). */
  make(labels: Labels, at: Place, newId: () => string): Promise<Element[]>;
}

/** In the order of a menu. */
export const TEMPLATES: readonly Template[] = [
  { id: "grid", labelKey: "boardTemplates.grid", make: later(squaredGrid) },
  { id: "axes", labelKey: "boardTemplates.axes", make: later(coordinateAxes) },
  { id: "venn2", labelKey: "boardTemplates.venn2", make: later(vennOfTwo) },
  { id: "venn3", labelKey: "boardTemplates.venn3", make: later(vennOfThree) },
  { id: "timeline", labelKey: "boardTemplates.timeline", make: later(timeline) },
  { id: "kwl", labelKey: "boardTemplates.kwl", make: later(kwlTable) },
  {
    id: "europe",
    labelKey: "boardTemplates.europe",
    make: (_, at, newId) => mapOfEurope(at, newId),
  },
];

function later(make: Make): Template["make"] {
  return async (labels, at, newId) => make(labels, at, newId);
}
