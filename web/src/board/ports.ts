/**
 * The seam between the board's logic and its picture: what the editor is given, and what it hands over.
 *
 * `boardClient.ts` keeps a board up to date and sends what is drawn; the React parts show it. Neither knows the other.
 */

import type {
  BoardCursorMoved,
  BoardElement,
  BoardHistoryPage,
  BoardPolicy,
  BoardRights,
  BoardStrokeDrawn,
  Element,
  ErrorCode,
  StrokeLook,
} from "../protocol/generated";

/** A change of one's own that the server did not take, since somebody else was first. */
export interface LostChange {
  mine: Element;
  code: ErrorCode;
  /** Who has changed or locked it; null when it is gone. */
  by: string | null;
}

export interface BoardState {
  /** `loading` until the first snapshot is whole; `refused` when the board may not be seen. */
  phase: "loading" | "ready" | "refused";
  refusal: ErrorCode | null;
  /** Pages of the snapshot that have come, of how many. */
  pages: { done: number; total: number };
  /**
   * The board as the server has it, with one's own changes that are not acknowledged on top. By id. The version of those
   * is the one that they are made upon.
   */
  elements: ReadonlyMap<string, BoardElement>;
  /** Ids of elements that a teacher put aside for review; empty for all but teachers. */
  hidden: ReadonlySet<string>;
  policy: BoardPolicy;
  rights: BoardRights["denied"];
  /** Elements of one's own whose change waits for the server (also over a reload, while offline). */
  pending: number;
  /** Clearings that a teacher can still undo, the newest last; `until`: this device's clock. */
  undoable: readonly { clear: number; until: number }[];
  lost: readonly LostChange[];
  /** The newest seq that is shown. */
  seq: number;
}

/**
 * Something to show that is not kept. Who sent it is known by the server.
 *
 * Strokes come without holes: each piece goes on where the one before ended, and the first has its look. One that is
 * `over` is finished (its element is shown already), given up, or without news for too long.
 */
export type Passing =
  | { kind: "cursor"; cursor: BoardCursorMoved }
  | { kind: "stroke"; stroke: BoardStrokeDrawn }
  | { kind: "viewport"; member: string; rect: Rect }
  | { kind: "brought"; member: string; rect: Rect };

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Cursor {
  x: number;
  y: number;
  tool: "pointer" | "laser";
  pressed: boolean;
  selected: readonly string[];
}

/** One board that is open on this page. */
export interface BoardClient {
  readonly board: string;
  getState(): BoardState;
  /** Called after each change of the state. Answers how to stop. */
  subscribe(listener: () => void): () => void;
  /** Called for cursors, strokes in progress and viewports of others. Answers how to stop. */
  onPassing(listener: (passing: Passing) => void): () => void;

  /**
   * Elements that this person has finished drawing, changing or deleting, as they are to be. `seen`: the version of each
   * that they saw when they did so, where others' changes were kept back meanwhile; the newest of those not in it.
   */
  change(elements: readonly Element[], seen?: ReadonlyMap<string, number>): void;
  /** New elements of a file, exactly as they are there. */
  add(elements: readonly Element[]): void;
  /** Take back what was lost as new elements of one's own, beside what is there; or forget it. */
  keepLost(id: string): void;
  dismissLost(id: string): void;

  /** Where one points; sent at most some twenty times a second, only the newest. */
  point(cursor: Cursor): void;
  /** Points of the stroke in progress so far, all of them: what is new is sent. `look` of its beginning. */
  stroke(stroke: string, look: StrokeLook, points: readonly (readonly [number, number])[]): void;
  /** The stroke in progress will not be finished. */
  dropStroke(stroke: string): void;
  showViewport(rect: Rect): void;

  /**
   * Teachers. Each throws `CommandFailed`. `callTo` has the board opened on everybody's page, at `rect`, or (null) where
   * they like.
   */
  callTo(rect: Rect | null): Promise<void>;
  clear(member: string | null): Promise<void>;
  undoClear(clear: number): Promise<void>;
  setHidden(elements: readonly string[], hidden: boolean): Promise<void>;
  setPolicy(policy: BoardPolicy): Promise<void>;

  /** How the board came to be: events later than `after`. */
  history(after: number): Promise<BoardHistoryPage>;

  close(): void;
}

/** A picture or a page of a document that was uploaded; `id` is what an image element names. */
export interface StoredFile {
  id: string;
  type: "image/png" | "image/jpeg" | "image/webp";
  width: number;
  height: number;
}
