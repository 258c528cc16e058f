/** Joining a call, and coming back to it as the same participant after the connection to the server was lost. */

import { delayBefore } from "../connection/backoff";
import { asCommandFailed, type FailureCode } from "../connection/failure";
import type { CallJoined, ParticipantKind } from "../protocol/generated";
import type { Request } from "./ports";

/** How long one tries to come back: a server that has restarted, and a teacher who comes back after the pupils. */
export const COME_BACK_MS = 60_000;

/** Out of it again so soon after joining: not at once another time. */
const STABLE_MS = 10_000;

/** The call is where the server is taking us: joined from there. */
const ON_ITS_WAY: FailureCode = "call_on_other_server";

/** Refusals that may be over in a moment although the command as such would not be repeated. */
const PASSING: readonly FailureCode[] = ["no_teacher_present", "not_joined", "call_elsewhere"];

export interface ParticipationOptions {
  request: Request;
  now(): number;
  onJoined(joined: CallJoined): void;
  /** Not back at the first try; one tries again. */
  onDelayed(): void;
  /** Back is not possible. */
  onRefused(code: FailureCode): void;
}

export class Participation {
  readonly #options: ParticipationOptions;
  #room: string | null = null;
  #kind: ParticipantKind = "person";
  #resume: string | null = null;
  /** Counts tries, so that the answer to an abandoned one is ignored. */
  #turn = 0;
  #joinedAt = Number.NEGATIVE_INFINITY;
  #isOnItsWay = false;
  /** How often in a row one was out again soon after joining. */
  #relapses = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ParticipationOptions) {
    this.#options = options;
  }

  /** The room of the call one is in, joins, or wants back to. */
  get room(): string | null {
    return this.#room;
  }

  /** Whether one has not joined yet and goes on trying, over the next connection, too. */
  get isOnItsWay(): boolean {
    return this.#isOnItsWay;
  }

  /** Throws `CommandFailed`. Resolves to false when it was ended meanwhile. */
  async join(room: string, kind: ParticipantKind): Promise<boolean> {
    this.end();
    this.#room = room;
    this.#kind = kind;
    const turn = this.#turn;
    const since = this.#options.now();
    try {
      const joined = await this.#ask(room);
      return this.#take(joined, turn);
    } catch (error) {
      if (turn === this.#turn && asCommandFailed(error).code === ON_ITS_WAY) {
        this.#isOnItsWay = true;
        this.#onFailure(error, turn, since, 0);
        return false;
      }
      if (turn === this.#turn) {
        this.end();
      }
      throw error;
    }
  }

  /** Join a call to which one is led: nobody is there to ask again, so what may be over in a moment is waited for. */
  joinPatiently(room: string, kind: ParticipantKind): void {
    this.end();
    this.#room = room;
    this.#kind = kind;
    this.#isOnItsWay = true;
    void this.#comeBack(this.#turn, this.#options.now(), 0);
  }

  /** Take part again: over a new connection, or because the server does not know one any more. */
  comeBack(): void {
    this.suspend();
    const now = this.#options.now();
    this.#relapses = now - this.#joinedAt < STABLE_MS ? this.#relapses + 1 : 0;
    const again = (turn: number): void => void this.#comeBack(turn, now, 0);
    if (this.#relapses <= 1) {
      again(this.#turn);
    } else {
      this.#timer = setTimeout(again, delayBefore(this.#relapses - 2), this.#turn);
    }
  }

  /** The connection is gone: what was asked over it is not answered any more. */
  suspend(): void {
    clearTimeout(this.#timer);
    this.#turn += 1;
  }

  /** Out, for whatever reason. */
  end(): void {
    this.suspend();
    this.#room = null;
    this.#resume = null;
    this.#isOnItsWay = false;
  }

  async #comeBack(turn: number, since: number, attempt: number): Promise<void> {
    const room = this.#room;
    if (room === null) {
      return;
    }
    try {
      this.#take(await this.#ask(room), turn);
    } catch (error) {
      if (turn === this.#turn) {
        this.#onFailure(error, turn, since, attempt);
      }
    }
  }

  #onFailure(error: unknown, turn: number, since: number, attempt: number): void {
    const { code, retry } = asCommandFailed(error);
    const isOverdue = this.#options.now() - since > COME_BACK_MS;
    if (isOverdue || !(retry || PASSING.includes(code))) {
      this.end();
      this.#options.onRefused(code);
      return;
    }
    this.#options.onDelayed();
    const again = (): void => void this.#comeBack(turn, since, attempt + 1);
    this.#timer = setTimeout(again, delayBefore(attempt));
  }

  #ask(room: string): Promise<CallJoined> {
    const resume = this.#resume === null ? {} : { resume: this.#resume };
    return this.#options.request("call.join", { room, kind: this.#kind, ...resume });
  }

  #take(joined: CallJoined, turn: number): boolean {
    if (turn !== this.#turn) {
      return false;
    }
    this.#resume = joined.resume;
    this.#isOnItsWay = false;
    this.#joinedAt = this.#options.now();
    this.#options.onJoined(joined);
    return true;
  }
}
