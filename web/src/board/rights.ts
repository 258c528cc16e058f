/**
 * Whose an element is, and what others may change of it: twin of rooms/board/rights.py, as far as the page can tell.
 *
 * Whoever moves or deletes a shape of theirs takes along what is tied to it, whoever drew that. Pure.
 */

import type { Arrow, Binding, BoardElement, Element, TextElement } from "../protocol/generated";
import { isEqual } from "./numbers";

/** Who draws, and what they may do with what others drew. */
export interface Drawer {
  me: string | null;
  isStaff: boolean;
  mayDraw: boolean;
  mayChangeOthers: boolean;
}

/** What a change is judged by besides itself. */
export interface Around {
  drawer: Drawer;
  elements: ReadonlyMap<string, BoardElement>;
  /** What else the person has changed, as it is to be. */
  wanted(id: string): Element | undefined;
}

/** Twins of BOX and ARROW_COURSE there, and which own arrows and texts are bound. */
const OF_TEXT = ["x", "y", "width", "height", "angle", "text"];
const OF_ARROW = [
  ...["x", "y", "width", "height"],
  ...["points", "lastCommittedPoint", "fixedSegments", "startIsSpecial", "endIsSpecial"],
  ...["startBinding", "endBinding", "boundElements"],
];

/** Whose work it is that this person may not change so; null: they may. */
export function ownerOf(
  wire: Element,
  before: BoardElement | undefined,
  around: Around,
): string | null {
  const { drawer } = around;
  if (before === undefined || drawer.isStaff) {
    return null;
  }
  if (before.held === true) {
    return before.editor;
  }
  const isOwn = before.creator === drawer.me || drawer.mayChangeOthers;
  // An arrow may be bound to anybody's shape.
  const isAllowed = isOwn || isAlike(wire, before.element, ["boundElements"]);
  return isAllowed || goesAlong(wire, before.element, around) ? null : before.creator;
}

function goesAlong(wire: Element, before: Element, around: Around): boolean {
  if (wire.type === "arrow" && before.type === "arrow") {
    const ends = [
      [wire.startBinding, before.startBinding],
      [wire.endBinding, before.endBinding],
    ] as const;
    return (
      isAlike(wire, before, OF_ARROW) &&
      isLed(wire, before, around) &&
      ends.every(([now, then]) => keepsEnd(now, then, around))
    );
  }
  if (wire.type === "text" && before.type === "text" && before.containerId !== null) {
    return textGoesAlong(wire, before, before.containerId, around);
  }
  return false;
}

/** Whether a thing of one's own changes that the arrow ends at, or comes back that it ended at. */
function isLed(wire: Arrow, before: Arrow, around: Around): boolean {
  const isOwnChange = [before.startBinding, before.endBinding].some(
    (end) => end !== null && changesOwn(end.elementId, around),
  );
  return (
    isOwnChange ||
    (before.startBinding === null && returns(wire.startBinding, around)) ||
    (before.endBinding === null && returns(wire.endBinding, around))
  );
}

/** An end stays, comes off what goes, or is tied again to what comes back. */
function keepsEnd(now: Binding | null, then: Binding | null, around: Around): boolean {
  if (then === null) {
    return now === null || returns(now, around);
  }
  return now === null ? goes(then.elementId, around) : now.elementId === then.elementId;
}

function textGoesAlong(
  wire: TextElement,
  before: TextElement,
  containerId: string,
  around: Around,
): boolean {
  if (wire.isDeleted) {
    return goes(containerId, around);
  }
  const container = around.elements.get(containerId)?.element;
  const moved = around.wanted(containerId);
  const isLedArrow =
    container?.type === "arrow" && moved?.type === "arrow" && isLed(moved, container, around);
  return (
    (changesOwn(containerId, around) || isLedArrow) &&
    wordsOf(wire) === wordsOf(before) &&
    isAlike(wire, before, OF_TEXT)
  );
}

/** The text without what wrapping changes. */
function wordsOf({ text }: TextElement): string {
  return text.replaceAll(/\s/g, "");
}

function changesOwn(id: string, { drawer, elements, wanted }: Around): boolean {
  const current = elements.get(id);
  const changed = wanted(id);
  const isOwn = current !== undefined && current.creator === drawer.me;
  return isOwn && changed !== undefined && !isEqual(changed, current.element);
}

/** A thing of one's own is deleted. */
function goes(id: string, { drawer, elements, wanted }: Around): boolean {
  return elements.get(id)?.creator === drawer.me && wanted(id)?.isDeleted === true;
}

/** What an arrow is bound to comes back; the server knows whether the arrow came off it. */
function returns(end: Binding | null, { elements, wanted }: Around): boolean {
  return end !== null && !elements.has(end.elementId) && wanted(end.elementId)?.isDeleted === false;
}

function isAlike(wire: Element, before: Element, besides: readonly string[]): boolean {
  const left = Object.fromEntries(besides.map((field) => [field, null]));
  return isEqual({ ...wire, ...left }, { ...before, ...left });
}
