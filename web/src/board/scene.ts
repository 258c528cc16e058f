/**
 * The editor's scene beside the board: what a person has changed, and what the editor is to show.
 *
 * The editor's elements carry its own `version` and `versionNonce`, which change with every change. `Given` remembers
 * those of what both sides know; an element with others was changed by the person and is not handed over yet. Pure.
 */

import type { BoardElement, Element } from "../protocol/generated";
import { ON_TOP } from "./convert";
import { isEqual, isSameElement, roundElement } from "./numbers";
import { type Around, type Drawer, ownerOf } from "./rights";

export type { Drawer } from "./rights";

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
  /** The server's version of what the person was shown last; 0: they have drawn it. */
  seen: number;
  isAside: boolean;
  /** Somebody else has deleted it. */
  isTakenAway: boolean;
}

const NOT_GIVEN: Given = {
  version: 0,
  versionNonce: 0,
  source: null,
  seen: 0,
  isAside: false,
  isTakenAway: false,
};

export interface Board {
  elements: ReadonlyMap<string, BoardElement>;
  hidden: ReadonlySet<string>;
}

export interface Collected {
  changed: Element[];
  /** The versions upon which that was done, of what is on the board: others may have changed it since, unseen. */
  seen: Map<string, number>;
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
    const isTorn = scene.length < this.#length;
    const collected = { changed: [], seen: new Map(), refused: [], isTorn };
    this.#length = scene.length;
    const finished = scene.filter((one) => this.isChanged(one) && !isBusy(one.id));
    const byId = new Map(finished.map((one) => [one.id, one]));
    const wanted = (id: string) => {
      const one = byId.get(id);
      return one && this.#toWire(one);
    };
    const around = { drawer, elements: board.elements, wanted };
    for (const element of finished) {
      this.#collectOne(element, around, isUndo, collected);
    }
    return collected;
  }

  #collectOne(
    element: EditorElement,
    around: Around,
    isUndo: boolean,
    { changed, seen, refused }: Collected,
  ): void {
    const { id, version, versionNonce } = element;
    const { drawer } = around;
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
    // What came in from a file is more exact than what one draws: to be rounded is no change.
    if (isEqual(wire, source) || (source !== null && isEqual(wire, roundElement(source)))) {
      remember(isStripped ? null : source);
      if (isStripped) {
        refused.push({ id, by: null });
      }
      return;
    }
    const before = around.elements.get(id);
    const by = ownerOf(wire, before, around);
    const isPassedBy = !drawer.mayDraw || (isUndo && isOthersSince(given, before, drawer));
    if (by !== null || isPassedBy) {
      remember(null); // so that it is given again, as it is
      refused.push({ id, by: isPassedBy ? null : by });
      return;
    }
    remember(wire.isDeleted || isStripped ? null : wire);
    changed.push(wire);
    if (before !== undefined) {
      seen.set(id, isSeen(source, before, drawer) ? before.version : given.seen);
    }
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
    if (isShown && (given.source === one.element || isEqual(given.source, one.element))) {
      given.source = one.element;
      given.seen = one.version;
      return element;
    }
    return this.#give(one, isAside, element.version);
  }

  #give(one: BoardElement, isAside: boolean, after: number): EditorElement {
    const { element: source, version: seen, at } = one;
    const version = after + 1;
    const versionNonce = this.#nonce();
    const given = { version, versionNonce, source, seen, isAside, isTakenAway: false };
    this.#given.set(source.id, given);
    const opacity = isAside ? source.opacity * ASIDE_OPACITY : source.opacity;
    // The editor wants no key that is none: without one it finds a place itself, behind all others.
    const place = { index: source.index === ON_TOP ? (null as unknown as string) : source.index };
    return { ...source, ...place, opacity, version, versionNonce, updated: at };
  }

  #takeAway(element: EditorElement): EditorElement {
    const version = element.version + 1;
    const versionNonce = this.#nonce();
    const given = { ...NOT_GIVEN, version, versionNonce, isTakenAway: true };
    this.#given.set(element.id, given);
    return { ...element, isDeleted: true, version, versionNonce };
  }
}

/** Whether the board has what the editor shows. For one's own change the server may have chosen another place. */
function isSeen(source: Element | null, now: BoardElement, drawer: Drawer): boolean {
  const isOwn = source !== null && now.editor === drawer.me;
  return isEqual(source, now.element) || (isOwn && isSameElement(source, now.element));
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
