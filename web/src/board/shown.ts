/** What is shown: the server's board with one's own changes on top. */

import type { BoardElement, Element } from "../protocol/generated";
import type { Mirror } from "./mirror";
import type { BoardState } from "./ports";

/** Who draws here. */
export interface Self {
  readonly me: string | null;
  readonly classId: string | null;
}

/** An element as this person wants it, the version that it is made upon, and when it was changed. */
export interface Own {
  base: number;
  element: Element;
  at: number;
}

/** Before anything has come. */
export const NO_BOARD: BoardState = {
  phase: "loading",
  refusal: null,
  pages: { done: 0, total: 0 },
  elements: new Map(),
  hidden: new Set(),
  policy: {},
  rights: {},
  pending: 0,
  undoable: [],
  lost: [],
  seq: 0,
};

export class Shown {
  #mirrored: ReadonlyMap<string, BoardElement> | null = null;
  #elements: ReadonlyMap<string, BoardElement> = NO_BOARD.elements;
  #changes: readonly Own[] = [];
  /** One's own elements as shown last: they are the same objects as long as nothing about them changes. */
  #own = new Map<string, Own & { over: BoardElement | undefined; shown: BoardElement }>();

  /** `changes`: elements as they are to be, the newest last. The same map as before when nothing has changed. */
  over(
    mirror: Mirror | null,
    changes: Iterable<Own>,
    self: Self,
  ): ReadonlyMap<string, BoardElement> {
    const mirrored = mirror?.elements ?? NO_BOARD.elements;
    const own = [...changes];
    const isSame =
      mirrored === this.#mirrored &&
      own.length === this.#changes.length &&
      own.every(({ base, element }, index) => {
        const before = this.#changes[index];
        return element === before?.element && base === before.base;
      });
    if (!isSame) {
      this.#elements = own.length === 0 ? mirrored : this.#overlaid(mirrored, own, self);
      this.#mirrored = mirrored;
      this.#changes = own;
    }
    return this.#elements;
  }

  #overlaid(
    mirrored: ReadonlyMap<string, BoardElement>,
    changes: readonly Own[],
    self: Self,
  ): ReadonlyMap<string, BoardElement> {
    const elements = new Map(mirrored);
    const before = this.#own;
    this.#own = new Map();
    for (const change of changes) {
      const { element } = change;
      const { id } = element;
      if (element.isDeleted) {
        elements.delete(id);
        continue;
      }
      const over = mirrored.get(id);
      const known = before.get(id);
      const isKnown =
        known?.element === element && known.base === change.base && known.over === over;
      const shown = isKnown ? known.shown : drawnBy(self, change, over);
      this.#own.set(id, { ...change, over, shown });
      elements.set(id, shown);
    }
    return elements;
  }
}

function drawnBy(
  { me, classId }: Self,
  { base, element, at }: Own,
  over: BoardElement | undefined,
): BoardElement {
  return {
    element,
    version: base,
    creator: over?.creator ?? me ?? "",
    class_id: over === undefined ? classId : over.class_id,
    editor: me ?? "",
    at,
    held: over?.held ?? false,
  };
}
