/** Waits for the event that one's own command makes: some of what it holds, as a new person's id, is not in the ack. */

import type { Event } from "../protocol/generated";
import { noAnswer } from "./failure";

/** Ack and event leave the server together. */
const TIMEOUT_MS = 10_000;

export class OwnEvents {
  readonly #waiting = new Map<string, (event: Event) => void>();

  /** The event with this nonce, when it comes. */
  next(nonce: string): Promise<Event> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(nonce);
        reject(noAnswer());
      }, TIMEOUT_MS);
      this.#waiting.set(nonce, (event) => {
        clearTimeout(timer);
        this.#waiting.delete(nonce);
        resolve(event);
      });
    });
  }

  take(event: Event): void {
    if (event.nonce !== null) {
      this.#waiting.get(event.nonce)?.(event);
    }
  }
}
