/** What is not kept of one board: one's own pointer, viewport and stroke in progress, and those of others. */

import type { Request } from "../call/ports";
import type { BoardStrokeDrawn, Event, PresenceChange, StrokeLook } from "../protocol/generated";
import { Pointing } from "./pointing";
import type { Cursor, Passing, Rect } from "./ports";
import { StrokeReceiver, StrokeSender } from "./strokes";

export interface PassingLaneOptions {
  board: string;
  /** The room that the board belongs to. */
  room(): string;
  request: Request;
  mayDraw(): boolean;
  mayLead(): boolean;
}

export class PassingLane {
  readonly #options: PassingLaneOptions;
  readonly #strokes: StrokeSender;
  readonly #othersStrokes: StrokeReceiver;
  readonly #pointing: Pointing;
  readonly #listeners = new Set<(passing: Passing) => void>();

  constructor(options: PassingLaneOptions) {
    const { board, request, mayDraw, mayLead } = options;
    this.#options = options;
    this.#strokes = new StrokeSender({
      canSend: mayDraw,
      send: (stroke) => pass(request("board.stroke", { board, ...stroke })),
    });
    this.#pointing = new Pointing({
      mayPoint: mayDraw,
      mayLead,
      sendCursor: (cursor) => pass(request("board.cursor", { board, ...cursor })),
      sendViewport: (rect) => pass(request("board.viewport", { board, ...rect })),
    });
    this.#othersStrokes = new StrokeReceiver(board, (stroke) =>
      this.take({ kind: "stroke", stroke }),
    );
  }

  subscribe(listener: (passing: Passing) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  point(cursor: Cursor): void {
    this.#pointing.point(cursor);
  }

  showViewport(rect: Rect): void {
    this.#pointing.showViewport(rect);
  }

  stroke(stroke: string, look: StrokeLook, points: readonly (readonly [number, number])[]): void {
    this.#strokes.draw(stroke, look, points);
  }

  dropStroke(stroke: string): void {
    this.#strokes.drop(stroke);
  }

  /** Its element goes to the server. */
  finishStroke(stroke: string): void {
    this.#strokes.finish(stroke);
  }

  /** Something of others' has come. */
  take(passing: Passing): void {
    for (const listener of this.#listeners) {
      listener(passing);
    }
  }

  takeStroke(drawn: BoardStrokeDrawn): void {
    this.#othersStrokes.receive(drawn);
  }

  /** Who has left the room draws no more. */
  takePresence(changes: readonly PresenceChange[]): void {
    for (const { member, rooms } of changes) {
      if (!rooms?.includes(this.#options.room())) {
        this.#othersStrokes.leave(member);
      }
    }
  }

  /** Strokes of others whose element has come are over; `show` shows the elements before. */
  endFinished(events: readonly Event[], show: () => void): void {
    const finished = events
      .flatMap(({ body }) => (body.kind === "board.changed" ? body.elements : []))
      .map(({ element }) => element.id)
      .filter((id) => this.#othersStrokes.has(id));
    if (finished.length > 0) {
      show();
      for (const id of finished) {
        this.#othersStrokes.end(id);
      }
    }
  }

  /** The connection is gone. */
  suspend(): void {
    this.#pointing.stop();
    this.#othersStrokes.clear();
  }

  close(): void {
    this.#listeners.clear();
  }
}

/** Volatile: nobody misses it. */
function pass(sending: Promise<unknown>): void {
  sending.catch(() => {});
}
