/** Which elements change when something is taken off the board in the list, and who may do that. Pure. */

import type { BoardElement, Element } from "../../protocol/generated";
import { withoutBindings } from "../bindings";
import { isSameElement } from "../numbers";
import type { BoardState } from "../ports";

export interface Person {
  id: string;
  isStaff: boolean;
}

type Known = Pick<BoardState, "elements" | "rights">;

/** Whether a person may change an element: the server's rules, so that nothing is offered that it would refuse. */
export function mayChange(item: BoardElement, { rights }: Known, person: Person): boolean {
  if (rights.draw !== null) {
    return false;
  }
  if (person.isStaff) {
    return true;
  }
  return item.held !== true && (item.creator === person.id || rights.change_others === null);
}

/**
 * The changes that take `ids` off the board: the elements, deleted, and what was bound to them without its binding.
 * What lies in a frame that goes stays where it is. Left as they are: others' arrows that this person may not change.
 */
export function removal(ids: readonly string[], known: Known, person: Person): Element[] {
  const gone = new Set(ids);
  const changed: Element[] = [];
  for (const item of known.elements.values()) {
    const { element } = item;
    if (gone.has(element.id)) {
      changed.push({ ...element, isDeleted: true });
    } else if (mayChange(item, known, person) || isOnlyBookkeeping(item, gone)) {
      const free = withoutBindings(element, (id) => gone.has(id));
      const isOut = free.frameId !== null && gone.has(free.frameId);
      const left = isOut ? { ...free, frameId: null } : free;
      if (left !== element) {
        changed.push(left);
      }
    }
  }
  return changed;
}

/** Whoever draws may take their arrow off another's shape: nothing but the shape's list of what is bound to it changes. */
function isOnlyBookkeeping({ element, held }: BoardElement, gone: ReadonlySet<string>): boolean {
  const isInside = element.frameId !== null && gone.has(element.frameId);
  const free = withoutBindings(element, (id) => gone.has(id));
  return held !== true && !isInside && isSameElement(element, free, ["boundElements"]);
}
