/** Tells the server how far one has read: the newest word only, and not more often than needed. */

import { asCommandFailed } from "./failure";

/** Others see "seen by" a moment later; a message a second is enough. */
export const REPORT_EVERY_MS = 1_000;

type Send = (room: string, message: number) => Promise<unknown>;

export class ReadReporter {
  readonly #send: Send;
  /** Per room: up to where the server was told. */
  readonly #told = new Map<string, number>();
  readonly #waiting = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOpen = false;

  constructor(send: Send) {
    this.#send = send;
  }

  read(room: string, message: number): void {
    const known = Math.max(this.#told.get(room) ?? 0, this.#waiting.get(room) ?? 0);
    if (message <= known) {
      return;
    }
    this.#waiting.set(room, message);
    this.#schedule();
  }

  /** The connection is there. */
  resume(): void {
    this.#isOpen = true;
    this.#schedule();
  }

  /** The connection is gone: what is read waits. */
  pause(): void {
    this.#isOpen = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    this.pause();
    this.#waiting.clear();
  }

  #schedule(): void {
    if (this.#isOpen && this.#timer === undefined && this.#waiting.size > 0) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#tell();
      }, REPORT_EVERY_MS);
    }
  }

  #tell(): void {
    const marks = [...this.#waiting];
    this.#waiting.clear();
    for (const [room, message] of marks) {
      this.#told.set(room, message);
      void this.#send(room, message).catch((error: unknown) => this.#onLost(room, message, error));
    }
  }

  /** Lost with the line it is told again; what was refused, only with the next message that is read. */
  #onLost(room: string, message: number, error: unknown): void {
    if (this.#told.get(room) !== message) {
      return; // one further on was told since
    }
    this.#told.delete(room);
    if (asCommandFailed(error).code === "no_answer") {
      this.#waiting.set(room, Math.max(message, this.#waiting.get(room) ?? 0));
      this.#schedule();
    }
  }
}
