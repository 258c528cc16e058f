/**
 * Which elements of a file the server takes: the twin of rooms/board/elements.py and checks.py, for what other programs
 * have written. Fields that the server does not know are left out. Pure.
 */

import {
  BOUND_MAX,
  COLOUR_CHARACTERS_MAX,
  COLOUR_SHAPE,
  COORDINATE_MAX,
  CUSTOM_BYTES_MAX,
  CUSTOM_DEPTH_MAX,
  CUSTOM_VALUES_MAX,
  ELEMENT_ID_SHAPE,
  type Element,
  EXTENT_MAX,
  GROUPS_MAX,
  NAME_CHARACTERS_MAX,
  ORDER_KEY_SHAPE,
  POINTS_MAX,
  TEXT_CHARACTERS_MAX,
} from "../../protocol/generated";
import { boundTo } from "../bindings";
import { COMMAND_BYTES_MAX, fitStroke, sizeOf } from "../fitting";
import { packedSize } from "../packedSize";
import { isHatchedTooFar, isOutOfReach } from "./reach";

const SEED_MAX = Number.MAX_SAFE_INTEGER;

const FOREIGN_ADDRESS =
  /:\/\/|^[\s\p{Cc}]*(\/\/|\\\\|(javascript|vbscript|data|blob|file|mailto)\s*:)/iu;

/** A half of a pair that JSON can say and UTF-8 cannot. */
const HALF_CHARACTER = /\p{Surrogate}/u;

/** The place of an element whose place the board gives. */
export const NO_PLACE = "a0";

/**
 * Why an element is not taken: a type that no board knows, values that make no sense, more points or characters than
 * fit, larger or farther out than a page can show, or filled with more lines than a page can draw.
 */
export type Unfit = "unknown" | "broken" | "tooLong" | "outOfReach" | "hatched";

type Check = (value: unknown) => boolean;
type Raw = Readonly<Record<string, unknown>>;

const number: Check = (value) => typeof value === "number" && Math.abs(value) <= COORDINATE_MAX;
const length: Check = (value) => typeof value === "number" && Math.abs(value) <= EXTENT_MAX;
const flag: Check = (value) => typeof value === "boolean";
const within =
  (min: number, max: number, whole = false): Check =>
  (value) =>
    typeof value === "number" &&
    value >= min &&
    value <= max &&
    (!whole || Number.isInteger(value));
const text =
  (max: number): Check =>
  (value) =>
    typeof value === "string" && [...value].length <= max && isStorable(value);
