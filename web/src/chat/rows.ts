/** Which messages are on the screen. Few are measured: a list may have thousands. */

/** A message counts as seen when this much of its last line shows. */
const SEEN_PX = 4;

/** The row that is the first one in sight: what is being read, and must not move. */
export function firstRowInSight(box: HTMLElement): HTMLElement | null {
  return firstRow(box, () => true);
}

/**
 * The first one in sight that the browser has laid out. A block that has just come into sight is still as high as was
 * guessed; when it gets its true height, what is below it moves.
 */
export function firstDrawnRow(box: HTMLElement): HTMLElement | null {
  return firstRow(box, isDrawn) ?? firstRowInSight(box);
}

function firstRow(box: HTMLElement, counts: (row: HTMLElement) => boolean): HTMLElement | null {
  const top = box.getBoundingClientRect().top;
  const isInSight = (element: HTMLElement) => element.getBoundingClientRect().bottom > top;
  const blocks = blocksOf(box);
  for (let at = firstWhere(blocks, isInSight); at < blocks.length; at++) {
    const rows = rowsOf(blocks[at]);
    const [first] = rows;
    const row =
      first !== undefined && counts(first) ? rows[firstWhere(rows, isInSight)] : undefined;
    if (row !== undefined) {
      return row; // else what is in sight of the block is below its last row
    }
  }
  return null;
}

/** Browsers that cannot tell are taken at their word. */
function isDrawn(row: HTMLElement): boolean {
  return row.checkVisibility?.({ contentVisibilityAuto: true }) ?? true;
}

/** The first message of the log that is in sight: its id, or null. */
export function firstSeen(box: HTMLElement): number | null {
  const seq = firstRowInSight(box)?.dataset.seq;
  return seq === undefined ? null : Number(seq);
}

/** The newest message of the log of which the end is in sight: its id, or null. */
export function lastSeen(box: HTMLElement): number | null {
  if (box.clientHeight === 0 || box.closest("[inert]") !== null) {
    return null; // put away, or covered
  }
  const bottom = box.getBoundingClientRect().bottom + SEEN_PX;
  const isBelow = (element: HTMLElement) => element.getBoundingClientRect().bottom > bottom;
  const blocks = blocksOf(box);
  const at = Math.min(firstWhere(blocks, isBelow), blocks.length - 1);
  // The block that is cut by the edge, or, when none of its rows is whole, the one above it.
  for (const block of [blocks[at], blocks[at - 1]]) {
    const rows = rowsOf(block);
    const seen = rows
      .slice(0, firstWhere(rows, isBelow))
      .findLast((row) => row.dataset.seq !== undefined);
    if (seen !== undefined) {
      return Number(seen.dataset.seq);
    }
  }
  return null;
}

export function rowOf(box: HTMLElement, message: number | string): HTMLElement | null {
  return box.querySelector<HTMLElement>(`article[data-seq="${message}"]`);
}

/** The browser keeps these lists at hand: nothing is searched when they are asked for again. */
function blocksOf(box: HTMLElement): ArrayLike<HTMLElement> {
  return box.getElementsByClassName("block") as HTMLCollectionOf<HTMLElement>;
}

function rowsOf(block: HTMLElement | undefined): HTMLElement[] {
  return block === undefined ? [] : [...block.getElementsByTagName("article")];
}

/** Where the first one stands for which `holds`, if it holds from some one on; after the last one if for none. */
function firstWhere<E>(elements: ArrayLike<E>, holds: (element: E) => boolean): number {
  let low = 0;
  let high = elements.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const element = elements[middle];
    if (element !== undefined && holds(element)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}
