/**
 * What passes over a board and is not kept, drawn above the editor's picture: strokes in progress, laser pointers, the
 * frames around what others have selected and around what is put aside.
 */

import type { BoardCursorMoved, BoardStrokeDrawn, StrokeLook } from "../protocol/generated";
import type { Rect } from "./ports";
import type { View } from "./view";

/** After its end a stroke stays until the finished element, which comes with it, is painted for sure. */
const STROKE_LINGERS_MS = 120;

/** A pointer without news for so long is not shown any more. */
export const CURSOR_EXPIRES_MS = 10_000;

/** How often pointers without news are looked for. */
const SWEEP_MS = 1_000;

const LASER_FADES_MS = 1_000;
const LASER_WIDTH = 5;

/** Pixels of the screen. */
const FRAME_WIDTH = 1.5;
const FRAME_SPACE = 4;
const ASIDE_DASH = [6, 5];
const ASIDE_COLOUR = "#7d5200";

const PERCENT = 100;

type Point = readonly [number, number];

const NOWHERE: LaserPoint = { x: 0, y: 0, at: 0, isStart: true };

interface Stroke {
  look: StrokeLook;
  points: Point[];
  /** Made when it is drawn, anew when there are more points. */
  path: Path2D | null;
}

interface LaserPoint {
  x: number;
  y: number;
  at: number;
  /** The pointer was pressed here: no line leads to it. */
  isStart: boolean;
}

export interface OverlayOptions {
  canvas: HTMLCanvasElement;
  view(): View;
  /** The outline of a stroke as the editor draws it. */
  outline(points: readonly Point[], width: number): string;
  colourOf(member: string): string;
  isHere(member: string): boolean;
  /** Around an element of the board; null: it is not there. */
  boundsOf(element: string): Rect | null;
  aside(): ReadonlySet<string>;
  /** Who points: called when somebody comes or goes. */
  onPointers(members: readonly string[]): void;
  /** After each time that it was drawn. */
  onDrawn(): void;
  /** Where a pointer is now, in pixels of the canvas. */
  place(member: string, left: number, top: number): void;
}

export class Overlay {
  readonly #options: OverlayOptions;
  readonly #strokes = new Map<string, Stroke>();
  readonly #cursors = new Map<string, { cursor: BoardCursorMoved; at: number }>();
  readonly #lasers = new Map<string, LaserPoint[]>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #shown = "";
  #frame: number | null = null;
  #sweep: ReturnType<typeof setInterval> | null = null;

  constructor(options: OverlayOptions) {
    this.#options = options;
  }

  get hasStrokes(): boolean {
    return this.#strokes.size > 0;
  }

  onStroke({ stroke, points, look, over }: BoardStrokeDrawn): void {
    const known = this.#strokes.get(stroke);
    if (over) {
      this.#later(STROKE_LINGERS_MS, () => this.#strokes.delete(stroke));
    } else if (known !== undefined) {
      known.points.push(...points);
      known.path = null;
    } else if (look !== null) {
      this.#strokes.set(stroke, { look, points: [...points], path: null });
    }
    this.draw();
  }

  onCursor(cursor: BoardCursorMoved): void {
    const now = performance.now();
    const before = this.#cursors.get(cursor.member);
    this.#cursors.set(cursor.member, { cursor, at: now });
    if (isLaser(cursor)) {
      const trail = this.#lasers.get(cursor.member) ?? [];
      const isStart = before === undefined || !isLaser(before.cursor);
      trail.push({ x: cursor.x, y: cursor.y, at: now, isStart });
      this.#lasers.set(cursor.member, trail);
    }
    this.#sweep ??= setInterval(() => this.draw(), SWEEP_MS);
    this.draw();
  }

