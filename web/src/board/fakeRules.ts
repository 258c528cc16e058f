/**
 * What a board's server for tests takes of a change: twin of rooms/board/changing.py, rights.py and leaving.py.
 *
 * Not the page's own twin (`rights.ts`): that is among what is tested with it.
 */

import type {
  Arrow,
  Binding,
  BoardElement,
  BoardPolicy,
  Change,
  Element,
  ErrorCode,
  TextElement,
} from "../protocol/generated";
import { isEqual } from "./numbers";

export interface FakeMember {
  id: string;
  isStaff: boolean;
  classId: string | null;
}

/** What is kept of an element that was deleted or cleared. */
export interface Gone {
  version: number;
  creator: string;
  classId: string | null;
  editor: string;
  held: boolean;
  isHidden: boolean;
  /** Of a text that went with its container: that one's version then, and what the text is like when it comes back. */
  along: { container: number; likeness: string } | null;
  /** Arrows of others that came off it, by their start or end. */
  starts: readonly string[];
  ends: readonly string[];
}

/** What a change is judged by: the board, who changes it, and all that the command changes. */
export interface Scene {
  elements: ReadonlyMap<string, BoardElement>;
  hidden: ReadonlySet<string>;
  gone: ReadonlyMap<string, Gone>;
  policy: BoardPolicy;
  member: FakeMember;
  wanted: ReadonlyMap<string, Element>;
}

/** Null: it is taken. */
export type Verdict = ErrorCode | "nothing" | null;

const BOX = ["x", "y", "width", "height", "angle"];
const ARROW_COURSE = [
  ...["x", "y", "width", "height"],
  ...["points", "lastCommittedPoint", "fixedSegments", "startIsSpecial", "endIsSpecial"],
  ...["startBinding", "endBinding"],
];
const ELBOWS_MAX = 20;
const CONTAINERS = ["rectangle", "diamond", "ellipse", "arrow"];

export function judge({ base, element }: Change, scene: Scene): Verdict {
  const current = currentOf(scene, element.id);
  if (current === undefined) {
    return judgeAbsent(base, element, scene);
  }
  if (isEqual(element, current.element) || isBoundAlike(element, current.element)) {
    return "nothing";
  }
  if (base !== current.version) {
    return "element_changed";
  }
  return (
    changeDenial(element, current, scene) ?? (hasContainer(element, scene) ? null : "element_gone")
  );
}

/** The element as it is to be, once it was judged so. */
export function made(element: Element, scene: Scene, at: number): BoardElement {
  const { member } = scene;
  const current = currentOf(scene, element.id);
  const gone = scene.gone.get(element.id);
  const isTurned = current === undefined || element.locked !== current.element.locked;
  return {
    // A deletion says nothing else.
    element:
      element.isDeleted && current !== undefined
        ? { ...current.element, isDeleted: true }
        : element,
    version: ((current ?? gone)?.version ?? 0) + 1,
    ...drawnBy(current, gone, member),
    editor: member.id,
    at,
    held: member.isStaff && isTurned ? element.locked : (current?.held ?? false),
  };
}

/** Whoever knows the id of something that was deleted does not get another's work with it. */
function drawnBy(
  current: BoardElement | undefined,
  gone: Gone | undefined,
  member: FakeMember,
): Pick<BoardElement, "creator" | "class_id"> {
  if (current !== undefined) {
    return { creator: current.creator, class_id: current.class_id };
  }
  return gone === undefined
    ? { creator: member.id, class_id: member.classId }
    : { creator: gone.creator, class_id: gone.classId };
}

/** What is kept of elements that an event has deleted, by id: what it did to the work of others with it. */
export function goneWith(
  changed: readonly BoardElement[],
  before: ReadonlyMap<string, BoardElement>,
  hidden: ReadonlySet<string>,
): Map<string, Gone> {
  const gone = new Map<string, Gone>();
  for (const { element, version, editor } of changed) {
    const old = before.get(element.id);
    if (element.isDeleted && old !== undefined) {
      gone.set(element.id, forgotten(old, version, editor, hidden.has(element.id)));
    }
  }
  for (const { element, editor } of changed) {
    const old = before.get(element.id);
    if (old !== undefined && old.creator !== editor) {
      noteLeaving(element, old.element, gone);
    }
  }
  return gone;
}

/** The bare entry of something that is not there any more. */
export function forgotten(
  old: BoardElement,
  version: number,
  editor: string,
  isHidden: boolean,
): Gone {
  const { creator, class_id: classId, held = false } = old;
  const nothing = { along: null, starts: [], ends: [] };
  return { version, creator, classId, editor, held, isHidden, ...nothing };
}

