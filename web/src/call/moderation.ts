/** What teachers do in a call, to one participant or to all. A method that is refused throws `CommandFailed`. */

import { makeNonce } from "../connection/nonce";
import type { Medium } from "../protocol/generated";
import type { Request } from "./ports";

export interface ModerationOptions {
  request: Request;
  /** The room of the call one is in; throws when one is in none. */
  room(): string;
  /** Teachers rule the call of the room they look at, in it or not. */
  openRoom(): string;
}

export class Moderation {
  readonly #options: ModerationOptions;

  constructor(options: ModerationOptions) {
    this.#options = options;
  }

  /** Switch off one medium of one pupil or visitor, until it is let go. */
  async hold(member: string, medium: Medium, held: boolean): Promise<void> {
    const { request, openRoom } = this.#options;
    await request("call.hold", { nonce: makeNonce(), room: openRoom(), member, medium, held });
  }

  /** The same for all but teachers. */
  async holdPupils(medium: Medium, held: boolean): Promise<void> {
    const { request, openRoom } = this.#options;
    await request("call.hold_pupils", { nonce: makeNonce(), room: openRoom(), medium, held });
  }

  /** Put a pupil or visitor out of the call, or let them in again. */
  async remove(member: string, removed: boolean): Promise<void> {
    const { request, openRoom } = this.#options;
    await request("call.remove", { nonce: makeNonce(), room: openRoom(), member, removed });
  }

  /** End the call one is in for everybody: they are told, and this page too. */
  async endForAll(): Promise<void> {
    const { request, room } = this.#options;
    await request("call.end", { nonce: makeNonce(), room: room() });
  }

  /** Ask somebody to switch a medium on. */
  async ask(participant: string, medium: Medium): Promise<void> {
    const { request, room } = this.#options;
    await request("call.ask", { room: room(), participant, medium });
  }

  async lowerHand(participant: string): Promise<void> {
    const { request, room } = this.#options;
    await request("call.hand", { room: room(), raised: false, participant });
  }

  /** Mute somebody once; they may unmute themselves. */
  async mute(participant: string, medium: Medium): Promise<void> {
    const { request, room } = this.#options;
    await request("call.mute", { room: room(), medium, muted: true, participant });
  }
}
