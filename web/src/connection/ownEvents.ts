/** Waits for the event that one's own command makes: some of what it holds, as a new person's id, is not in the ack. */

import type { Event } from "../protocol/generated";
import { noAnswer } from "./failure";

/** From the ack on: both leave the server together. */
const TIMEOUT_MS = 10_000;

export class OwnEvents {
  readonly #waiting = new Map<string, (event: Event) => void>();

  /** Gives the command with this nonce, and answers the event that it makes: it may come before the ack. */
  async of(nonce: string, command: () => Promise<unknown>): Promise<Event> {
    const event = new Promise<Event>((resolve) => this.#waiting.set(nonce, resolve));
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      await command(); // which has a time limit of its own
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(noAnswer()), TIMEOUT_MS);
      });
      return await Promise.race([event, late]);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(nonce);
    }
  }

  take(event: Event): void {
    if (event.nonce !== null) {
      this.#waiting.get(event.nonce)?.(event);
    }
  }
}
