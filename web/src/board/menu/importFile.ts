/**
 * What a file of Excalidraw's public editor becomes on a board: read, restored by the editor's own rules, cleared of what
 * leads to other sites, named and placed so that it disturbs nothing that is there. Pure; nothing is sent here.
 */

import {
  BOARD_BYTES_MAX,
  type BoardElement,
  ELEMENT_ID_SHAPE,
  ELEMENTS_MAX,
  type Element,
} from "../../protocol/generated";
import { withoutBindings } from "../bindings";
import { sizeOf } from "../fitting";
import { boundsOfAll } from "./bounds";
import type { Named } from "./entries";
import { newPlaces, type RestoreElements } from "./order";
import { isKnownType, isOwnData, isRaw, NO_PLACE, strictElement, type Unfit } from "./strict";

/** Bytes of a file that is read: the pictures of a whole lesson, and what a tablet's memory bears. */
export const FILE_BYTES_MAX = 60_000_000;

/** Pixels between what is on the board and what is put beside it. */
const BESIDE = 120;

const LINKED_ELEMENT = "element";

export type Refusal = "notBoard" | "damaged" | "empty" | "tooMany" | "tooLarge";

export class ImportRefused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal);
    this.name = "ImportRefused";
    this.refusal = refusal;
  }
}

type Raw = Readonly<Record<string, unknown>>;

export interface BoardFile {
  elements: readonly Raw[];
  /** Pictures by the name that the file gives them, as `data:` addresses. */
  pictures: ReadonlyMap<string, string>;
}

export interface ImportPlan {
  /** As they go to the board, but for pictures: `fileId` is still the file's name of it. */
  elements: readonly Element[];
  /** The pictures that are shown, to be uploaded. */
  pictures: ReadonlyMap<string, string>;
  /** Links to other sites, and pages of other sites, that are not taken. */
  linksDropped: number;
  leftOut: readonly LeftOut[];
}

/** An element of the file that does not come along. */
export interface LeftOut {
  why: Unfit;
  /** Null where a board knows no such kind. */
  what: Named | null;
}

export interface Surroundings {
  /** What is on the board. */
  present: ReadonlyMap<string, BoardElement>;
  restoreElements: RestoreElements;
  /** A name that no other element has. */
  newId(): string;
}

/** The contents of a file. Throws `ImportRefused`. */
export function readBoardFile(text: string): BoardFile {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new ImportRefused("notBoard");
  }
  if (!isRaw(content) || content.type !== "excalidraw" || !Array.isArray(content.elements)) {
    throw new ImportRefused("notBoard");
  }
  const files = isRaw(content.files) ? content.files : {};
  const pictures = Object.entries(files).flatMap(([name, file]): [string, string][] => {
    const address = isRaw(file) ? file.dataURL : undefined;
    const isPicture = typeof address === "string" && address.startsWith("data:image/");
    return isPicture ? [[name, address]] : [];
  });
  return { elements: content.elements.filter(isRaw), pictures: new Map(pictures) };
}

/** What of a file goes to the board, and what does not. Throws `ImportRefused`. */
export function planImport(file: BoardFile, around: Surroundings): ImportPlan {
  const leftOut: LeftOut[] = [];
  const whole = file.elements.filter((raw) => {
    const unfit = unfitBeforeRestoring(raw, around.restoreElements);
    if (unfit !== null && unfit !== "not shown") {
      leftOut.push({ why: unfit, what: named(raw) });
    }
    return unfit === null;
  });
  const restored = around.restoreElements(whole, null, { repairBindings: true }) as readonly Raw[];
  const names = rename(restored, around);
  let linksDropped = 0;
  const taken: Element[] = [];
  for (const raw of restored) {
    const own = withOwnLinks(raw, names.elements);
    linksDropped += own.dropped;
    const element = strictElement(withNames(own.raw, names));
    if (typeof element === "string") {
      leftOut.push({ why: element, what: named(raw) });
    } else {
      taken.push(element);
    }
  }
  const elements = placed(tidied(taken), around);
  checkRoom(elements, around.present);
  return { elements, pictures: shownPictures(elements, file.pictures), linksDropped, leftOut };
}

/** The elements with the server's names of their pictures; those whose picture was not taken are left out. */
export function withPictures(
  elements: readonly Element[],
  stored: ReadonlyMap<string, string>,
): { elements: Element[]; lost: number } {
  const kept = elements.flatMap((element): Element[] => {
    if (element.type !== "image" || element.fileId === null) {
      return [element];
    }
    const fileId = stored.get(element.fileId);
    return fileId === undefined ? [] : [{ ...element, fileId, status: "saved" }];
  });
  return { elements: tidied(kept), lost: elements.length - kept.length };
}

/** What its author would call an element. */
function named({ type, text, name }: Raw): Named | null {
  const words = typeof text === "string" ? text : name;
  return isKnownType(type) ? { type, text: typeof words === "string" ? words : "" } : null;
}

/** Why an element does not even come as far as the editor's own repair; null: it does. */
function unfitBeforeRestoring(
  raw: Raw,
  restoreElements: RestoreElements,
): Unfit | "not shown" | null {
  const { type, isDeleted } = raw;
  if (isDeleted === true || type === "selection") {
    return "not shown";
  }
  if (!isKnownType(type) && type !== "draw") {
    return "unknown"; // "draw" is what lines were called once
  }
  try {
    return restoreElements([raw], null).length === 0 ? "not shown" : null;
  } catch {
    return "broken";
  }
}

interface Names {
  elements: ReadonlyMap<string, string>;
  groups: ReadonlyMap<string, string>;
}

