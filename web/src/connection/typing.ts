/** Tells the room that one is typing: not more often than needed, and that one has stopped. */

/** Typing marks are repeated this often; readers drop them when they are not. */
export const REPEAT_MS = 2_000;

/** Without a key pressed for so long one is thinking, not typing. */
const PAUSE_MS = 4_000;

export class TypingMark {
  readonly #signal: (typing: boolean) => void;
  #sentAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOn = false;

  constructor(signal: (typing: boolean) => void) {
    this.#signal = signal;
  }

  /** A key was pressed, `now` in milliseconds. */
  typed(now: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.stop(), PAUSE_MS);
    if (now - this.#sentAt >= REPEAT_MS) {
      this.#sentAt = now;
      this.#isOn = true;
      this.#signal(true);
    }
  }

  /** The message was sent, or the box emptied, or left. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#sentAt = Number.NEGATIVE_INFINITY;
    if (this.#isOn) {
      this.#isOn = false;
      this.#signal(false);
    }
  }
}
