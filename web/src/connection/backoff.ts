/** How long to wait before the next try. */

/** The first wait: long enough for a restarting server, short enough to go unnoticed. */
export const FIRST_DELAY_MS = 1_000;

/** The longest wait: somebody who looks at the page should see it try. */
export const LONGEST_DELAY_MS = 30_000;

/**
 * The delay before try number `attempt` (from 0), in milliseconds.
 *
 * Doubles each time, and half of it is random: a whole class loses its connection in the same second and must not come
 * back in the same second.
 */
export function delayBefore(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
  return Math.round(full / 2 + (full / 2) * random());
}
