/** Which messages are on the screen. Few are measured: a list may have thousands. */

/** A message counts as seen when this much of its last line shows. */
const SEEN_PX = 4;

/** The row that is the first one in sight: what is being read, and must not move. */
export function firstRowInSight(box: HTMLElement): HTMLElement | null {
  const top = box.getBoundingClientRect().top;
  const isInSight = (element: HTMLElement) => element.getBoundingClientRect().bottom > top;
  const group = groupsOf(box)[firstWhere(groupsOf(box), isInSight)];
  const rows = group === undefined ? [] : rowsOf(group);
  return rows[firstWhere(rows, isInSight)] ?? null;
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
  const groups = groupsOf(box);
  const at = Math.min(firstWhere(groups, isBelow), groups.length - 1);
  // The group that is cut by the edge, or, when none of its rows is whole, the one above it.
  for (const group of [groups[at], groups[at - 1]]) {
    const rows = group === undefined ? [] : rowsOf(group);
    const seen = rows.findLast((row) => row.dataset.seq !== undefined && !isBelow(row));
    if (seen !== undefined) {
      return Number(seen.dataset.seq);
    }
  }
  return null;
}

export function rowOf(box: HTMLElement, message: number | string): HTMLElement | null {
  return box.querySelector<HTMLElement>(`article[data-seq="${message}"]`);
}

/** The browser keeps this list at hand: nothing is searched when it is asked for again. */
function groupsOf(box: HTMLElement): ArrayLike<HTMLElement> {
  return box.getElementsByClassName("group") as HTMLCollectionOf<HTMLElement>;
}

function rowsOf(group: HTMLElement): HTMLElement[] {
  return [...group.querySelectorAll<HTMLElement>("article")];
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
