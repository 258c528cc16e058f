/**
 * A board as a list that can be read: what is on it, in the order in which one reads a page, with the words that
 * belong to it. Pure.
 */

import type { BoardElement, Element } from "../../protocol/generated";

/** Something on a board that one would name in one breath. */
export interface Entry {
  /** The first of `ids`; names the entry. */
  id: string;
  /** The elements that it stands for: also the text inside a shape, and all strokes of one hand in a row. */
  ids: readonly string[];
  type: Element["type"];
  /** What is written there, or the name of a frame; empty when there is nothing to read. */
  text: string;
  creator: string;
  classId: string | null;
  /** When it was last changed, in milliseconds since 1970 UTC. */
  at: number;
  /** How many strokes of the pen. */
  strokes: number;
  /** What an arrow begins and ends at, where it is bound to something. */
  from: Named | null;
  to: Named | null;
  /** A teacher put it aside for review. */
  isHidden: boolean;
  /** What lies in this frame. */
  children: readonly Entry[];
}

export interface Named {
  type: Element["type"];
  text: string;
}

export interface Filter {
  /** Part of what is written there, in whatever case; empty for everything. */
  words: string;
  /** Only what this person has drawn; null for everybody's. */
  person: string | null;
}

/** All entries of a board, those in frames under their frame. */
export function listEntries(
  elements: ReadonlyMap<string, BoardElement>,
  hidden: ReadonlySet<string>,
): Entry[] {
  const inside = new Map<string | null, BoardElement[]>();
  for (const item of elements.values()) {
    if (containerOf(item, elements) !== null) {
      continue; // read with its container
    }
    const frame = frameOf(item, elements);
    const group = inside.get(frame);
    if (group === undefined) {
      inside.set(frame, [item]);
    } else {
      group.push(item);
    }
  }
  const list = (frame: string | null): Entry[] =>
    joinStrokes(
      readingOrder(inside.get(frame) ?? []).map((item) => {
        const isFrame = item.element.type === "frame" || item.element.type === "magicframe";
        // Frames do not lie in frames; a forged board must not make this run in circles.
        const children = isFrame && frame === null ? list(item.element.id) : [];
        return describe(item, elements, hidden, children);
      }),
    );
  return list(null);
}

/** Rows from top to bottom, each from left to right: what begins above the middle of a row's first is in that row. */
export function readingOrder(items: readonly BoardElement[]): BoardElement[] {
  const byTop = items.toSorted((a, b) => topOf(a) - topOf(b) || order(a, b));
  const rows: BoardElement[][] = [];
  let middle = Number.NEGATIVE_INFINITY;
  for (const item of byTop) {
    const row = rows.at(-1);
    if (row === undefined || topOf(item) > middle) {
      rows.push([item]);
      middle = topOf(item) + Math.abs(item.element.height) / 2;
    } else {
      row.push(item);
    }
  }
  return rows.flatMap((row) => row.sort((a, b) => leftOf(a) - leftOf(b) || order(a, b)));
}

/** The entries that a reader looks for; a frame stays when something in it does. */
export function filterEntries(entries: readonly Entry[], filter: Filter): Entry[] {
  const words = filter.words.trim().toLocaleLowerCase();
  return entries.flatMap((entry) => {
    const children = filterEntries(entry.children, filter);
    const isWanted =
      (filter.person === null || entry.creator === filter.person) &&
      entry.text.toLocaleLowerCase().includes(words);
    return isWanted || children.length > 0 ? [{ ...entry, children }] : [];
  });
}

/** How many entries there are, those in frames too. */
export function countEntries(entries: readonly Entry[]): number {
  return entries.reduce((sum, { children }) => sum + 1 + countEntries(children), 0);
}

/** The first `limit` entries, counted in the order of reading. */
export function firstEntries(entries: readonly Entry[], limit: number): Entry[] {
  let left = limit;
  const take = (list: readonly Entry[]): Entry[] =>
    list.flatMap((entry) => {
      if (left <= 0) {
        return [];
      }
      left -= 1;
      return [{ ...entry, children: take(entry.children) }];
    });
  return take(entries);
}

