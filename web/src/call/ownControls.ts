/**
 * Microphone, camera and screen of one's own, as buttons and keys switch them. What the server would refuse is refused
 * at once, before a light goes on.
 */

import { CommandFailed } from "../connection/failure";
import type { Medium } from "../protocol/generated";
import type { CallAction } from "../state/call";
import { ownMedium } from "../state/callSelectors";
import type { TwinSpaceState } from "../state/twinspace";
import { DeviceFailed } from "./devices";
import type { OwnMedia } from "./ownMedia";

export interface OwnControlsOptions {
  own: OwnMedia;
  state(): TwinSpaceState;
  dispatch(action: CallAction): void;
  /** Throws when one is in no call. */
  requireCall(): void;
}

export class OwnControls {
  readonly #options: OwnControlsOptions;

  constructor(options: OwnControlsOptions) {
    this.#options = options;
  }

  /** Opens the device when needed. Off: muted at once, for everybody. */
  async setMicrophone(on: boolean): Promise<void> {
    this.#options.dispatch({ type: "call-talking", talking: false });
    await this.#set("audio", on);
  }

  /** Off closes the device, so that its light goes out. */
  async setCamera(on: boolean): Promise<void> {
    await this.#set("video", on);
  }

  /** Must be called from a click: the browser asks which screen. Closing its dialog is no failure. */
  async startScreen(): Promise<void> {
    try {
      await this.#set("screen", true);
    } catch (error) {
      if (!(error instanceof DeviceFailed && error.code === "denied")) {
        throw error;
      }
    }
  }

  async stopScreen(): Promise<void> {
    await this.#set("screen", false);
  }

  /** While pressed the microphone is on; does nothing when it is on anyhow. */
  pushToTalk(pressed: boolean): void {
    const { own, state, dispatch } = this.#options;
    const { talking, phase } = state().call.mine;
    if (pressed === talking || (pressed && (own.isOn("audio") || phase !== "in"))) {
      return;
    }
    dispatch({ type: "call-talking", talking: pressed });
    this.#set("audio", pressed).catch(() => dispatch({ type: "call-talking", talking: false }));
  }

  /** What a teacher asked for was answered, or is turned down. */
  dismissAsked(medium: Medium): void {
    this.#options.dispatch({ type: "call-asked-over", medium });
  }

  async #set(medium: Medium, on: boolean): Promise<void> {
    const { own, requireCall } = this.#options;
    if (on) {
      requireCall();
      this.#requireRight(medium);
    }
    await own.set(medium, on);
    if (on) {
      this.dismissAsked(medium);
    }
  }

  /** Throws what the server would answer, as far as it is known. */
  #requireRight(medium: Medium): void {
    const own = ownMedium(this.#options.state(), medium);
    if (own.state === "held") {
      throw new CommandFailed("call_held", "A teacher has switched this off.", false);
    }
    if (own.state === "denied") {
      throw new CommandFailed(own.code, "This is not allowed here.", false);
    }
  }
}
