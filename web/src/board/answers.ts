/** What the answer to a command means for each of its changes. Pure. */

import type {
  BoardAnswered,
  BoardElement,
  Change,
  Element,
  ErrorCode,
  Superseded,
} from "../protocol/generated";
import { boundTo, withoutBindings } from "./bindings";
import type { Mirror } from "./mirror";
import { isSameElement } from "./numbers";
import type { LostChange } from "./ports";

/** What does not count when one asks whether a change was lost: the arrow that was to be bound is what one drew. */
export const BOOKKEEPING = ["boundElements"];

/** A change that was not taken. */
export interface Refusal {
  change: Change;
  code: ErrorCode;
  /** As it is; null: it is not there, or not to be seen. */
  current: BoardElement | null;
}

/** The changes of a command that were not taken, by id. `mirror`: the board as of the answer, or later. */
export function refusals(
  changes: readonly Change[],
  answer: BoardAnswered,
  confirmed: ReadonlyMap<string, BoardElement>,
  mirror: Mirror,
): Map<string, Refusal> {
  const superseded = new Map((answer.superseded ?? []).map((one) => [one.id, one]));
  const refused = new Map<string, Refusal>();
  for (const change of changes) {
    const { id } = change.element;
    const not =
      answer.superseded === null ? compare(change, confirmed, mirror) : superseded.get(id);
    if (not !== undefined) {
      refused.set(id, { change, code: not.code, current: not.element });
    }
  }
  return refused;
}

/** A resend is not told what became of each change: what the board shows instead was put there by somebody else. */
function compare(
  { element }: Change,
  confirmed: ReadonlyMap<string, BoardElement>,
  mirror: Mirror,
): Superseded | undefined {
  const { id } = element;
  const current = mirror.elements.get(id) ?? null;
  if (confirmed.has(id) || isAsWished(element, current)) {
    return undefined;
  }
  return { id, code: current === null ? "element_gone" : "element_changed", element: current };
}

/** Whether the board shows what one wanted. */
export function isAsWished(mine: Element, current: BoardElement | null): boolean {
  if (mine.isDeleted || current === null) {
    return mine.isDeleted && current === null;
  }
  return isSameElement(mine, current.element, BOOKKEEPING);
}

/** What a new element has at least after it was taken. */
const FIRST_VERSION = 1;

/**
 * The version that a change is made upon which followed one that was taken: what the server made of that. Where that is
 * not known (a snapshot came in between, and others have changed the element since) a version that is over by now: the
 * server will not take it for one that saw the others' changes.
 */
export function versionAfter(
  { base, element }: Change,
  confirmed: ReadonlyMap<string, BoardElement>,
  mirror: Mirror,
): number {
  const own = confirmed.get(element.id);
  if (own !== undefined) {
    return own.version;
  }
  const current = mirror.elements.get(element.id) ?? null;
  if (!isAsWished(element, current)) {
    return Math.max(base, FIRST_VERSION);
  }
  return current?.version ?? mirror.gone.get(element.id)?.version ?? 0;
}

/** A new element that was refused only since something that it is bound to was. */
export function isRefusedForBindings({ change, current }: Refusal): boolean {
  return change.base === 0 && current === null && !change.element.isDeleted;
}

/**
 * New elements that were refused for their bindings, without those that failed; null: none of them has any left.
 *
 * First only what failed is taken off; where nothing did, as after a race
 * that is over, all bindings are.
 */
export function unbound(
  elements: readonly Element[],
  hasFailed: (id: string) => boolean,
): Element[] | null {
  const ids = new Set(elements.map(({ id }) => id));
  for (const isLost of [hasFailed, (id: string) => !ids.has(id), () => true]) {
    const without = elements.map((element) => withoutBindings(element, isLost));
    if (without.some((element, index) => element !== elements[index])) {
      return without;
    }
  }
  return null;
}

/** What to tell the person of a change that was not taken; null when the board shows it all the same. */
export function lossOf(mine: Element, refusal: Refusal, all: Iterable<Refusal>): LostChange | null {
  const { change, code, current } = refusal;
  if (isAsWished(mine, current)) {
    return null;
  }
  if (current === null || current.version !== change.base) {
    return { mine, code, by: current?.editor ?? null };
  }
  // It was fine itself: what it is bound to was not.
  const bound = new Set(boundTo(mine));
  const others = [...all].filter((other) => other.code === code && isOthers(other));
  const cause = others.find((other) => bound.has(other.change.element.id)) ?? others[0];
  return { mine, code, by: cause?.current?.editor ?? current.editor };
}

function isOthers({ current, change }: Refusal): boolean {
  return current !== null && current.version !== change.base;
}
