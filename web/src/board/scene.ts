/**
 * The editor's scene beside the board: what a person has changed, and what the editor is to show.
 *
 * The editor's elements carry its own `version` and `versionNonce`, which change with every change. `Given` remembers
 * those of what both sides know; an element with others was changed by the person and is not handed over yet. Pure.
 */

import type { BoardElement, Element } from "../protocol/generated";
import { ON_TOP } from "./convert";
import { isEqual } from "./numbers";

/** An element as the editor keeps it, as far as it matters here. */
export type EditorElement = Element & {
  readonly version: number;
  readonly versionNonce: number;
  readonly updated: number;
};

/** Elements that are put aside for review are shown so much fainter to teachers. */
const ASIDE_OPACITY = 0.4;

/** The editor's own range of nonces. */
const NONCES = 2 ** 31;

interface Given {
  version: number;
  versionNonce: number;
  /** What it shows of the board; null: nothing that is there. */
  source: Element | null;
  isAside: boolean;
  /** Somebody else has deleted it. */
  isTakenAway: boolean;
}

const NOT_GIVEN: Given = {
  version: 0,
  versionNonce: 0,
  source: null,
  isAside: false,
  isTakenAway: false,
};

/** Who draws, and what they may do with what others drew. */
export interface Drawer {
  me: string | null;
  isStaff: boolean;
  mayDraw: boolean;
  mayChangeOthers: boolean;
}

export interface Board {
  elements: ReadonlyMap<string, BoardElement>;
  hidden: ReadonlySet<string>;
}

export interface Collected {
  changed: Element[];
  /** Changed by the person, who may not: they are to be as they were. `by`: whose they are; null: that is no news. */
  refused: { id: string; by: string | null }[];
  /** The editor does not show everything it was given: somebody replaced the scene. */
  isTorn: boolean;
}

export class Scene {
  readonly #given = new Map<string, Given>();
  readonly #toWire: (element: EditorElement) => Element;
  readonly #nonce: () => number;
  /** Elements of the scene, deleted ones too, when it was looked at last. */
  #length = 0;
  /** What the last merge has left as the person has it. */
  #kept: ReadonlySet<string> = new Set();

  constructor(
    toWire: (element: EditorElement) => Element,
    nonce: () => number = () => Math.floor(Math.random() * NONCES),
  ) {
    this.#toWire = toWire;
    this.#nonce = nonce;
  }

  /** The person has changed it, and it was not handed over yet. */
  isChanged({ id, version, versionNonce }: EditorElement): boolean {
    const given = this.#given.get(id);
    return given?.version !== version || given.versionNonce !== versionNonce;
  }

  /**
   * What the person has finished. `isBusy`: they are still at this one. `isUndo`: what changed was changed by undoing,
   * which leaves alone what somebody else has changed since.
   */
  collect(
    scene: readonly EditorElement[],
    board: Board,
    drawer: Drawer,
    isBusy: (id: string) => boolean,
    isUndo = false,
  ): Collected {
    const collected = { changed: [], refused: [], isTorn: scene.length < this.#length };
    this.#length = scene.length;
    for (const element of scene) {
      if (this.isChanged(element) && !isBusy(element.id)) {
        this.#collectOne(element, board, drawer, isUndo, collected);
      }
    }
    return collected;
  }

  #collectOne(
    element: EditorElement,
    board: Board,
    drawer: Drawer,
    isUndo: boolean,
    { changed, refused }: Collected,
  ): void {
    const { id, version, versionNonce } = element;
    const given = this.#given.get(id) ?? NOT_GIVEN;
    const { source, isAside } = given;
    const remember = (now: Element | null) =>
      this.#given.set(id, { ...given, version, versionNonce, source: now });
    if (source === null && element.isDeleted) {
      remember(null); // begun and given up, or deleted by others and touched by an undo
      return;
    }
    const wire = this.#toWire(asBefore(element, source, isAside));
    // A link that boards do not take: the element is given again, without it.
    const isStripped = (element.link ?? null) !== wire.link;
    if (isEqual(wire, source)) {
      remember(isStripped ? null : source);
      if (isStripped) {
        refused.push({ id, by: null });
      }
      return;
    }
    const before = board.elements.get(id);
    const by = ownerOf(wire, before, drawer);
    const isPassedBy = !drawer.mayDraw || (isUndo && isOthersSince(given, before, drawer));
    if (by !== null || isPassedBy) {
      remember(null); // so that it is given again, as it is
      refused.push({ id, by: isPassedBy ? null : by });
      return;
    }
    remember(wire.isDeleted || isStripped ? null : wire);
    changed.push(wire);
  }

