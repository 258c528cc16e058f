/** Where somebody was last, of the messages at which the pointer or the focus is: one of them at most shows its tools. */

export type Spot = symbol;

let spots: readonly Spot[] = [];
const listeners = new Set<() => void>();

/** The pointer or the focus is here now, or a key was pressed. */
export function comeTo(spot: Spot): void {
  if (spots.at(-1) !== spot) {
    change([...spots.filter((one) => one !== spot), spot]);
  }
}

/** Neither is here any more: whoever was last before is so again. */
export function goFrom(spot: Spot): void {
  if (spots.includes(spot)) {
    change(spots.filter((one) => one !== spot));
  }
}

export function isLast(spot: Spot): boolean {
  return spots.at(-1) === spot;
}

export function onSpots(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function change(next: readonly Spot[]): void {
  spots = next;
  for (const listener of [...listeners]) {
    listener();
  }
}
