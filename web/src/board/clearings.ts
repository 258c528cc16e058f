/** How long clearings can still be undone, by this device's clock. */

/** Twin of UNDO_CLEAR_MS in rooms/board/decide.py: ten minutes. */
export const UNDO_CLEAR_MS = 600_000;

/**
 * Clocks differ, so that a clearing's time begins when this device first hears of it. After a reload that may be later
 * than the server's: it then says that it is too late.
 */
export class Clearings {
  readonly #onExpired: () => void;
  readonly #until = new Map<number, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(onExpired: () => void) {
    this.#onExpired = onExpired;
  }

  /** Those that can be undone, by their seq, as the server tells them at `now`. */
  note(undoable: readonly number[], now: number): void {
    for (const clear of this.#until.keys()) {
      if (!undoable.includes(clear)) {
        this.#until.delete(clear);
      }
    }
    for (const clear of undoable) {
      if (!this.#until.has(clear)) {
        this.#until.set(clear, now + UNDO_CLEAR_MS);
      }
    }
    this.#wait(now);
  }

  /** The newest last. */
  at(now: number): { clear: number; until: number }[] {
    return [...this.#until]
      .filter(([, until]) => until > now)
      .map(([clear, until]) => ({ clear, until }))
      .sort((a, b) => a.clear - b.clear);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #wait(now: number): void {
    clearTimeout(this.#timer);
    const next = this.at(now)[0];
    if (next !== undefined) {
      this.#timer = setTimeout(() => {
        this.#onExpired();
        this.#wait(Date.now());
      }, next.until - now);
    }
  }
}
