/** Which messages are on the screen. Few are measured: a list may have thousands. */

/** A message counts as seen when this much of its last line shows. */
const SEEN_PX = 4;

/** The row that is the first one in sight: what is being read, and must not move. */
export function firstRowInSight(box: HTMLElement): HTMLElement | null {
  const top = box.getBoundingClientRect().top;
  const isInSight = (element: HTMLElement) => element.getBoundingClientRect().bottom > top;
  const group = firstWhere(groupsOf(box), isInSight);
  return group === null ? null : firstWhere(rowsOf(group), isInSight);
}

/** The newest message of the log of which the end is in sight: its id, or null. */
export function lastSeen(box: HTMLElement): number | null {
  if (box.clientHeight === 0 || box.closest("[inert]") !== null) {
    return null; // put away, or covered
  }
  const bottom = box.getBoundingClientRect().bottom + SEEN_PX;
  const isBelow = (element: HTMLElement) => element.getBoundingClientRect().bottom > bottom;
  const groups = groupsOf(box);
  const below = firstWhere(groups, isBelow);
  const at = below === null ? groups.length - 1 : groups.indexOf(below);
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

function groupsOf(box: HTMLElement): HTMLElement[] {
  return [...box.querySelectorAll<HTMLElement>(".group")];
}

function rowsOf(group: HTMLElement): HTMLElement[] {
  return [...group.querySelectorAll<HTMLElement>("article")];
}

/** The first for which `holds`, of elements for which it holds from some one on. */
function firstWhere<E>(elements: readonly E[], holds: (element: E) => boolean): E | null {
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
  return elements[low] ?? null;
}
