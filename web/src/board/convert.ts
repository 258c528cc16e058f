/**
 * Elements as the editor has them, and as they travel. Pure.
 *
 * The server is strict: an element has exactly the fields of its type (rooms/board/elements.py), and links lead nowhere
 * else. The editor may carry more: what other versions of it or programs have noted, its own version stamps.
 */

import {
  type BoardElement,
  CUSTOM_BYTES_MAX,
  type Element,
  FILE_HASH_SHAPE,
  GROUPS_MAX,
  NAME_CHARACTERS_MAX,
} from "../protocol/generated";
import { fitStroke } from "./fitting";
import { roundElement } from "./numbers";
import type { EditorElement } from "./scene";

/**
 * For what has no place in the order of drawing yet. It sorts behind all others and is no valid key, so that the server
 * gives one behind all others.
 */
export const ON_TOP = "zz";

/** Twin of OWN_LINK in rooms/board/checks.py: a link to another element of the same board. The editor makes whole ones. */
const OWN_LINK = /^#[A-Za-z0-9_-]{1,64}$|\?element=[A-Za-z0-9_-]{1,64}$/;

/** Twin of FOREIGN_ADDRESS there, of all texts in a JSON document at once. */
const FOREIGN_ADDRESS =
  /:\/\/|"(?:\s|\\[nrt])*(?:\/\/|\\\\|(?:javascript|vbscript|data|blob|file|mailto)\s*:)/i;

/** Half of its bytes: what is not of the alphabet takes several. */
const CUSTOM_CHARACTERS_MAX = CUSTOM_BYTES_MAX / 2;

type Fields = Record<string, unknown>;

/** What every element has, and what it is where the editor says nothing: its own defaults. */
const COMMON: Fields = {
  x: 0,
  y: 0,
  width: 0,
  height: 0,
  angle: 0,
  strokeColor: "#1e1e1e",
  backgroundColor: "transparent",
  fillStyle: "solid",
  strokeWidth: 2,
  strokeStyle: "solid",
  roundness: null,
  roughness: 1,
  opacity: 100,
  seed: 1,
  index: ON_TOP,
  isDeleted: false,
  groupIds: [],
  frameId: null,
  boundElements: null,
  link: null,
  locked: false,
};

const LINEAR: Fields = {
  points: [[0, 0]],
  lastCommittedPoint: null,
  startBinding: null,
  endBinding: null,
  startArrowhead: null,
  endArrowhead: null,
};

const BY_TYPE: Record<Element["type"], Fields> = {
  rectangle: {},
  diamond: {},
  ellipse: {},
  text: {
    fontSize: 20,
    fontFamily: 5,
    text: "",
    textAlign: "left",
    verticalAlign: "top",
    containerId: null,
    originalText: "",
    autoResize: true,
    lineHeight: 1.25,
  },
  line: LINEAR,
  arrow: { ...LINEAR, elbowed: false },
  freedraw: { points: [[0, 0]], pressures: [], simulatePressure: true, lastCommittedPoint: null },
  image: { fileId: null, status: "pending", scale: [1, 1], crop: null },
  frame: { name: null },
  magicframe: { name: null },
  embeddable: {},
  iframe: {},
};

/** Fields that may be missing. */
const OPTIONAL: Partial<Record<Element["type"], readonly string[]>> = {
  arrow: ["fixedSegments", "startIsSpecial", "endIsSpecial"],
};

/** Whether it is an element that can be on a board: not the rectangle with which one selects. */
export function isDrawable(element: { readonly type: string }): boolean {
  return Object.hasOwn(BY_TYPE, element.type);
}

/**
 * The element as it travels: the fields of its type and no more, rounded, without links to other sites.
 *
 * Throws for a type that cannot be on a board; ask `isDrawable` first where that may be.
 */
export function toWire(element: { readonly id: string; readonly type: string }): Element {
  if (!isDrawable(element)) {
    throw new Error(`No element of a board: ${element.type}`);
  }
  const type = element.type as Element["type"];
  const given = element as unknown as Fields;
  const fields: Fields = { type, id: element.id };
  for (const [name, standard] of Object.entries({ ...COMMON, ...BY_TYPE[type] })) {
    fields[name] = isUsable(given[name], standard) ? clean(name, given[name]) : standard;
  }
  for (const name of OPTIONAL[type] ?? []) {
    if (given[name] !== undefined) {
      fields[name] = clean(name, given[name]);
    }
  }
  return fitStroke(roundElement(consistent(fields, given)));
}

/** The element as the editor has it. The stamp follows from id and version: two pages show the same. */
export function toEditor({ element, version, at }: BoardElement): EditorElement {
  return { ...element, version, versionNonce: nonceOf(element.id, version), updated: at };
}

