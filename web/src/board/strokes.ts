/**
 * Strokes while they are drawn. They are volatile: points are sent once, as what is appended with its offset, and who
 * misses some waits for the finished element.
 */

import {
  type BoardStroke,
  type BoardStrokeDrawn,
  STROKE_POINTS_MAX,
  type StrokeLook,
} from "../protocol/generated";
import { roundPixels, roundPoint } from "./numbers";
import { Throttle } from "./throttle";

/** 25 a second: a line that grows smoothly, and with the cursor's 20 well below the 60 that the server takes. */
export const STROKE_INTERVAL_MS = 40;

/** A stroke without news for so long is not drawn any more: its author's line is gone, or its end was dropped. */
export const STROKE_EXPIRES_MS = 10_000;

type Points = readonly (readonly [number, number])[];

interface Outgoing {
  look: StrokeLook;
  points: Points;
  sent: number;
}

export interface StrokeSenderOptions {
  /** False while offline, or without the right: then nothing is sent, and nothing is kept for later. */
  canSend(): boolean;
  send(params: Omit<BoardStroke, "board">): void;
}

/** Sends one's own strokes: at most `STROKE_POINTS_MAX` points every `STROKE_INTERVAL_MS`. */
export class StrokeSender {
  readonly #options: StrokeSenderOptions;
  readonly #strokes = new Map<string, Outgoing>();
  readonly #throttle = new Throttle(STROKE_INTERVAL_MS, () => this.#sendNext());

  constructor(options: StrokeSenderOptions) {
    this.#options = options;
  }

  draw(stroke: string, look: StrokeLook, points: Points): void {
    const sent = this.#strokes.get(stroke)?.sent ?? 0;
    this.#strokes.set(stroke, { look, points, sent });
    this.#throttle.request();
  }

  /** Its element is on its way. */
  finish(stroke: string): void {
    this.#strokes.delete(stroke);
  }

  /** It will not be finished. */
  drop(stroke: string): void {
    const offset = this.#strokes.get(stroke)?.sent ?? 0;
    this.#strokes.delete(stroke);
    if (offset > 0 && this.#options.canSend()) {
      this.#options.send({ stroke, offset, points: [], over: true });
    }
  }

  close(): void {
    this.#throttle.cancel();
    this.#strokes.clear();
  }

  #sendNext(): void {
    if (!this.#options.canSend()) {
      return;
    }
    for (const [stroke, outgoing] of this.#strokes) {
      const { points, sent: offset, look } = outgoing;
      const next = points.slice(offset, offset + STROKE_POINTS_MAX).map(roundPoint);
      if (next.length > 0) {
        outgoing.sent += next.length;
        this.#strokes.delete(stroke); // behind others, where several fingers draw
        this.#strokes.set(stroke, outgoing);
        this.#options.send({
          stroke,
          offset,
          points: next,
          ...(offset === 0 ? { look: roundLook(look) } : {}),
        });
        break;
      }
    }
    if ([...this.#strokes.values()].some(({ sent, points }) => sent < points.length)) {
      this.#throttle.request();
    }
  }
}

interface Incoming {
  member: string;
  /** Points that were passed on. */
  length: number;
  /** Some are missing: it stays as it is until the finished element comes. */
  isBroken: boolean;
  timer: ReturnType<typeof setTimeout>;
}

/** Puts others' strokes together. What it emits has no holes: each piece goes on where the one before ended. */
export class StrokeReceiver {
  readonly #emit: (stroke: BoardStrokeDrawn) => void;
  readonly #board: string;
  readonly #strokes = new Map<string, Incoming>();

  constructor(board: string, emit: (stroke: BoardStrokeDrawn) => void) {
    this.#board = board;
    this.#emit = emit;
  }

  has(stroke: string): boolean {
    return this.#strokes.has(stroke);
  }

  receive(drawn: BoardStrokeDrawn): void {
    const known = this.#strokes.get(drawn.stroke);
    if (known === undefined) {
      this.#begin(drawn);
    } else if (known.member !== drawn.member) {
      return; // not theirs
    } else if (drawn.over) {
      this.end(drawn.stroke);
    } else {
      clearTimeout(known.timer);
      known.timer = this.#expiry(drawn.stroke);
      this.#goOn(known, drawn);
    }
  }

  /** It is finished, or will not be. */
  end(stroke: string): void {
    const known = this.#strokes.get(stroke);
    if (known === undefined) {
      return;
    }
    clearTimeout(known.timer);
    this.#strokes.delete(stroke);
    const { member, length: offset } = known;
    const board = this.#board;
    this.#emit({ board, member, stroke, offset, points: [], look: null, over: true });
  }

  /** A member has gone. */
  leave(member: string): void {
    for (const [stroke, incoming] of this.#strokes) {
      if (incoming.member === member) {
        this.end(stroke);
      }
    }
  }

  /** The connection is gone: whatever is missed leaves holes. */
  clear(): void {
    for (const stroke of [...this.#strokes.keys()]) {
      this.end(stroke);
    }
  }

  #begin(drawn: BoardStrokeDrawn): void {
    if (drawn.offset !== 0 || drawn.look === null || drawn.over) {
      return; // we came when it was being drawn
    }
    const { member, stroke, points } = drawn;
    const timer = this.#expiry(stroke);
    this.#strokes.set(stroke, { member, length: points.length, isBroken: false, timer });
    this.#emit(drawn);
  }

  #goOn(known: Incoming, drawn: BoardStrokeDrawn): void {
    if (drawn.offset > known.length) {
      known.isBroken = true;
    }
    const points = drawn.points.slice(known.length - drawn.offset);
    if (known.isBroken || points.length === 0) {
      return;
    }
    const offset = known.length;
    known.length += points.length;
    this.#emit({ ...drawn, offset, points, look: offset === 0 ? drawn.look : null });
  }

  #expiry(stroke: string): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.end(stroke), STROKE_EXPIRES_MS);
  }
}

function roundLook(look: StrokeLook): StrokeLook {
  return { ...look, x: roundPixels(look.x), y: roundPixels(look.y) };
}