/** New names for what is called like something on the board, or like nothing that a board may hold. */
function rename(restored: readonly Raw[], { present, newId }: Surroundings): Names {
  const groupsThere = new Set([...present.values()].flatMap(({ element }) => element.groupIds));
  const elements = new Map<string, string>();
  const groups = new Map<string, string>();
  for (const { id, groupIds } of restored) {
    const name = String(id);
    elements.set(name, present.has(name) || !ELEMENT_ID_SHAPE.test(name) ? newId() : name);
    for (const group of Array.isArray(groupIds) ? groupIds : []) {
      const isTaken = groupsThere.has(group) || !ELEMENT_ID_SHAPE.test(String(group));
      groups.set(group, isTaken ? (groups.get(group) ?? newId()) : group);
    }
  }
  return { elements, groups };
}

/** The element under its new name, and what it speaks of under theirs; what is not in the file is not spoken of. */
function withNames(raw: Raw, { elements, groups }: Names): Raw {
  const name = (id: unknown): string | null =>
    typeof id === "string" ? (elements.get(id) ?? null) : null;
  const bound = (value: unknown): unknown => {
    const elementId = isRaw(value) ? name(value.elementId) : null;
    return isRaw(value) && elementId !== null ? { ...value, elementId } : null;
  };
  const { type, boundElements, groupIds } = raw;
  return {
    ...raw,
    id: name(raw.id),
    frameId: name(raw.frameId),
    groupIds: Array.isArray(groupIds)
      ? [...new Set(groupIds.map((group) => groups.get(group)))]
      : groupIds,
    boundElements: Array.isArray(boundElements)
      ? boundElements.flatMap((one: unknown) => {
          const id = isRaw(one) ? name(one.id) : null;
          return isRaw(one) && id !== null ? [{ ...one, id }] : [];
        })
      : boundElements,
    ...(type === "text" && { containerId: name(raw.containerId) }),
    ...((type === "line" || type === "arrow") && {
      startBinding: bound(raw.startBinding),
      endBinding: bound(raw.endBinding),
    }),
    // Files of 2024 and before know no elbows, and the editor's restore does not say so.
    ...(type === "arrow" && { elbowed: raw.elbowed ?? false }),
  };
}

/** Links to elements of the same file stay, as ours; all others go, and so does data that leads elsewhere. */
function withOwnLinks(raw: Raw, names: ReadonlyMap<string, string>): { raw: Raw; dropped: number } {
  const { type, link, customData, ...rest } = raw;
  const showsPages = type === "embeddable" || type === "iframe";
  const linked = typeof link === "string" && !showsPages ? linkedElement(link) : null;
  const target = linked === null ? undefined : names.get(linked);
  const keepsLink = target !== undefined || typeof link !== "string" || link === "";
  const keepsData = customData === undefined || isOwnData(customData, type);
  return {
    raw: {
      ...rest,
      type,
      link: target === undefined ? null : `?${LINKED_ELEMENT}=${target}`,
      ...(keepsData && customData !== undefined && { customData }),
    },
    dropped: (keepsLink ? 0 : 1) + (keepsData ? 0 : 1),
  };
}

/** The element of the same board that a link names. */
function linkedElement(link: string): string | null {
  if (link.startsWith("#")) {
    return link.slice(1);
  }
  try {
    // The public editor writes its own address before it.
    return new URL(link, "https://board.invalid/").searchParams.get(LINKED_ELEMENT);
  } catch {
    return null;
  }
}

/** Without references to what was left out. */
function tidied(elements: readonly Element[]): Element[] {
  const ids = new Set(elements.map(({ id }) => id));
  return elements.map((element) => {
    const free = withoutBindings(element, (id) => !ids.has(id));
    const isOut = free.frameId !== null && !ids.has(free.frameId);
    return isOut ? { ...free, frameId: null } : free;
  });
}

/** Where the file has it when the board is empty; else to the right of what is there, and above it in the order. */
function placed(
  elements: readonly Element[],
  { present, restoreElements }: Surroundings,
): Element[] {
  const there = boundsOfAll([...present.values()].map(({ element }) => element));
  const mine = boundsOfAll(elements);
  if (there === null || mine === null) {
    return [...elements];
  }
  const dx = there.x + there.width + BESIDE - mine.x;
  const dy = there.y - mine.y;
  const places = newPlaces(restoreElements, present.values(), elements.length, "above");
  return elements.map((element, number) => ({
    ...element,
    x: element.x + dx,
    y: element.y + dy,
    index: places[number] ?? NO_PLACE,
  }));
}

function checkRoom(elements: readonly Element[], present: Surroundings["present"]): void {
  if (elements.length === 0) {
    throw new ImportRefused("empty");
  }
  if (elements.length + present.size > ELEMENTS_MAX) {
    throw new ImportRefused("tooMany");
  }
  const there = [...present.values()].map(({ element }) => element);
  const bytes = [...there, ...elements].reduce((sum, element) => sum + sizeOf(element), 0);
  if (bytes > BOARD_BYTES_MAX) {
    throw new ImportRefused("tooLarge");
  }
}

function shownPictures(
  elements: readonly Element[],
  pictures: ReadonlyMap<string, string>,
): Map<string, string> {
  const shown = new Map<string, string>();
  for (const element of elements) {
    const address = element.type === "image" ? pictures.get(element.fileId ?? "") : undefined;
    if (element.type === "image" && element.fileId !== null && address !== undefined) {
      shown.set(element.fileId, address);
    }
  }
  return shown;
}
