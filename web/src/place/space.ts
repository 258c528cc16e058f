/** How much of a classroom has space in a window, and where its parts stand. Pure: lengths are CSS pixels. */

import { type Arrangement, type Part, sizeOf } from "./arrangement";

/**
 * `phone`: one part at a time, the bar of the parts below it. `stacked`: a tablet upright, the small part stands below
 * the large one. `beside`: small parts stand in a column beside the large one.
 */
export type Mode = "phone" | "stacked" | "beside";

export interface Space {
  mode: Mode;
  /** How many small parts have a place. */
  capacity: number;
  /** The list of rooms has a column of its own. */
  hasRooms: boolean;
  /** The people have a column of their own, apart from the other small parts. */
  hasWing: boolean;
}

export interface WindowSize {
  width: number;
  height: number;
  /** Of letters to the usual 16 pixels: whoever reads twice as large letters has half the space. */
  scale: number;
}

/** From here on a small part stands beside a large one: 240 px of messages and 660 px of what goes on. */
const BESIDE_FROM = 900;
/** A phone on its side has space for it too, since there is none above and below. */
const SIDEWAYS_FROM = 600;
/** A tablet upright. */
const STACKED_FROM = 700;
/** The rooms, the messages and the people side by side. */
const ROOMS_FROM = 1080;
/** A board with the call and the messages at one side, and the people at its other. */
const WING_FROM = 1560;

/** Of the head of a room with the teachers' switches. */
const HEAD_HEIGHT = 120;
/** Lower, a small part shows no two messages and the box to write in. */
const SMALL_HEIGHT_MIN = 240;
const COLUMN_MAX = 3;

/** `isStaged`: a call or a board is there, which needs all the width. */
export function spaceOf({ width, height, scale }: WindowSize, isStaged: boolean): Space {
  const [across, down] = [width / scale, height / scale];
  const isLandscape = width > height;
  if (across >= BESIDE_FROM || (isLandscape && across >= SIDEWAYS_FROM)) {
    const hasWing = isStaged && across >= WING_FROM;
    const inColumn = Math.floor((down - HEAD_HEIGHT) / SMALL_HEIGHT_MIN);
    const column = Math.max(1, Math.min(COLUMN_MAX, inColumn));
    const hasRooms = !isStaged && across >= ROOMS_FROM;
    return { mode: "beside", capacity: column + (hasWing ? 1 : 0), hasRooms, hasWing };
  }
  const mode = across >= STACKED_FROM ? "stacked" : "phone";
  return {
    mode,
    capacity: isStaged && mode === "stacked" ? 1 : 0,
    hasRooms: false,
    hasWing: false,
  };
}

export interface Grid {
  columns: string;
  rows: string;
  /** How wide is what stands beside the large part, with the gap between; null: nothing does. */
  aside: string | null;
  /** The place of each part that is shown: `grid-column` and `grid-row`. */
  places: Partial<Record<Part, readonly [column: string, row: string]>>;
}

/** The small parts from above to below. */
const COLUMN_ORDER: readonly Part[] = ["call", "board", "chat", "people"];

/** How the height of a column is shared: messages need the most of it. */
const SHARES: Record<Part, string> = { call: "9fr", board: "8fr", chat: "10fr", people: "9fr" };

const LARGE = "minmax(0, 1fr)";
const SIDE = "var(--side)";
const PEOPLE_SIDE = "var(--side-people)";
const GAP = "var(--space-3)";

/** The grid of the parts that are shown, `arrangement` being what fits. */
export function gridOf(
  arrangement: Arrangement,
  { mode, hasWing }: Space,
  isCalling: boolean,
): Grid {
  if (mode === "phone") {
    return onePart(arrangement, isCalling);
  }
  const small = COLUMN_ORDER.filter((part) => sizeOf(arrangement, part) === "small");
  const inWing = hasWing && small.length > 1 && small.includes("people");
  const column = inWing ? small.filter((part) => part !== "people") : small;
  // Whoever has put the call away keeps its buttons, in a row of their own below all.
  const footer = isCalling && sizeOf(arrangement, "call") === "away" ? " auto" : "";
  const bar: Grid["places"] = footer === "" ? {} : { call: ["1 / -1", "-2"] };
  if (mode === "stacked") {
    const rows = [`${LARGE.replace("1fr", "11fr")}`, ...column.map((part) => row(part))].join(" ");
    const below = column.map((part, number) => [part, ["1", `${number + 2}`]] as const);
    const places = { ...bar, [arrangement.large]: ["1", "1"], ...Object.fromEntries(below) };
    return { columns: LARGE, rows: `${rows}${footer}`, aside: null, places };
  }
  const rowCount = Math.max(1, column.length);
  const whole = `1 / ${rowCount + 1}`;
  const beside = column.map((part, number) => [part, ["2", `${number + 1}`]] as const);
  const side = column.length === 1 && column[0] === "people" ? PEOPLE_SIDE : SIDE;
  const besides = [...(column.length > 0 ? [side] : []), ...(inWing ? [PEOPLE_SIDE] : [])];
  return {
    columns: [LARGE, ...besides].join(" "),
    aside:
      besides.length > 0 ? `(${besides.map((width) => `${width} + ${GAP}`).join(" + ")})` : null,
    rows: `${column.length > 0 ? column.map(row).join(" ") : LARGE}${footer}`,
    places: {
      ...bar,
      [arrangement.large]: ["1", whole],
      ...Object.fromEntries(beside),
      ...(inWing ? { people: ["3", whole] } : {}),
    },
  };
}

function row(part: Part): string {
  return `minmax(0, ${SHARES[part]})`;
}

/** A phone: the large part, and the call one is in as a strip above it. */
function onePart({ large }: Arrangement, isCalling: boolean): Grid {
  const hasStrip = isCalling && large !== "call";
  return {
    columns: LARGE,
    rows: hasStrip ? `auto ${LARGE}` : LARGE,
    aside: null,
    places: hasStrip ? { call: ["1", "1"], [large]: ["1", "2"] } : { [large]: ["1", "1"] },
  };
}
