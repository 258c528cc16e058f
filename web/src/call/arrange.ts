/** How big the tiles of a call can be, and where the classes stand, so that all of it fits. Pure: sizes in CSS pixels. */

export interface TileGroup {
  tiles: number;
  /** People without a picture, who stand as short words below the tiles. */
  chips: number;
}

export interface Measures {
  /** Above the tiles of a group: the name of the class. */
  heading: number;
  /** Around the tiles of a group, on each side. */
  padding: number;
  gap: number;
}

export interface Arrangement {
  tileWidth: number;
  /** The numbers of the groups that stand side by side, row by row. */
  rows: number[][];
  /** How many tiles stand side by side, per group. */
  columns: number[];
}

export const GROUP_MEASURES: Measures = { heading: 28, padding: 8, gap: 8 };

/** Tiles alone, without a class around them. */
export const BARE_MEASURES: Measures = { heading: 0, padding: 0, gap: 8 };

/** Width to height of a tile: that of cameras. */
export const TILE_RATIO = 16 / 9;

/** Smaller, nobody is recognised: then the area scrolls. */
export const TILE_WIDTH_MIN = 132;

/** Larger, a face is closer than in the classroom. */
const TILE_WIDTH_MAX = 960;

const STEP = 4;

const CHIP_WIDTH = 150;
const CHIP_HEIGHT = 40;

/** The arrangement with the largest tiles that fits `width` and `height`; of the smallest when none does. */
export function arrange(
  groups: readonly TileGroup[],
  width: number,
  height: number,
  measures: Measures = GROUP_MEASURES,
): Arrangement {
  const largest = Math.min(TILE_WIDTH_MAX, Math.floor(width - 2 * measures.padding));
  for (let tileWidth = largest; tileWidth >= TILE_WIDTH_MIN; tileWidth -= STEP) {
    for (let rowCount = 1; rowCount <= groups.length; rowCount += 1) {
      const tried = inRows(groups, rowCount, tileWidth, width, measures);
      if (tried !== null && tried.height <= height) {
        return tried.arrangement;
      }
    }
  }
  return smallest(groups, width, measures);
}

/** Nothing fits: as few rows as the width allows, and the area scrolls. */
function smallest(groups: readonly TileGroup[], width: number, measures: Measures): Arrangement {
  const tileWidth = Math.max(1, Math.min(TILE_WIDTH_MIN, Math.floor(width - 2 * measures.padding)));
  for (let rowCount = 1; rowCount < groups.length; rowCount += 1) {
    const tried = inRows(groups, rowCount, tileWidth, width, measures);
    if (tried !== null) {
      return tried.arrangement;
    }
  }
  const fitting = columnsIn(width, tileWidth, measures);
  return {
    tileWidth,
    rows: groups.map((_, number) => [number]),
    columns: groups.map(({ tiles }) => Math.max(1, Math.min(tiles, fitting))),
  };
}

function columnsIn(width: number, tileWidth: number, { padding, gap }: Measures): number {
  return Math.floor((width - 2 * padding + gap) / (tileWidth + gap));
}

interface Tried {
  arrangement: Arrangement;
  height: number;
}

/** With the groups in this many rows and tiles of this width: null when a row is too wide. */
function inRows(
  groups: readonly TileGroup[],
  rowCount: number,
  tileWidth: number,
  width: number,
  measures: Measures,
): Tried | null {
  const perRow = Math.ceil(groups.length / rowCount);
  const rows: number[][] = [];
  const columns: number[] = [];
  let height = 0;
  for (let first = 0; first < groups.length; first += perRow) {
    const row = groups.slice(first, first + perRow);
    const taken = shareColumns(row, tileWidth, width, measures);
    if (taken === null) {
      return null;
    }
    height += rowHeight(row, taken, tileWidth, measures) + (first > 0 ? measures.gap : 0);
    rows.push(row.map((_, number) => first + number));
    columns.push(...taken);
  }
  return { arrangement: { tileWidth, rows, columns }, height };
}

/** Columns for each group of a row: one each, then wherever they make the row lower. */
function shareColumns(
  row: readonly TileGroup[],
  tileWidth: number,
  width: number,
  { padding, gap }: Measures,
): number[] | null {
  const around = row.length * 2 * padding + (row.length - 1) * gap;
  const columns = row.map(() => 1);
  // Each further column brings a gap of its own; the first of a group does not.
  let left = width - around - row.length * tileWidth;
  if (left < 0) {
    return null;
  }
  const lowest = row.map((group) => groupHeight(group, Number.MAX_SAFE_INTEGER, tileWidth, gap));
  while (left >= tileWidth + gap) {
    const heights = row.map((group, at) => groupHeight(group, columns[at] ?? 1, tileWidth, gap));
    const number = heights.indexOf(Math.max(...heights));
    if (heights[number] === lowest[number]) {
      break;
    }
    columns[number] = (columns[number] ?? 1) + 1;
    left -= tileWidth + gap;
  }
  return columns;
}

/** Of what stands below the name of a class. */
function groupHeight(
  { tiles, chips }: TileGroup,
  columns: number,
  tileWidth: number,
  gap: number,
): number {
  const lines = Math.ceil(tiles / columns);
  const inner = columns * tileWidth + (columns - 1) * gap;
  const chipLines = Math.ceil(chips / Math.max(1, Math.floor(inner / CHIP_WIDTH)));
  const gaps = Math.max(0, lines - 1 + (lines > 0 && chipLines > 0 ? 1 : 0)) * gap;
  return lines * Math.ceil(tileWidth / TILE_RATIO) + chipLines * CHIP_HEIGHT + gaps;
}

function rowHeight(
  row: readonly TileGroup[],
  columns: readonly number[],
  tileWidth: number,
  { heading, padding, gap }: Measures,
): number {
  const heights = row.map((group, at) => groupHeight(group, columns[at] ?? 1, tileWidth, gap));
  return heading + 2 * padding + Math.max(0, ...heights);
}
