/** Microphone, camera, screen and loudspeaker of this device: found, chosen, remembered, opened, tried. */

import { recall, remember } from "../connection/memory";
import type { DeviceChoice, DeviceKind, DeviceProblem, DevicesState } from "../state/call";
import { EMPTY_CALLS } from "../state/call";
import { SCREEN_FRAMES_PER_SECOND } from "./encodings";
import { watchLevel } from "./level";

/** What sends: the two that are chosen from a list, and the screen, which the browser asks about each time. */
export type InputKind = "microphone" | "camera" | "screen";

/** A device could not be opened. */
export class DeviceFailed extends Error {
  readonly code: DeviceProblem;

  constructor(code: DeviceProblem) {
    super(`The device cannot be used: ${code}`);
    this.name = "DeviceFailed";
    this.code = code;
  }
}

/** A device was closed before it was open. */
export class DeviceClosed extends Error {
  constructor() {
    super("The device was closed before it was open.");
    this.name = "DeviceClosed";
  }
}

export interface DevicesOptions {
  mediaDevices: MediaDevices | undefined;
  /** The lists, choices or problems have changed. */
  onChange(state: DevicesState): void;
}

const KINDS: Record<MediaDeviceKind, DeviceKind> = {
  audioinput: "microphone",
  videoinput: "camera",
  audiooutput: "speaker",
};

