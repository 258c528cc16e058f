/** Does something at once, and then not again before its time; what was asked for meanwhile is done once, then. */
export class Throttle {
  readonly #intervalMs: number;
  readonly #work: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isWanted = false;

  constructor(intervalMs: number, work: () => void) {
    this.#intervalMs = intervalMs;
    this.#work = work;
  }

  request(): void {
    if (this.#timer === undefined) {
      this.#run();
    } else {
      this.#isWanted = true;
    }
  }

  /** What waits is not done. */
  cancel(): void {
    this.#isWanted = false;
  }

  #run(): void {
    this.#isWanted = false;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#isWanted) {
        this.#run();
      }
    }, this.#intervalMs);
    this.#work();
  }
}
