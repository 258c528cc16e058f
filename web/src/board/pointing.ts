/** Where one points and what one sees, as others are told of it: volatile, and only the newest counts. */

import { type BoardCursor, type BoardViewport, SELECTED_MAX } from "../protocol/generated";
import { isEqual, roundPixels } from "./numbers";
import type { Cursor, Rect } from "./ports";
import { Throttle } from "./throttle";

/** 20 a second: a pointer that moves smoothly, and with strokes in progress below the 60 that the server takes. */
export const CURSOR_INTERVAL_MS = 50;

/** 10 a second: whoever follows is led by an animation. */
export const VIEWPORT_INTERVAL_MS = 100;

/** Sends the newest value, not oftener than told, and not what may not be sent at that moment. */
class Newest<Value> {
  readonly #throttle: Throttle;
  readonly #canSend: () => boolean;
  readonly #send: (value: Value) => void;
  readonly #isAlive: boolean;
  #value: Value | null = null;
  #sent: Value | null = null;

  /** `isAlive`: that it is sent again says something, too. */
  constructor(
    intervalMs: number,
    canSend: () => boolean,
    send: (value: Value) => void,
    isAlive: boolean,
  ) {
    this.#throttle = new Throttle(intervalMs, () => this.#sendNewest());
    this.#canSend = canSend;
    this.#send = send;
    this.#isAlive = isAlive;
  }

  put(value: Value): void {
    this.#value = value;
    this.#throttle.request();
  }

  /** What was sent does not count any more: others may not have got it. */
  forget(): void {
    this.#throttle.cancel();
    this.#value = null;
    this.#sent = null;
  }

  #sendNewest(): void {
    const value = this.#value;
    this.#value = null;
    const isNew = this.#isAlive || !isEqual(value, this.#sent);
    if (value !== null && this.#canSend() && isNew) {
      this.#sent = value;
      this.#send(value);
    }
  }
}

export interface PointingOptions {
  mayPoint(): boolean;
  mayLead(): boolean;
  sendCursor(cursor: Omit<BoardCursor, "board">): void;
  sendViewport(viewport: Omit<BoardViewport, "board">): void;
}

export class Pointing {
  readonly #cursor: Newest<Omit<BoardCursor, "board">>;
  readonly #viewport: Newest<Omit<BoardViewport, "board">>;

  constructor({ mayPoint, mayLead, sendCursor, sendViewport }: PointingOptions) {
    this.#cursor = new Newest(CURSOR_INTERVAL_MS, mayPoint, sendCursor, false);
    this.#viewport = new Newest(VIEWPORT_INTERVAL_MS, mayLead, sendViewport, true);
  }

  point({ x, y, tool, pressed, selected }: Cursor): void {
    this.#cursor.put({
      x: roundPixels(x),
      y: roundPixels(y),
      tool,
      pressed,
      selected: selected.slice(0, SELECTED_MAX),
    });
  }

  showViewport(rect: Rect): void {
    this.#viewport.put(roundRect(rect));
  }

  /** The connection is gone, or the board is closed. */
  stop(): void {
    this.#cursor.forget();
    this.#viewport.forget();
  }
}

export function roundRect({ x, y, width, height }: Rect): Rect {
  return {
    x: roundPixels(x),
    y: roundPixels(y),
    width: roundPixels(width),
    height: roundPixels(height),
  };
}
