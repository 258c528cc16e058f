/** Sends what waits, one command at a time, and the same again until its answer comes. */

import { delayBefore } from "../connection/backoff";
import { asCommandFailed, type CommandFailed } from "../connection/failure";
import type { BoardAnswered, ErrorCode } from "../protocol/generated";
import type { SentCommand } from "./pendingStore";

export interface ChangeSenderOptions {
  /** The command to send, the same until it is answered; null: none. */
  nextCommand(): SentCommand | null;
  send(command: SentCommand): Promise<BoardAnswered>;
  onAnswered(nonce: string, answer: BoardAnswered): void;
  /** Refused for good. */
  onRefused(nonce: string, code: ErrorCode): void;
  /** The server does not have one on this board (any more). */
  onNotJoined(): void;
}

export class ChangeSender {
  readonly #options: ChangeSenderOptions;
  #isOpen = false;
  /** Counts connections, so that what a former one still says is ignored. */
  #turn = 0;
  /** The command that waits for its answer, or for its next try. */
  #underWay: string | null = null;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ChangeSenderOptions) {
    this.#options = options;
  }

  /** The board can be reached. */
  resume(): void {
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.#failures = 0;
      this.next();
    }
  }

  /** It cannot any more: what is under way gets no answer, and is sent again. */
  pause(): void {
    this.#isOpen = false;
    this.#turn += 1;
    this.#underWay = null;
    clearTimeout(this.#timer);
  }

  /** Send the next command, if none is under way. */
  next(): void {
    if (!this.#isOpen) {
      return;
    }
    const command = this.#options.nextCommand();
    if (command !== null && command.nonce !== this.#underWay) {
      this.#underWay = command.nonce;
      void this.#send(command, this.#turn);
    }
  }

  async #send(command: SentCommand, turn: number): Promise<void> {
    try {
      const answer = await this.#options.send(command);
      if (turn === this.#turn) {
        this.#underWay = null;
        this.#failures = 0;
        this.#options.onAnswered(command.nonce, answer);
      }
    } catch (error) {
      if (turn === this.#turn) {
        this.#onFailure(command, asCommandFailed(error));
      }
    }
  }

  #onFailure(command: SentCommand, { code, retry }: CommandFailed): void {
    if (code === "not_joined") {
      this.#options.onNotJoined();
    }
    if (retry || code === "no_answer" || code === "not_joined") {
      const turn = this.#turn;
      this.#timer = setTimeout(() => void this.#send(command, turn), delayBefore(this.#failures));
      this.#failures += 1;
      return;
    }
    this.#underWay = null;
    this.#options.onRefused(command.nonce, code === "unknown" ? "internal" : code);
  }
}
