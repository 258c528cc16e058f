/** Questions about elements that are changed, and what is made of them. Pure. */

import { makeNonce } from "../connection/nonce";
import type { Element } from "../protocol/generated";
import { BOOKKEEPING } from "./answers";
import { withoutBindings } from "./bindings";
import { isSameElement } from "./numbers";
import type { SentCommand, WaitingChange } from "./pendingStore";

/** How far from what is there a copy of a lost change is put, in pixels: both can be seen and taken hold of. */
const COPY_OFFSET = 20;

/** Whether nothing differs but what is bound to it. */
export function isOnlyBookkeeping(element: Element, before: Element | null): boolean {
  const isThere = before !== null && !before.isDeleted && !element.isDeleted;
  return isThere && isSameElement(element, before, BOOKKEEPING);
}

/** The same of an element of a command, and of what was done to it since. */
export function isBookkeeping(
  command: SentCommand,
  id: string,
  newer: WaitingChange | undefined,
): boolean {
  return command.bookkeeping.includes(id) && (newer?.isBookkeeping ?? true);
}

/** Whether an element is already shown as it is to be, its place in the order included. */
export function isShown(element: Element, shown: Element | null): boolean {
  if (element.isDeleted || shown === null || shown.isDeleted) {
    return element.isDeleted && (shown === null || shown.isDeleted);
  }
  return element.index === shown.index && isSameElement(element, shown);
}

/** As a new element of one's own, a little beside, bound to nothing. */
export function copyOf(element: Element): Element {
  const copy = withoutBindings(element, () => true);
  return {
    ...copy,
    id: makeNonce(),
    x: copy.x + COPY_OFFSET,
    y: copy.y + COPY_OFFSET,
    groupIds: [],
    locked: false,
  };
}
