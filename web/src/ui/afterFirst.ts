/** Does something a while after it was first asked for: what asks meanwhile is done with it, and does not put it off. */
export class AfterFirst {
  readonly #delayMs: number;
  readonly #work: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(delayMs: number, work: () => void) {
    this.#delayMs = delayMs;
    this.#work = work;
  }

  request(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#work();
    }, this.#delayMs);
  }

  /** What waits is not done. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