function isUsable(value: unknown, standard: unknown): boolean {
  if (value === undefined || (value === null && standard !== null)) {
    return false;
  }
  return typeof value !== "number" || Number.isFinite(value);
}

const CLEANERS: Record<string, (value: unknown) => unknown> = {
  text: storable,
  originalText: storable,
  name: (value) =>
    orNull(value, (name) => storable((name as string).slice(0, NAME_CHARACTERS_MAX))),
  points: (value) => (value as unknown[]).map(pair),
  lastCommittedPoint: (value) => orNull(value, pair),
  scale: pair,
  roundness: (value) => pick(value, ["type", "value"]),
  startBinding: binding,
  endBinding: binding,
  crop: (value) => pick(value, ["x", "y", "width", "height", "naturalWidth", "naturalHeight"]),
  fixedSegments: (value) =>
    orNull(value, (segments) =>
      (segments as Fields[]).map(({ start, end, index }) => ({
        start: pair(start),
        end: pair(end),
        index,
      })),
    ),
  groupIds: (value) => [...new Set(value as string[])].slice(0, GROUPS_MAX),
};

function clean(name: string, value: unknown): unknown {
  return CLEANERS[name]?.(value) ?? value;
}

/** What depends on several fields. */
function consistent(fields: Fields, given: Fields): Element {
  const element = fields as unknown as Element;
  const showsPages = element.type === "embeddable" || element.type === "iframe";
  const customData = notes(given.customData);
  const rest = {
    ...element,
    boundElements: boundOnce(element),
    link: showsPages ? null : ownLink(element.link),
    ...(customData === null || showsPages ? {} : { customData }),
  };
  switch (rest.type) {
    case "text":
      return {
        ...rest,
        originalText: given.originalText === undefined ? rest.text : rest.originalText,
      };
    case "freedraw":
      return { ...rest, pressures: onePerPoint(rest.pressures, rest.points.length) };
    case "image":
      // A picture that is being uploaded has another name yet.
      return rest.fileId !== null && FILE_HASH_SHAPE.test(rest.fileId)
        ? rest
        : { ...rest, fileId: null };
    default:
      return rest;
  }
}

function boundOnce({ id, boundElements }: Element): Element["boundElements"] {
  if (boundElements === null) {
    return null;
  }
  const byId = new Map(
    boundElements.map((bound) => [bound.id, { id: bound.id, type: bound.type }]),
  );
  byId.delete(id);
  return [...byId.values()];
}

function ownLink(link: string | null): string | null {
  return link?.match(OWN_LINK)?.[0] ?? null;
}

/** Pressures that are simulated are not sent. */
function onePerPoint(pressures: readonly number[], points: number): readonly number[] {
  const last = pressures.at(-1);
  if (last === undefined || pressures.length === points) {
    return pressures;
  }
  return Array.from({ length: points }, (_, index) => pressures[index] ?? last);
}

/** What programs have noted, when it is no more than that. */
function notes(customData: unknown): Record<string, unknown> | null {
  if (typeof customData !== "object" || customData === null || Array.isArray(customData)) {
    return null;
  }
  const json = JSON.stringify(customData);
  const isHarmless = json.length <= CUSTOM_CHARACTERS_MAX && !FOREIGN_ADDRESS.test(json);
  return isHarmless ? (JSON.parse(json) as Record<string, unknown>) : null;
}

function binding(value: unknown): unknown {
  const bound = pick(value, ["elementId", "focus", "gap", "fixedPoint"]);
  if (bound?.fixedPoint) {
    bound.fixedPoint = pair(bound.fixedPoint);
  }
  return bound;
}

function pick(value: unknown, names: readonly string[]): Fields | null {
  return orNull(value, (given) => {
    const entries = names.map((name) => [name, (given as Fields)[name]] as const);
    return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
  });
}

function pair(value: unknown): [number, number] {
  const [x, y] = value as [number, number];
  return [finite(x), finite(y)];
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

/** Twin of rooms/text.py: no NUL, and no halves of characters. */
function storable(value: unknown): string {
  const text = value as string;
  return text.replaceAll("\0", "").replace(LONE_SURROGATES, "\ufffd");
}

const LONE_SURROGATES = /\p{Surrogate}/gu;

function orNull<Result>(value: unknown, map: (value: unknown) => Result): Result | null {
  return value === null || value === undefined ? null : map(value);
}

/** FNV-1a, 31 bits: the editor's nonces are positive. */
function nonceOf(id: string, version: number): number {
  let hash = 0x811c9dc5;
  for (const character of `${id}/${version}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  }
  return hash >>> 1;
}