/** Enough for three simulcast layers; a camera that has less gives less. */
const CAMERA = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 25, max: 30 },
};
const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export class Devices {
  /** A track was exchanged, or is null: it ended by itself, unplugged or stopped in the browser's own bar. */
  onTrack: (kind: InputKind, track: MediaStreamTrack | null) => void = () => {};
  /** The devices of a preview are about to be opened. */
  onPreview: () => void = () => {};
  /** Another loudspeaker was chosen. */
  onSpeaker: (id: string | null) => void = () => {};
  readonly #options: DevicesOptions;
  readonly #tracks = new Map<InputKind, MediaStreamTrack>();
  /** The browser, or the person it asks, takes its time. */
  readonly #opening = new Map<InputKind, Promise<MediaStreamTrack>>();
  /** Closed before they were open: what still comes is closed at once, so that no light stays on. */
  readonly #unwanted = new Set<InputKind>();
  #state: DevicesState;
  #watchers = 0;

  constructor(options: DevicesOptions) {
    this.#options = options;
    this.#state = {
      ...EMPTY_CALLS.devices,
      chosen: {
        microphone: recall(memoryKey("microphone")),
        camera: recall(memoryKey("camera")),
        speaker: recall(memoryKey("speaker")),
      },
    };
  }

  get state(): DevicesState {
    return this.#state;
  }

  /** Keep the list of devices up to date until the answer is called. Labels are there once the person allowed devices. */
  watch(): () => void {
    const { mediaDevices } = this.#options;
    this.#watchers += 1;
    if (this.#watchers === 1) {
      mediaDevices?.addEventListener("devicechange", this.#refresh);
      this.#refresh();
    }
    return () => {
      this.#watchers -= 1;
      if (this.#watchers === 0) {
        mediaDevices?.removeEventListener("devicechange", this.#refresh);
      }
    };
  }

  /** Use this device from now on, also where it is open already; null: the browser's choice. Remembered. */
  async choose(kind: DeviceKind, id: string | null): Promise<void> {
    remember(memoryKey(kind), id);
    this.#set({ chosen: { ...this.#state.chosen, [kind]: id } });
    if (kind === "speaker") {
      this.onSpeaker(id);
    } else if (this.#tracks.has(kind)) {
      await this.#exchange(kind);
    }
  }

  /** Telephones have one camera at a time: the one before is closed first. */
  async #exchange(kind: InputKind): Promise<void> {
    const isEnabled = this.#tracks.get(kind)?.enabled ?? true;
    this.close(kind);
    try {
      const track = await this.open(kind);
      track.enabled = isEnabled;
      this.onTrack(kind, track);
    } catch (error) {
      if (error instanceof DeviceClosed) {
        return; // by somebody who knows
      }
      this.onTrack(kind, null);
      throw error;
    }
  }

  /** The open track of a device. */
  track(kind: InputKind): MediaStreamTrack | null {
    return this.#tracks.get(kind) ?? null;
  }

  /** Open a device, or answer the track that is open. Throws `DeviceFailed`, or `DeviceClosed` if closed meanwhile. */
  async open(kind: InputKind): Promise<MediaStreamTrack> {
    const open = this.#tracks.get(kind);
    if (open !== undefined) {
      return open;
    }
    this.#unwanted.delete(kind); // wanted again: the browser asks once
    const opening = this.#opening.get(kind) ?? this.#begin(kind);
    this.#opening.set(kind, opening);
    return opening;
  }

  /** Also one that is not open yet: it is closed as soon as it is. */
  close(kind: InputKind): void {
    if (this.#opening.has(kind)) {
      this.#unwanted.add(kind);
    }
    this.#tracks.get(kind)?.stop();
    this.#tracks.delete(kind);
  }

  /**
   * Open microphone and camera for the lobby. One that cannot be opened is null; `state.call.devices.problem` says why.
   * `CallClient.join` takes the open ones over: call `stopPreview` when the person does not join.
   */
  async preview(wants: { microphone: boolean; camera: boolean }): Promise<{
    microphone: MediaStreamTrack | null;
    camera: MediaStreamTrack | null;
  }> {
    this.onPreview();
    const open = async (kind: "microphone" | "camera"): Promise<MediaStreamTrack | null> => {
      if (!wants[kind]) {
        this.close(kind);
        return null;
      }
      return this.open(kind).catch(() => null);
    };
    const [microphone, camera] = await Promise.all([open("microphone"), open("camera")]);
    return { microphone, camera };
  }

  stopPreview(): void {
    this.close("microphone");
    this.close("camera");
  }

  /** How loud the open microphone is, 0 to 1. Answers how to stop. */
  meter(onLevel: (level: number) => void): () => void {
    return watchLevel(() => this.track("microphone"), onLevel);
  }

  async #begin(kind: InputKind): Promise<MediaStreamTrack> {
    try {
      const track = await this.#requestChosen(kind);
      if (this.#unwanted.has(kind)) {
        track.stop();
        throw new DeviceClosed();
      }
      this.#keep(kind, track);
      return track;
    } finally {
      this.#opening.delete(kind);
      this.#unwanted.delete(kind);
    }
  }

  /** The one that is chosen when it is there, not the one that was when it was asked for. */
  async #requestChosen(kind: InputKind): Promise<MediaStreamTrack> {
    const chosen = this.#chosen(kind);
    const track = await this.#request(kind);
    if (chosen === this.#chosen(kind) || this.#unwanted.has(kind)) {
      return track;
    }
    track.stop(); // telephones have one camera at a time
    return this.#requestChosen(kind);
  }

  #chosen(kind: InputKind): string | null {
    return kind === "screen" ? null : this.#state.chosen[kind];
  }

  async #request(kind: InputKind): Promise<MediaStreamTrack> {
    try {
      const stream = await this.#ask(kind);
      const track = stream.getTracks()[0];
      if (track === undefined) {
        throw new DeviceFailed("missing");
      }
      this.#setProblem(kind, null);
      this.#refresh(); // the labels can be read now
      return track;
    } catch (error) {
      const code = error instanceof DeviceFailed ? error.code : problemOf(error);
      // Browsers tell a closed dialog and a refusal apart for no screen: it is somebody who thought better of it.
      this.#setProblem(kind, kind === "screen" && code === "denied" ? null : code);
      throw new DeviceFailed(code);
    }
  }

  async #ask(kind: InputKind): Promise<MediaStream> {
    const { mediaDevices } = this.#options;
    if (mediaDevices === undefined) {
      throw new DeviceFailed("unsupported");
    }
    if (kind === "screen") {
      if (mediaDevices.getDisplayMedia === undefined) {
        throw new DeviceFailed("unsupported"); // telephones
      }
      return mediaDevices.getDisplayMedia({
        video: { frameRate: { max: SCREEN_FRAMES_PER_SECOND } },
      });
    }
    const deviceId = this.#state.chosen[kind];
    try {
      return await mediaDevices.getUserMedia(constraintsOf(kind, deviceId));
    } catch (error) {
      const isGone = deviceId !== null && nameOf(error) === "OverconstrainedError";
      if (!isGone) {
        throw error;
      }
      return mediaDevices.getUserMedia(constraintsOf(kind, null)); // left at home today
    }
  }

  #keep(kind: InputKind, track: MediaStreamTrack): void {
    this.#tracks.set(kind, track);
    track.contentHint = kind === "microphone" ? "speech" : kind === "camera" ? "motion" : "detail";
    track.onended = () => {
      if (this.#tracks.get(kind) === track) {
        this.#tracks.delete(kind);
        if (kind !== "screen") {
          this.#setProblem(kind, "missing");
        }
        this.onTrack(kind, null);
      }
    };
  }

  readonly #refresh = (): void => {
    this.#options.mediaDevices
      ?.enumerateDevices()
      .then((devices) => this.#set({ list: listOf(devices) }))
      .catch(() => {}); // not allowed: the list stays empty
  };

  #setProblem(kind: InputKind, problem: DeviceProblem | null): void {
    if (this.#state.problem[kind] !== problem) {
      this.#set({ problem: { ...this.#state.problem, [kind]: problem } });
    }
  }

  #set(changes: Partial<DevicesState>): void {
    this.#state = { ...this.#state, ...changes };
    this.#options.onChange(this.#state);
  }
}

function constraintsOf(kind: "microphone" | "camera", id: string | null): MediaStreamConstraints {
  const device = id === null ? {} : { deviceId: { exact: id } };
  return kind === "microphone"
    ? { audio: { ...MICROPHONE, ...device } }
    : { video: { ...CAMERA, ...device } };
}

function listOf(devices: readonly MediaDeviceInfo[]): DevicesState["list"] {
  const list: Record<DeviceKind, DeviceChoice[]> = { microphone: [], camera: [], speaker: [] };
  for (const { kind, deviceId, label } of devices) {
    if (deviceId !== "") {
      list[KINDS[kind]].push({ id: deviceId, label });
    }
  }
  return list;
}

/** W3C Media Capture and Streams, section 10.3.1: the names of the errors of getUserMedia. */
function problemOf(error: unknown): DeviceProblem {
  switch (nameOf(error)) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    case "NotSupportedError":
    case "TypeError":
      return "unsupported";
    default:
      return "unknown";
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

function memoryKey(kind: DeviceKind): string {
  return `device.${kind}`;
}