function noteLeaving(element: Element, old: Element, gone: Map<string, Gone>): void {
  if (old.type === "text" && element.isDeleted) {
    const container = gone.get(old.containerId ?? "");
    const mine = gone.get(old.id);
    if (container !== undefined && mine !== undefined) {
      gone.set(old.id, {
        ...mine,
        along: { container: container.version, likeness: likeness(old) },
      });
    }
  } else if (old.type === "arrow" && element.type === "arrow" && !element.isDeleted) {
    for (const [end, list] of [
      ["startBinding", "starts"],
      ["endBinding", "ends"],
    ] as const) {
      const shape = gone.get(old[end]?.elementId ?? "");
      if (shape !== undefined && element[end] === null) {
        gone.set(old[end]?.elementId ?? "", { ...shape, [list]: [...shape[list], old.id] });
      }
    }
  }
}

function judgeAbsent(base: number, element: Element, scene: Scene): Verdict {
  if (element.isDeleted) {
    return "nothing";
  }
  const gone = scene.gone.get(element.id);
  const isPutAside = scene.elements.has(element.id);
  if (isPutAside || !hasContainer(element, scene) || (base > 0 && gone?.version !== base)) {
    return "element_gone";
  }
  return gone === undefined ? null : returnDenial(element, gone, scene);
}

function changeDenial(element: Element, current: BoardElement, scene: Scene): ErrorCode | null {
  const { member } = scene;
  const isHeld = current.held === true;
  if (member.isStaff || (!isHeld && mayChangeAllOf(current.creator, scene))) {
    return null;
  }
  const isNoted =
    !element.isDeleted &&
    differsOnlyIn(["boundElements"], element, current.element) &&
    keepsNotes(element, current.element, scene);
  if (isNoted) {
    return null;
  }
  if (isHeld) {
    return "element_locked";
  }
  return follows(element, current.element, scene) ? null : "not_your_element";
}

function returnDenial(element: Element, gone: Gone, scene: Scene): ErrorCode | null {
  if (scene.member.isStaff) {
    return null;
  }
  if (gone.isHidden) {
    return "element_gone";
  }
  if (gone.held) {
    return "element_locked";
  }
  const isAllowed = mayChangeAllOf(gone.creator, scene) || comesAlong(element, gone, scene);
  return isAllowed ? null : "not_your_element";
}

function mayChangeAllOf(creator: string, { policy, member }: Scene): boolean {
  return policy.change_others === true || creator === member.id;
}

/** What is bound to it is as before, but for one's own, and what is no longer there. */
function keepsNotes(element: Element, current: Element, scene: Scene): boolean {
  const before = current.boundElements ?? [];
  const after = element.boundElements ?? [];
  const isIn = (list: readonly unknown[], one: unknown) => list.some((each) => isEqual(each, one));
  const isMine = (id: string): boolean => {
    const wanted = scene.wanted.get(id);
    return scene.elements.has(id) ? isOwn(id, scene) : wanted !== undefined && !wanted.isDeleted;
  };
  return (
    after.every((one) => isIn(before, one) || isMine(one.id)) &&
    before.every((one) => isIn(after, one) || isMine(one.id) || !scene.elements.has(one.id))
  );
}

/** Somebody's arrow or text just goes along with a thing of one's own that it is bound to. */
function follows(element: Element, current: Element, scene: Scene): boolean {
  if (element.type === "arrow" && current.type === "arrow") {
    return !element.isDeleted && isLed(current, scene) && keepsCourse(element, current, scene);
  }
  if (element.type === "text" && current.type === "text") {
    return textFollows(element, current, scene);
  }
  return false;
}

function isLed(arrow: Arrow, scene: Scene): boolean {
  const ends = [arrow.startBinding, arrow.endBinding].flatMap((end) => end?.elementId ?? []);
  if (ends.some((end) => changesOwn(end, scene))) {
    return true;
  }
  const wanted = scene.wanted.get(arrow.id);
  if (wanted?.type !== "arrow") {
    return false;
  }
  const [start, end] = endedAt(wanted, scene);
  return (arrow.startBinding === null && start) || (arrow.endBinding === null && end);
}

function keepsCourse(arrow: Arrow, current: Arrow, scene: Scene): boolean {
  const [start, end] = endedAt(arrow, scene);
  const isAsLong = arrow.points.length === current.points.length;
  return (
    differsOnlyIn([...ARROW_COURSE, "boundElements"], arrow, current) &&
    (isAsLong || (arrow.elbowed && arrow.points.length <= ELBOWS_MAX)) &&
    keepsNotes(arrow, current, scene) &&
    keepsEnd(arrow.startBinding, current.startBinding, start, scene) &&
    keepsEnd(arrow.endBinding, current.endBinding, end, scene)
  );
}