  /** Soon: something has changed. */
  draw(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#draw();
      this.#options.onDrawn();
    });
  }

  close(): void {
    if (this.#frame !== null) {
      cancelAnimationFrame(this.#frame);
    }
    if (this.#sweep !== null) {
      clearInterval(this.#sweep);
    }
    for (const timer of this.#timers) {
      clearTimeout(timer);
    }
  }

  #later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
      this.draw();
    }, ms);
    this.#timers.add(timer);
  }

  #draw(): void {
    const { canvas, view } = this.#options;
    const seen = view();
    const pixels = window.devicePixelRatio;
    const [width, height] = [Math.round(seen.width * pixels), Math.round(seen.height * pixels)];
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const context = canvas.getContext("2d");
    if (context === null) {
      return;
    }
    const now = performance.now();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    // From here on in pixels of the board.
    const scale = seen.zoom * pixels;
    context.setTransform(scale, 0, 0, scale, seen.scrollX * scale, seen.scrollY * scale);
    this.#drawAside(context, seen.zoom);
    this.#drawStrokes(context);
    this.#drawPointers(context, seen, now);
    if (this.#drawLasers(context, seen.zoom, now)) {
      this.draw(); // they fade
    }
  }

  #drawStrokes(context: CanvasRenderingContext2D): void {
    for (const stroke of this.#strokes.values()) {
      const { look, points } = stroke;
      stroke.path ??= new Path2D(this.#options.outline(points, look.width));
      context.save();
      context.translate(look.x, look.y);
      context.globalAlpha = look.opacity / PERCENT;
      context.fillStyle = look.color;
      context.fill(stroke.path);
      context.restore();
    }
  }

  #drawPointers(context: CanvasRenderingContext2D, view: View, now: number): void {
    const { colourOf, isHere, onPointers, place } = this.#options;
    for (const [member, { cursor, at }] of this.#cursors) {
      if (now - at >= CURSOR_EXPIRES_MS || !isHere(member)) {
        this.#cursors.delete(member);
        continue;
      }
      for (const element of cursor.selected) {
        this.#frameAround(context, element, view.zoom, colourOf(member), []);
      }
    }
    const members = [...this.#cursors.keys()].sort();
    const shown = members.join(" ");
    if (shown !== this.#shown) {
      this.#shown = shown;
      onPointers(members);
    }
    for (const [member, { cursor }] of this.#cursors) {
      place(member, (cursor.x + view.scrollX) * view.zoom, (cursor.y + view.scrollY) * view.zoom);
    }
  }

  #drawAside(context: CanvasRenderingContext2D, zoom: number): void {
    for (const element of this.#options.aside()) {
      this.#frameAround(context, element, zoom, ASIDE_COLOUR, ASIDE_DASH);
    }
  }

  #frameAround(
    context: CanvasRenderingContext2D,
    element: string,
    zoom: number,
    colour: string,
    dash: readonly number[],
  ): void {
    const bounds = this.#options.boundsOf(element);
    if (bounds === null) {
      return;
    }
    const space = FRAME_SPACE / zoom;
    context.strokeStyle = colour;
    context.lineWidth = FRAME_WIDTH / zoom;
    context.setLineDash(dash.map((length) => length / zoom));
    context.strokeRect(
      bounds.x - space,
      bounds.y - space,
      bounds.width + 2 * space,
      bounds.height + 2 * space,
    );
    context.setLineDash([]);
  }

  /** Whether something of them is still to be seen. */
  #drawLasers(context: CanvasRenderingContext2D, zoom: number, now: number): boolean {
    context.lineCap = "round";
    for (const [member, trail] of this.#lasers) {
      const fresh = trail.filter(({ at }) => now - at < LASER_FADES_MS);
      if (fresh.length === 0) {
        this.#lasers.delete(member);
        continue;
      }
      this.#lasers.set(member, fresh);
      context.strokeStyle = this.#options.colourOf(member);
      let [before = NOWHERE] = fresh;
      for (const point of fresh) {
        const left = 1 - (now - point.at) / LASER_FADES_MS;
        context.globalAlpha = left;
        context.lineWidth = (LASER_WIDTH * left) / zoom;
        context.beginPath();
        context.moveTo(point.isStart ? point.x : before.x, point.isStart ? point.y : before.y);
        context.lineTo(point.x, point.y);
        context.stroke();
        before = point;
      }
      context.globalAlpha = 1;
    }
    return this.#lasers.size > 0;
  }
}

function isLaser({ tool, pressed }: BoardCursorMoved): boolean {
  return tool === "laser" && pressed;
}