  /** The elements that the editor is to show now; null when it shows them already. `settle` comes after it. */
  merge(
    scene: readonly EditorElement[],
    board: Board,
    isBusy: (id: string) => boolean,
  ): EditorElement[] | null {
    const kept = new Set<string>();
    const shown = new Set<string>();
    let isSame = true;
    const after = scene.map((element) => {
      shown.add(element.id);
      if (isBusy(element.id) || this.isChanged(element)) {
        kept.add(element.id);
        return element;
      }
      const next = this.#next(element, board);
      isSame &&= next === element;
      return next;
    });
    for (const [id, one] of board.elements) {
      if (!shown.has(id)) {
        isSame = false;
        after.push(this.#give(one, board.hidden.has(id), this.#given.get(id)?.version ?? 0));
      }
    }
    this.#kept = kept;
    return isSame ? null : inOrder(after, kept);
  }

  /** Remember what the editor has made of what it was given: it puts places right where two are the same. */
  settle(scene: readonly EditorElement[]): void {
    this.#length = scene.length;
    for (const { id, version, versionNonce } of scene) {
      const given = this.#given.get(id);
      if (given !== undefined && !this.#kept.has(id)) {
        given.version = version;
        given.versionNonce = versionNonce;
      }
    }
  }

  #next(element: EditorElement, board: Board): EditorElement {
    const one = board.elements.get(element.id);
    if (one === undefined) {
      return element.isDeleted ? element : this.#takeAway(element);
    }
    const given = this.#given.get(element.id) ?? NOT_GIVEN;
    const isAside = board.hidden.has(element.id);
    const isShown = given.isAside === isAside && isInPlace(element, one.element);
    if (isShown && given.source === one.element) {
      return element;
    }
    if (isShown && isEqual(given.source, one.element)) {
      given.source = one.element;
      return element;
    }
    return this.#give(one, isAside, element.version);
  }

  #give({ element: source, at }: BoardElement, isAside: boolean, after: number): EditorElement {
    const version = after + 1;
    const versionNonce = this.#nonce();
    const given = { version, versionNonce, source, isAside, isTakenAway: false };
    this.#given.set(source.id, given);
    const opacity = isAside ? source.opacity * ASIDE_OPACITY : source.opacity;
    // The editor wants no key that is none: without one it finds a place itself, behind all others.
    const place = { index: source.index === ON_TOP ? (null as unknown as string) : source.index };
    return { ...source, ...place, opacity, version, versionNonce, updated: at };
  }

  #takeAway(element: EditorElement): EditorElement {
    const version = element.version + 1;
    const versionNonce = this.#nonce();
    const given = { version, versionNonce, source: null, isAside: false, isTakenAway: true };
    this.#given.set(element.id, given);
    return { ...element, isDeleted: true, version, versionNonce };
  }
}

function isInPlace({ index }: EditorElement, source: Element): boolean {
  return index === source.index || source.index === ON_TOP;
}

/** Without what only this editor shows. */
function asBefore(element: EditorElement, source: Element | null, isAside: boolean): EditorElement {
  return isAside && element.opacity === (source?.opacity ?? 0) * ASIDE_OPACITY
    ? { ...element, opacity: source?.opacity ?? element.opacity }
    : element;
}

/** Somebody else has changed or deleted it after this person did. */
function isOthersSince(given: Given, before: BoardElement | undefined, drawer: Drawer): boolean {
  return given.isTakenAway || (before !== undefined && before.editor !== drawer.me);
}

/** Whose work it is that this person may not change so; null: they may. */
function ownerOf(wire: Element, before: BoardElement | undefined, drawer: Drawer): string | null {
  if (before === undefined || drawer.isStaff) {
    return null;
  }
  const isHeld = before.held === true;
  if (!isHeld && (before.creator === drawer.me || drawer.mayChangeOthers)) {
    return null;
  }
  // An arrow may be bound to anybody's shape.
  const unbound = { ...before.element, boundElements: null };
  const isBindingOnly = !isHeld && isEqual({ ...wire, boundElements: null }, unbound);
  return isBindingOnly ? null : isHeld ? before.editor : before.creator;
}

/**
 * By their places, as everybody has them. A place that is taken by somebody else's is given up by the one that `kept`
 * names, in place (the editor goes on with that very object): the editor then finds it the next one.
 */
function inOrder(elements: EditorElement[], kept: ReadonlySet<string>): EditorElement[] {
  const sorted = [...elements].sort(
    (a, b) =>
      compare(a.index ?? ON_TOP, b.index ?? ON_TOP) ||
      Number(kept.has(a.id)) - Number(kept.has(b.id)) ||
      compare(a.id, b.id),
  );
  for (const [place, element] of sorted.entries()) {
    if (place > 0 && sorted[place - 1]?.index === element.index && kept.has(element.id)) {
      (element as { index: string | null }).index = null;
    }
  }
  return sorted;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
