/**
 * A call that goes along when its page is led to another room, as into a group's and back: from the first word of it
 * until one joins the call there. Microphone and camera stay open meanwhile, so that the browser does not ask again.
 */

import type { FailureCode } from "../connection/failure";
import { COME_BACK_MS } from "./participation";

/** A group's room is closed to one a moment before the page has heard where to go. */
export const KEPT_MS = 3_000;

/**
 * Who asks everybody back from a group's call begins the class's a moment after the first ones are there. On a slow laptop,
 * or when the server stands still, that moment is several seconds, and who has given up by then is out of the call for good.
 */
export const AWAITED_MS = 15_000;

/** Reasons for which one is out of the call of a room that one is led away from. */
const LED_AWAY: readonly FailureCode[] = ["room_closed", "other_group"];

/** kept: out of a call, and perhaps led on. going: not in the other room yet. waiting: there, and its call is not on. */
type Stage =
  | { name: "none" | "kept" }
  | { name: "going"; room: string; begins: boolean }
  | { name: "waiting"; room: string };

const NONE: Stage = { name: "none" };

export interface GoingAlongOptions {
  /** Whether a call is known to be on in a room. */
  isOn(room: string): boolean;
  mayJoin(room: string): boolean;
  join(room: string): void;
  /** One was led nowhere, or to where there is no call. */
  giveUp(): void;
}

export class GoingAlong {
  readonly #options: GoingAlongOptions;
  #stage: Stage = NONE;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: GoingAlongOptions) {
    this.#options = options;
  }

  /** The room to whose call one is going. */
  get room(): string | null {
    return "room" in this.#stage ? this.#stage.room : null;
  }

  /** Out of a call, with devices that are open still. */
  get isKept(): boolean {
    return this.#stage.name === "kept";
  }

  /** One was put out of a call. Answers whether one may be led on, so that devices are kept for a moment. */
  keepFor(code: FailureCode | null): boolean {
    const isLed = code !== null && LED_AWAY.includes(code);
    if (isLed) {
      this.#enter({ name: "kept" }, KEPT_MS);
    } else {
      this.end();
    }
    return isLed;
  }

  /** To another room. `begins`: whether one begins its call if none is on. */
  setOut(room: string, begins: boolean): void {
    this.#enter({ name: "going", room, begins }, COME_BACK_MS);
  }

  /** A room was joined, now or again: if it is the one, join its call, or wait until it is on, but not for long. */
  arrive(room: string): void {
    if (this.room !== room) {
      return;
    }
    const { isOn, mayJoin, join, giveUp } = this.#options;
    const begins = this.#stage.name === "going" && this.#stage.begins;
    if (begins || (isOn(room) && mayJoin(room))) {
      this.end();
      join(room);
    } else if (!mayJoin(room)) {
      this.end();
      giveUp(); // nobody else begins it either
    } else if (this.#stage.name === "going") {
      this.#enter({ name: "waiting", room }, AWAITED_MS);
    }
  }

  /** Something is new in the calls that one knows of. */
  look(): void {
    if (this.#stage.name === "waiting" && this.#options.isOn(this.#stage.room)) {
      this.arrive(this.#stage.room);
    }
  }

  /** One is where one wanted to be, or does not want to any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#stage = NONE;
  }

  #enter(stage: Stage, milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#stage = stage;
    this.#timer = setTimeout(() => {
      this.#stage = NONE;
      this.#options.giveUp();
    }, milliseconds);
  }
}