const one =
  (...values: unknown[]): Check =>
  (value) =>
    values.includes(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const list =
  (check: Check, max: number, min = 0): Check =>
  (value) =>
    Array.isArray(value) && value.length >= min && value.length <= max && value.every(check);
const parts =
  (fields: Record<string, Check>): Check =>
  (value) =>
    isRaw(value) && Object.entries(fields).every(([name, check]) => check(value[name]));

const shaped =
  (shape: RegExp): Check =>
  (value) =>
    typeof value === "string" && shape.test(value);

const id = shaped(ELEMENT_ID_SHAPE);
const colour: Check = (value) => text(COLOUR_CHARACTERS_MAX)(value) && shaped(COLOUR_SHAPE)(value);
const point: Check = (value) => Array.isArray(value) && value.length === 2 && value.every(length);
const points = list(point, POINTS_MAX, 1);
const arrowhead = one(
  ...[null, "arrow", "bar", "dot", "circle", "circle_outline", "triangle", "triangle_outline"],
  ...["diamond", "diamond_outline", "crowfoot_one", "crowfoot_many", "crowfoot_one_or_many"],
);
const binding = orNull(
  parts({ elementId: id, focus: number, gap: number, fixedPoint: optional(orNull(point)) }),
);

const EVERY: Record<string, Check> = {
  id,
  x: number,
  y: number,
  width: length,
  height: length,
  angle: number,
  strokeColor: colour,
  backgroundColor: colour,
  fillStyle: one("hachure", "cross-hatch", "solid", "zigzag"),
  strokeWidth: within(0, 100),
  strokeStyle: one("solid", "dashed", "dotted"),
  roundness: orNull(parts({ type: one(1, 2, 3), value: optional(number) })),
  roughness: within(0, 10),
  opacity: within(0, 100),
  seed: within(0, SEED_MAX, true),
  index: shaped(ORDER_KEY_SHAPE),
  isDeleted: flag,
  groupIds: list(id, GROUPS_MAX),
  frameId: orNull(id),
  boundElements: orNull(list(parts({ id, type: one("arrow", "text") }), BOUND_MAX)),
  link: orNull((value) => typeof value === "string" && /^(\?element=|#)[\w-]{1,64}$/.test(value)),
  locked: flag,
};

const LINE: Record<string, Check> = {
  points,
  lastCommittedPoint: orNull(point),
  startBinding: binding,
  endBinding: binding,
  startArrowhead: arrowhead,
  endArrowhead: arrowhead,
};

const NAMED: Record<string, Check> = { name: orNull(text(NAME_CHARACTERS_MAX)) };

const OWN: Record<Element["type"], Record<string, Check>> = {
  rectangle: {},
  diamond: {},
  ellipse: {},
  text: {
    fontSize: within(Number.MIN_VALUE, 1_000),
    fontFamily: within(1, 100, true),
    text: text(TEXT_CHARACTERS_MAX),
    textAlign: one("left", "center", "right"),
    verticalAlign: one("top", "middle", "bottom"),
    containerId: orNull(id),
    originalText: text(TEXT_CHARACTERS_MAX),
    autoResize: flag,
    lineHeight: within(Number.MIN_VALUE, 10),
  },
  line: LINE,
  arrow: {
    ...LINE,
    elbowed: flag,
    fixedSegments: optional(
      orNull(
        list(parts({ start: point, end: point, index: within(0, POINTS_MAX, true) }), BOUND_MAX),
      ),
    ),
    startIsSpecial: optional(orNull(flag)),
    endIsSpecial: optional(orNull(flag)),
  },
  freedraw: {
    points,
    pressures: list(number, POINTS_MAX),
    simulatePressure: flag,
    lastCommittedPoint: orNull(point),
  },
  image: {
    fileId: orNull((value) => typeof value === "string"),
    status: one("pending", "saved", "error"),
    scale: point,
    crop: orNull(
      parts({
        x: number,
        y: number,
        width: within(Number.MIN_VALUE, COORDINATE_MAX),
        height: within(Number.MIN_VALUE, COORDINATE_MAX),
        naturalWidth: within(Number.MIN_VALUE, COORDINATE_MAX),
        naturalHeight: within(Number.MIN_VALUE, COORDINATE_MAX),
      }),
    ),
  },
  frame: NAMED,
  magicframe: NAMED,
  embeddable: {},
  iframe: {},
};

export function isKnownType(type: unknown): type is Element["type"] {
  return typeof type === "string" && Object.hasOwn(OWN, type);
}

export function isRaw(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The element with the fields that the server knows, or why it would refuse it. */
export function strictElement(raw: Raw): Element | Unfit {
  const { type } = raw;
  if (!isKnownType(type)) {
    return "unknown";
  }
  if (isTooLong(raw)) {
    return "tooLong";
  }
  if (isOutOfReach(raw)) {
    return "outOfReach";
  }
  const checks = { ...EVERY, ...OWN[type] };
  const taken: Record<string, unknown> = { type };
  for (const [name, check] of Object.entries(checks)) {
    if (!check(raw[name])) {
      return "broken";
    }
    if (raw[name] !== undefined) {
      taken[name] = raw[name];
    }
  }
  if (isRaw(raw.customData)) {
    taken.customData = raw.customData;
  }
  const element = fitStroke(taken as unknown as Element);
  if (!isConsistent(element)) {
    return "broken";
  }
  if (isHatchedTooFar(element)) {
    return "hatched";
  }
  return sizeOf(element) > COMMAND_BYTES_MAX ? "tooLong" : element;
}

/** Whether what other programs noted about an element may lie on a board: little, and no way to another site. */
export function isOwnData(data: unknown, type: unknown): boolean {
  const showsPages = type === "embeddable" || type === "iframe";
  return (
    isRaw(data) &&
    isPlain(data, 1) &&
    valuesOf(data) <= CUSTOM_VALUES_MAX &&
    packedSize(data) <= CUSTOM_BYTES_MAX &&
    !(showsPages && "generationData" in data)
  );
}

function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === "string") {
    return isStorable(value) && !FOREIGN_ADDRESS.test(value);
  }
  if (typeof value !== "object" || value === null) {
    return true;
  }
  return (
    depth <= CUSTOM_DEPTH_MAX &&
    !Object.hasOwn(value, "__proto__") &&
    Object.entries(value).every(([key, inner]) => isPlain(key, depth) && isPlain(inner, depth + 1))
  );
}

/** How many values there are in one, itself and the keys of its objects included. */
function valuesOf(value: unknown): number {
  if (typeof value !== "object" || value === null) {
    return 1;
  }
  const inner: readonly unknown[] = Array.isArray(value) ? value : Object.entries(value).flat();
  return inner.reduce<number>((sum, one) => sum + valuesOf(one), 1);
}

function isTooLong(raw: Raw): boolean {
  const { points, text, originalText } = raw;
  const isLong = (value: unknown): boolean =>
    typeof value === "string" && [...value].length > TEXT_CHARACTERS_MAX;
  return (
    (Array.isArray(points) && points.length > POINTS_MAX) || isLong(text) || isLong(originalText)
  );
}

function isConsistent(element: Element): boolean {
  if (boundTo(element).includes(element.id) || element.frameId === element.id) {
    return false;
  }
  const bound = (element.boundElements ?? []).map((one) => one.id);
  if (new Set(bound).size < bound.length) {
    return false;
  }
  switch (element.type) {
    case "freedraw": {
      const { pressures, points } = element;
      return pressures.length === 0 || pressures.length === points.length;
    }
    case "arrow":
      return (element.fixedSegments ?? []).every(({ index }) => index < element.points.length);
    default:
      return true;
  }
}

/** What UTF-8 and every database can hold. */
function isStorable(value: string): boolean {
  return !value.includes("\0") && !HALF_CHARACTER.test(value);
}
