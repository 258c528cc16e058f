/**
 * Keeps the editor and the board the same: hands over what the person has finished, shows what came from others.
 *
 * Others' changes are given without a mark in the editor's history, so that undo goes back over one's own only.
 */

import type { Element, StrokeLook } from "../protocol/generated";
import type { BoardClient } from "./ports";
import { type Drawer, type EditorElement, Scene } from "./scene";
import { type EditorWork, type Unfinished, unfinishedIn } from "./unfinished";

/** A text that is being typed is sent so often: others see it grow, and the log does not hold every letter. */
const TYPING_INTERVAL_MS = 2_000;

/** What changes many times a second (a slider of a colour's strength) is sent so often. */
const GATHER_MS = 100;

/** Changes that come so soon after an undo are the undo's: the editor applies it with its next frame. */
const UNDO_FRAMES = 2;

type Points = readonly (readonly [number, number])[];

/** The stroke that is being drawn, if it is one. */
export interface NewElement {
  id: string;
  type: string;
  x: number;
  y: number;
  strokeColor: string;
  strokeWidth: number;
  opacity: number;
  points?: Points;
}

/** What is needed of the editor. */
export interface Editor {
  scene(): readonly EditorElement[];
  work(): EditorWork & { newElement: NewElement | null };
  /** Show these elements, all of them in their order, without a mark in the history. */
  show(elements: readonly EditorElement[]): void;
}

export interface EditorSyncOptions {
  client: BoardClient;
  editor: Editor;
  toWire(element: EditorElement): Element;
  drawer(): Drawer;
  /** The person changed somebody's work, which they may not: it is as it was. */
  onRefused(by: string): void;
  /** Something new was finished only when one was not allowed to draw any more: it is gone. */
  onUnkept(): void;
  /** After the editor shows another state of the board. */
  onShown(): void;
  /** Calls back before the next frame is painted; answers how to stop. */
  nextFrame(work: () => void): () => void;
  now(): number;
}

export class EditorSync {
  readonly #options: EditorSyncOptions;
  readonly #scene: Scene;
  #stroke: string | null = null;
  #isMergeNeeded = false;
  #stopFrame: (() => void) | null = null;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #sentAt = 0;
  #typingSentAt = 0;
  #undoFrames = 0;
  #wasBusy = false;

  constructor(options: EditorSyncOptions) {
    this.#options = options;
    this.#scene = new Scene(options.toWire);
  }

  /** The board has changed. Many events of one frame are shown at once. */
  boardChanged(): void {
    this.#isMergeNeeded = true;
    this.#wantFrame();
  }

  /** The person goes one step back or forth: what changes now is not new work of theirs. */
  undoing(): void {
    this.#undoFrames = UNDO_FRAMES;
    this.#wantFrame();
  }

  /** The editor's scene or state has changed. */
  editorChanged(): void {
    const work = this.#options.editor.work();
    const unfinished = unfinishedIn(work);
    this.#followStroke(work.newElement);
    const isBusy = unfinished.all || unfinished.ids.size > 0;
    if (this.#wasBusy && !isBusy) {
      this.boardChanged(); // what was kept back meanwhile
    }
    this.#wasBusy = isBusy;
    const { now } = this.#options;
    if (this.#undoFrames > 0 || now() - this.#sentAt >= GATHER_MS) {
      this.#collect(unfinished);
    } else if (this.#gathering === undefined) {
      this.#gathering = setTimeout(() => {
        this.#gathering = undefined;
        this.#collect(unfinishedIn(this.#options.editor.work()));
      }, GATHER_MS);
    }
  }

  /** Hand over what is finished, and the text that is being typed, at once. */
  flush(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#typingSentAt = Number.NEGATIVE_INFINITY;
    this.#collect(unfinishedIn(this.#options.editor.work()));
  }

  close(): void {
    this.#collect({ all: false, typing: null, ids: new Set() }); // also what is typed just now
    clearTimeout(this.#gathering);
    this.#stopFrame?.();
    if (this.#stroke !== null) {
      this.#options.client.dropStroke(this.#stroke);
    }
  }

  #collect({ all, typing, ids }: Unfinished): void {
    const { client, editor, drawer, onRefused, onUnkept, now } = this.#options;
    const state = client.getState();
    if (state.phase !== "ready") {
      return;
    }
    const isTypingDue = now() - this.#typingSentAt >= TYPING_INTERVAL_MS;
    const isBusy = (id: string) => (id === typing ? !isTypingDue : all || ids.has(id));
    const { changed, seen, refused, isTorn } = this.#scene.collect(
      editor.scene(),
      state,
      drawer(),
      isBusy,
      this.#undoFrames > 0,
    );
    if (changed.length > 0) {
      this.#sentAt = now();
      if (typing === null || changed.some(({ id }) => id === typing)) {
        this.#typingSentAt = now();
      }
      client.change(changed, seen);
    }
    const owners = new Set(refused.flatMap(({ by }) => (by === null ? [] : [by])));
    for (const owner of owners) {
      onRefused(owner);
    }
    if (!drawer().mayDraw && refused.some(({ id, by }) => by === null && !state.elements.has(id))) {
      onUnkept();
    }
    if (isTorn || refused.length > 0) {
      this.boardChanged();
    }
  }

  #merge(): void {
    const { client, editor, onShown } = this.#options;
    const state = client.getState();
    if (state.phase !== "ready") {
      return;
    }
    // What is being dragged has changed already, and is left alone for that.
    const { ids } = unfinishedIn(editor.work());
    const after = this.#scene.merge(editor.scene(), state, (id) => ids.has(id));
    if (after !== null) {
      editor.show(after);
      this.#scene.settle(editor.scene());
    }
    onShown();
  }

  #wantFrame(): void {
    this.#stopFrame ??= this.#options.nextFrame(() => {
      this.#stopFrame = null;
      if (this.#undoFrames > 0) {
        this.#undoFrames -= 1;
        this.#wantFrame();
      }
      if (this.#isMergeNeeded) {
        this.#isMergeNeeded = false;
        this.#collect(unfinishedIn(this.#options.editor.work()));
        this.#merge();
      }
    });
  }

  #followStroke(drawn: NewElement | null): void {
    const { client } = this.#options;
    const isStroke = drawn?.type === "freedraw" && drawn.points !== undefined;
    if (this.#stroke !== null && drawn?.id !== this.#stroke) {
      const isThere = this.#options.editor
        .scene()
        .some(({ id, isDeleted }) => id === this.#stroke && !isDeleted);
      if (!isThere) {
        client.dropStroke(this.#stroke);
      }
      this.#stroke = null;
    }
    if (isStroke) {
      this.#stroke = drawn.id;
      client.stroke(drawn.id, lookOf(drawn), drawn.points ?? []);
    }
  }
}

function lookOf({ x, y, strokeColor, strokeWidth, opacity }: NewElement): StrokeLook {
  return { x, y, color: strokeColor, width: strokeWidth, opacity };
}