/** Who has drawn something here, each once. */
export function drawersOf(elements: ReadonlyMap<string, BoardElement>): string[] {
  return [...new Set([...elements.values()].map(({ creator }) => creator))];
}

/** What is written on an element: its own text, that bound into it, or the name of a frame. */
export function textOf(
  { element }: BoardElement,
  elements: ReadonlyMap<string, BoardElement>,
): string {
  if (element.type === "text") {
    return oneLine(element.originalText || element.text);
  }
  if (element.type === "frame" || element.type === "magicframe") {
    return oneLine(element.name ?? "");
  }
  const texts = boundTexts(element, elements).map((item) => textOf(item, elements));
  return texts.join(" ");
}

/** The texts that are bound into an element. */
export function boundTexts(
  element: Element,
  elements: ReadonlyMap<string, BoardElement>,
): BoardElement[] {
  return (element.boundElements ?? []).flatMap(({ id }) => {
    const item = elements.get(id);
    const isInside = item?.element.type === "text" && item.element.containerId === element.id;
    return item !== undefined && isInside ? [item] : [];
  });
}

function describe(
  item: BoardElement,
  elements: ReadonlyMap<string, BoardElement>,
  hidden: ReadonlySet<string>,
  children: readonly Entry[],
): Entry {
  const { element, creator, class_id, at } = item;
  const texts = boundTexts(element, elements);
  const isArrow = element.type === "arrow";
  return {
    id: element.id,
    ids: [element.id, ...texts.map((text) => text.element.id)],
    type: element.type,
    text: textOf(item, elements),
    creator,
    classId: class_id,
    at: Math.max(at, ...texts.map((text) => text.at)),
    strokes: element.type === "freedraw" ? 1 : 0,
    from: isArrow ? nameOf(element.startBinding?.elementId, elements) : null,
    to: isArrow ? nameOf(element.endBinding?.elementId, elements) : null,
    isHidden: hidden.has(element.id),
    children,
  };
}

/** Handwriting is many strokes: those of one hand that follow each other are one entry. */
function joinStrokes(entries: readonly Entry[]): Entry[] {
  const joined: Entry[] = [];
  for (const entry of entries) {
    const last = joined.at(-1);
    const isSameHand =
      last?.type === "freedraw" &&
      entry.type === "freedraw" &&
      last.creator === entry.creator &&
      last.isHidden === entry.isHidden;
    if (last !== undefined && isSameHand) {
      joined[joined.length - 1] = {
        ...last,
        ids: [...last.ids, ...entry.ids],
        strokes: last.strokes + entry.strokes,
        at: Math.max(last.at, entry.at),
      };
    } else {
      joined.push(entry);
    }
  }
  return joined;
}

function nameOf(id: string | undefined, elements: ReadonlyMap<string, BoardElement>): Named | null {
  const item = id === undefined ? undefined : elements.get(id);
  return item === undefined ? null : { type: item.element.type, text: textOf(item, elements) };
}

function containerOf(
  { element }: BoardElement,
  elements: ReadonlyMap<string, BoardElement>,
): string | null {
  if (element.type !== "text" || element.containerId === null) {
    return null;
  }
  const container = elements.get(element.containerId)?.element;
  const isNamed = container?.boundElements?.some(({ id }) => id === element.id) === true;
  return isNamed ? element.containerId : null;
}

function frameOf(
  { element }: BoardElement,
  elements: ReadonlyMap<string, BoardElement>,
): string | null {
  const type = element.frameId === null ? undefined : elements.get(element.frameId)?.element.type;
  return type === "frame" || type === "magicframe" ? element.frameId : null;
}

function topOf({ element }: BoardElement): number {
  return element.type === "line" || element.type === "arrow" || element.type === "freedraw"
    ? element.y + Math.min(...element.points.map(([, y]) => y))
    : element.y;
}

function leftOf({ element }: BoardElement): number {
  return element.type === "line" || element.type === "arrow" || element.type === "freedraw"
    ? element.x + Math.min(...element.points.map(([x]) => x))
    : element.x;
}

/** Two that begin at the same place: as they lie above each other. */
function order({ element: a }: BoardElement, { element: b }: BoardElement): number {
  return a.index < b.index ? -1 : a.index > b.index ? 1 : 0;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
