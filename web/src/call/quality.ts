/** How well one's own connection does, from what W3C WebRTC statistics count. Pure. */

import type { Quality } from "../protocol/generated";

/** Sums over all tracks and both sessions since they began, and the newest of what is not a sum. */
export interface Counts {
  readonly received: number;
  readonly lost: number;
  /** Fraction (0 to 1) of one's own packets that did not arrive, as the other side reports; null: not yet. */
  readonly sentLoss: number | null;
  /** Seconds; null: not measured yet. */
  readonly roundTrip: number | null;
  readonly jitter: number | null;
  readonly freezes: number;
  readonly isConnected: boolean;
}

/** Thresholds: Opus with FEC and video with RTX stay good up to about 3 % loss; at 8 % pictures stand still. */
const FAIR = { loss: 0.03, roundTrip: 0.3, jitter: 0.06 };
const POOR = { loss: 0.08, roundTrip: 0.7, jitter: 0.15 };

/** Fewer packets say nothing about loss. */
const PACKETS_MIN = 20;

/** So many samples in a row (one every two seconds) change the mark: down soon, up only when it lasts. */
const WORSE_AFTER = 2;
const BETTER_AFTER = 3;

const RANK: Record<Quality, number> = { unknown: 0, good: 1, fair: 2, poor: 3 };

/** Only what one receives: to take less of the call does not help what one sends. */
export function reception(counts: Counts): Counts {
  return { ...counts, sentLoss: null };
}

/** What the time between two samples was like. */
export function judge(before: Counts, now: Counts): Quality {
  if (!now.isConnected) {
    return "poor";
  }
  const received = now.received - before.received;
  const lost = Math.max(0, now.lost - before.lost);
  const seen = received + lost;
  const loss = Math.max(seen >= PACKETS_MIN ? lost / seen : 0, now.sentLoss ?? 0);
  const roundTrip = now.roundTrip ?? 0;
  const jitter = now.jitter ?? 0;
  const isOver = (limit: typeof FAIR): boolean =>
    loss > limit.loss || roundTrip > limit.roundTrip || jitter > limit.jitter;
  if (isOver(POOR)) {
    return "poor";
  }
  return isOver(FAIR) || now.freezes > before.freezes ? "fair" : "good";
}

/** The mark that is shown: it changes when several samples in a row say the same direction. */
export class QualityMark {
  #last: Counts | null = null;
  #mark: Quality = "unknown";
  #candidate: Quality = "unknown";
  #times = 0;

  get mark(): Quality {
    return this.#mark;
  }

  sample(counts: Counts): Quality {
    const before = this.#last;
    this.#last = counts;
    if (before === null || counts.received < before.received) {
      return this.#mark; // the first one, or the sessions were made anew
    }
    const now = judge(before, counts);
    if (now === this.#mark) {
      this.#times = 0;
      return this.#mark;
    }
    const isSameWay = RANK[this.#candidate] > RANK[this.#mark] === RANK[now] > RANK[this.#mark];
    this.#times = isSameWay ? this.#times + 1 : 1;
    this.#candidate = now;
    const isFirst = this.#mark === "unknown";
    const needed = RANK[now] > RANK[this.#mark] ? WORSE_AFTER : BETTER_AFTER;
    if (isFirst || this.#times >= needed) {
      this.#mark = now;
      this.#times = 0;
    }
    return this.#mark;
  }
}
