/**
 * One's own microphone, camera and screen: switched on and off here, and said to the call. The last wish wins, however
 * long a device or an answer takes.
 */

import { asCommandFailed } from "../connection/failure";
import type { Medium, Participant } from "../protocol/generated";
import type { DevicePhase } from "../state/call";
import type { Devices, InputKind } from "./devices";
import type { LocalTracks } from "./localTracks";
import { MEDIA } from "./sections";

/** A command that could not be answered now is said again after so long. */
const REPEAT_MS = 2_000;

const DEVICE_OF: Record<Medium, InputKind> = {
  audio: "microphone",
  video: "camera",
  screen: "screen",
};

const MEDIUM_OF: Record<InputKind, Medium> = {
  microphone: "audio",
  camera: "video",
  screen: "screen",
};

export interface OwnMediaOptions {
  devices: Devices;
  tracks: LocalTracks;
  /** Say it to the call; nothing is said while one is not in it. Throw `CommandFailed`. */
  publish(medium: Medium, muted: boolean): Promise<void>;
  unpublish(medium: Medium): Promise<void>;
  isInCall(): boolean;
  onPhase(medium: Medium, phase: DevicePhase): void;
}

export class OwnMedia {
  readonly #options: OwnMediaOptions;
  readonly #wanted: Record<Medium, boolean> = { audio: false, video: false, screen: false };
  /** Counts wishes, so that what an older one still brings is ignored. */
  readonly #turns: Record<Medium, number> = { audio: 0, video: 0, screen: 0 };
  readonly #pending: Record<Medium, number> = { audio: 0, video: 0, screen: 0 };
  /** Media that the call knows of, muted or not. */
  readonly #published = new Set<Medium>();
  /** Counts calls: what that of another room still answers says nothing of this one. */
  #call = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: OwnMediaOptions) {
    this.#options = options;
    options.devices.onTrack = (kind, track) => this.#onTrack(MEDIUM_OF[kind], track);
  }

  isOn(medium: Medium): boolean {
    return this.#wanted[medium];
  }

  /** Throws `DeviceFailed` or `CommandFailed`; then it is off. */
  async set(medium: Medium, on: boolean): Promise<void> {
    if (on) {
      await this.#switchOn(medium);
    } else {
      await this.#switchOff(medium);
    }
  }

  /** One is in the call, newly or again: say what there is. */
  async publishAll({ resumed }: { resumed: boolean }): Promise<void> {
    if (!resumed) {
      this.#published.clear();
    }
    await Promise.all(MEDIA.map((medium) => this.#say(medium).catch(() => this.#refused(medium))));
  }

  /** How the call sees oneself has changed: a teacher may have switched something off. */
  onParticipant(before: Participant | null, now: Participant | null): void {
    for (const medium of MEDIA) {
      const isHeld = !isHeldIn(before, medium) && isHeldIn(now, medium);
      const isMuted = !isMutedIn(before, medium) && isMutedIn(now, medium);
      const isOwnDoing = this.#pending[medium] > 0;
      if (this.#wanted[medium] && (isHeld || (isMuted && !isOwnDoing))) {
        // Not on again by itself when it is let go: a microphone that opens unasked is nobody's wish.
        this.#switchOff(medium).catch(() => {});
      }
    }
  }

  /** To the call of another room: what is on stays on. But for the screen, which was for those who were there. */
  goAlong(): void {
    this.#call += 1;
    clearTimeout(this.#timer);
    this.#begin("screen", false);
    this.#stop("screen");
    for (const medium of ["audio", "video"] as const) {
      const phase = this.#options.tracks.get(medium) === null ? "starting" : "on";
      this.#options.onPhase(medium, this.#wanted[medium] ? phase : "off");
    }
  }

  /** Out of the call: everything off, devices closed. */
  close(): void {
    this.#call += 1;
    clearTimeout(this.#timer);
    this.#published.clear();
    for (const medium of MEDIA) {
      this.#turns[medium] += 1;
      this.#wanted[medium] = false;
      this.#options.tracks.set(medium, null);
      this.#options.devices.close(DEVICE_OF[medium]);
      this.#options.onPhase(medium, "off");
    }
  }

  async #switchOn(medium: Medium): Promise<void> {
    const { devices, tracks, onPhase } = this.#options;
    const turn = this.#begin(medium, true);
    onPhase(medium, "starting");
    try {
      const track = await devices.open(DEVICE_OF[medium]);
      if (turn !== this.#turns[medium]) {
        return; // whoever withdrew the wish has closed it, and somebody else may have it open by now
      }
      track.enabled = true;
      tracks.set(medium, track);
      await this.#say(medium);
      if (turn === this.#turns[medium]) {
        onPhase(medium, "on");
      }
    } catch (error) {
      if (turn === this.#turns[medium]) {
        this.#begin(medium, false);
        this.#stop(medium);
        throw error;
      }
    }
  }

  async #switchOff(medium: Medium): Promise<void> {
    this.#begin(medium, false);
    this.#stop(medium);
    await this.#say(medium);
  }

  #begin(medium: Medium, on: boolean): number {
    this.#wanted[medium] = on;
    this.#turns[medium] += 1;
    return this.#turns[medium];
  }

  /** A microphone stays open, silent, so that it is there at once; a camera and its light go off. */
  #stop(medium: Medium): void {
    const { tracks, onPhase } = this.#options;
    const track = tracks.get(medium);
    if (medium === "audio" && track !== null) {
      track.enabled = false;
    } else {
      tracks.set(medium, null);
      this.#closeUnwanted(medium);
    }
    onPhase(medium, "off");
  }

  #closeUnwanted(medium: Medium): void {
    if (!this.#wanted[medium]) {
      this.#options.devices.close(DEVICE_OF[medium]);
    }
  }

  /** Make the call know what is on. What may succeed later is repeated, the rest throws. */
  async #say(medium: Medium): Promise<void> {
    const { publish, unpublish, isInCall, tracks } = this.#options;
    if (!isInCall()) {
      return; // said on joining
    }
    this.#pending[medium] += 1;
    const call = this.#call;
    const isNew = !this.#published.has(medium);
    try {
      if (this.#wanted[medium] && tracks.get(medium) !== null) {
        this.#published.add(medium); // before the answer: it may be switched off again meanwhile, and that is said too
        await publish(medium, false);
      } else if (this.#published.has(medium) && medium === "audio") {
        await publish(medium, true);
      } else if (this.#published.delete(medium)) {
        await unpublish(medium);
      }
    } catch (error) {
      if (call !== this.#call) {
        return;
      }
      if (!asCommandFailed(error).retry) {
        if (isNew) {
          this.#published.delete(medium);
        }
        throw error;
      }
      if (!this.#wanted[medium]) {
        this.#published.add(medium); // for all we know
      }
      this.#repeat();
    } finally {
      this.#pending[medium] -= 1;
    }
  }

  #repeat(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      for (const medium of MEDIA) {
        this.#say(medium).catch(() => this.#refused(medium));
      }
    }, REPEAT_MS);
  }

  #refused(medium: Medium): void {
    if (this.#wanted[medium]) {
      this.#begin(medium, false);
      this.#stop(medium);
    }
  }

  /** A device was exchanged, or ended by itself. */
  #onTrack(medium: Medium, track: MediaStreamTrack | null): void {
    const { tracks, onPhase } = this.#options;
    if (track !== null) {
      if (tracks.get(medium) !== null) {
        track.enabled = this.#wanted[medium]; // it may have been muted while another microphone was opening
        tracks.set(medium, track);
      }
      return;
    }
    tracks.set(medium, null);
    this.#begin(medium, false);
    onPhase(medium, "off");
    this.#say(medium).catch(() => {});
  }
}

function isHeldIn(participant: Participant | null, medium: Medium): boolean {
  return participant?.held.includes(medium) ?? false;
}

function isMutedIn(participant: Participant | null, medium: Medium): boolean {
  return participant?.tracks.find((track) => track.medium === medium)?.muted ?? false;
}
