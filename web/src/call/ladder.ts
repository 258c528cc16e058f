/** The low-bandwidth ladder: full, one camera, audio only. Pure; time is passed in, in milliseconds. */

import type { Bandwidth, Quality } from "../protocol/generated";

const STEPS: readonly Bandwidth[] = ["full", "one-camera", "audio-only"];

/** A line that is poor for so long is poor, and not just somebody who opened a door. */
export const DOWN_AFTER_MS = 8_000;

/** A line that was good for so long may carry more. Doubled each time that this turns out wrong. */
export const UP_AFTER_MS = 30_000;
export const UP_AFTER_MAX_MS = 300_000;

/** Going down again so soon after going up: it was wrong. */
export const RELAPSE_MS = 30_000;

/** Climbs by itself while nobody chooses; a choice by hand stands until it is given back. */
export class Ladder {
  #choice: Bandwidth | "automatic" = "automatic";
  #step = 0;
  #poorSince: number | null = null;
  #goodSince: number | null = null;
  #wentUpAt = Number.NEGATIVE_INFINITY;
  #upAfter = UP_AFTER_MS;

  get bandwidth(): Bandwidth {
    return this.#choice === "automatic" ? this.#automatic : this.#choice;
  }

  get isAutomatic(): boolean {
    return this.#choice === "automatic";
  }

  choose(choice: Bandwidth | "automatic"): void {
    this.#choice = choice;
    this.#poorSince = null;
    this.#goodSince = null;
  }

  /** Take note of the connection's quality now. */
  observe(quality: Quality, now: number): void {
    this.#poorSince = quality === "poor" ? (this.#poorSince ?? now) : null;
    this.#goodSince = quality === "good" ? (this.#goodSince ?? now) : null;
    if (this.#choice !== "automatic") {
      return;
    }
    if (this.#poorSince !== null && now - this.#poorSince >= DOWN_AFTER_MS) {
      this.#goDown(now);
    } else if (this.#goodSince !== null && now - this.#goodSince >= this.#upAfter) {
      this.#goUp(now);
    }
  }

  #goDown(now: number): void {
    if (this.#step === STEPS.length - 1) {
      return;
    }
    this.#step += 1;
    this.#poorSince = now; // the next step wants its own time
    if (now - this.#wentUpAt < RELAPSE_MS) {
      this.#upAfter = Math.min(this.#upAfter * 2, UP_AFTER_MAX_MS);
    }
  }

  #goUp(now: number): void {
    if (this.#step === 0) {
      return;
    }
    this.#step -= 1;
    this.#goodSince = now;
    this.#wentUpAt = now;
  }

  get #automatic(): Bandwidth {
    return STEPS[this.#step] ?? "full";
  }
}