function keepsEnd(
  now: Binding | null,
  then: Binding | null,
  mayReturn: boolean,
  scene: Scene,
): boolean {
  if (then === null) {
    return now === null || mayReturn;
  }
  if (now === null) {
    return isOwn(then.elementId, scene) && aliveAfter(then.elementId, scene) === undefined;
  }
  return now.elementId === then.elementId;
}

function textFollows(text: TextElement, current: TextElement, scene: Scene): boolean {
  const container = currentOf(scene, current.containerId ?? "");
  if (container === undefined) {
    return false;
  }
  const { element } = container;
  if (text.isDeleted) {
    return isOwn(element.id, scene) && aliveAfter(element.id, scene) === undefined;
  }
  const isOnLedArrow =
    element.type === "arrow" && scene.wanted.has(element.id) && isLed(element, scene);
  return (
    (changesOwn(element.id, scene) || isOnLedArrow) &&
    wordsOf(text) === wordsOf(current) &&
    differsOnlyIn([...BOX, "text"], text, current)
  );
}

/** Somebody's text comes back with the container of one's own that one has deleted it with, as it was. */
function comesAlong(element: Element, gone: Gone, scene: Scene): boolean {
  if (gone.along === null || element.type !== "text") {
    return false;
  }
  const container = ownReturn(element.containerId, scene);
  return container?.version === gone.along.container && likeness(element) === gone.along.likeness;
}

/** Whether start and end are bound to what they came off when one deleted it, and what the command brings back. */
function endedAt(arrow: Arrow, scene: Scene): [boolean, boolean] {
  const start = ownReturn(arrow.startBinding?.elementId ?? null, scene);
  const end = ownReturn(arrow.endBinding?.elementId ?? null, scene);
  return [start?.starts.includes(arrow.id) === true, end?.ends.includes(arrow.id) === true];
}

/** What is known of a thing of one's own that one has deleted oneself, when the command brings it back. */
function ownReturn(id: string | null, scene: Scene): Gone | undefined {
  if (id === null || scene.elements.has(id) || aliveAfter(id, scene) === undefined) {
    return undefined;
  }
  const gone = scene.gone.get(id);
  const isMine = gone?.creator === scene.member.id && gone.editor === scene.member.id;
  return isMine ? gone : undefined;
}

function changesOwn(id: string, scene: Scene): boolean {
  const wanted = scene.wanted.get(id);
  const current = currentOf(scene, id);
  return isOwn(id, scene) && wanted !== undefined && !isEqual(wanted, current?.element);
}

function hasContainer(element: Element, scene: Scene): boolean {
  if (element.type !== "text" || element.containerId === null || element.isDeleted) {
    return true;
  }
  if (CONTAINERS.includes(aliveAfter(element.containerId, scene)?.type ?? "")) {
    return true;
  }
  // A text that was left without one by somebody may stay so.
  const before = currentOf(scene, element.id)?.element;
  const wasBound = before?.type === "text" && before.containerId === element.containerId;
  return wasBound && currentOf(scene, element.containerId) === undefined;
}

/** The element as it will be when the whole command is taken. */
function aliveAfter(id: string, scene: Scene): Element | undefined {
  const wanted = scene.wanted.get(id);
  if (wanted !== undefined) {
    return wanted.isDeleted ? undefined : wanted;
  }
  return currentOf(scene, id)?.element;
}

function isOwn(id: string, scene: Scene): boolean {
  return currentOf(scene, id)?.creator === scene.member.id;
}

/** The element as this person has it on the board. */
export function currentOf(scene: Scene, id: string): BoardElement | undefined {
  return scene.hidden.has(id) && !scene.member.isStaff ? undefined : scene.elements.get(id);
}

/** Nothing differs but how the same things are noted as bound to it. */
function isBoundAlike(element: Element, current: Element): boolean {
  const ids = (one: Element) => (one.boundElements ?? []).map((bound) => bound.id).sort();
  return isEqual(ids(element), ids(current)) && differsOnlyIn(["boundElements"], element, current);
}

function differsOnlyIn(fields: readonly string[], element: Element, current: Element): boolean {
  const without = (one: Element) => ({
    ...one,
    ...Object.fromEntries(fields.map((name) => [name, null])),
  });
  return isEqual(without(element), without(current));
}

/** What stays of a text when its container moves it and wraps it anew. */
function likeness(text: TextElement): string {
  const place = { x: 0, y: 0, width: 0, height: 0, angle: 0, index: "", boundElements: null };
  return JSON.stringify({ ...text, ...place, text: wordsOf(text), isDeleted: false });
}

function wordsOf(text: TextElement): string {
  return text.text.replace(/\s/g, "");
}
