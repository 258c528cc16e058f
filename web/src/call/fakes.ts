/** Small stand-ins for the browser's objects, for tests: what call logic uses of them, and no more. */

import type { CallBrowser } from "./ports";

/** Let everything that waits for nothing but itself happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) {
    await Promise.resolve();
  }
}

export class FakeTrack {
  static #count = 0;
  readonly id = `track-${++FakeTrack.#count}`;
  readonly kind: string;
  enabled = true;
  readyState = "live";
  contentHint = "";
  onended: (() => void) | null = null;
  #height: number;

  constructor(kind: string, height = 720) {
    this.kind = kind;
    this.#height = height;
  }

  getSettings() {
    return { height: this.#height, width: (this.#height * 16) / 9 };
  }

  stop(): void {
    this.readyState = "ended";
  }
}

export class FakeSender {
  track: MediaStreamTrack | null = null;
  encodings: RTCRtpEncodingParameters[];

  constructor(encodings: RTCRtpEncodingParameters[]) {
    this.encodings = encodings.map((encoding) => ({ ...encoding }));
  }

  async replaceTrack(track: MediaStreamTrack | null): Promise<void> {
    this.track = track;
  }

  getParameters() {
    return { encodings: this.encodings.map((encoding) => ({ ...encoding })) };
  }

  async setParameters({ encodings }: { encodings: RTCRtpEncodingParameters[] }): Promise<void> {
    this.encodings = encodings;
  }
}

export class FakeReceiver {
  readonly track: FakeTrack;
  sources: { rtpTimestamp: number }[] = [];

  constructor(kind: string) {
    this.track = new FakeTrack(kind);
  }

  getSynchronizationSources() {
    return this.sources;
  }
}

interface FakeSection {
  mid: string | null;
  kind: string;
  direction: string;
  sender: FakeSender;
  receiver: FakeReceiver;
}

interface FakeDescription {
  type: "offer" | "answer";
  sdp: string;
}

/** RTCPeerConnection with the signalling states of W3C WebRTC 1.0; its SDP is the list of its sections. */
export class FakePeer {
  configuration: RTCConfiguration;
  sections: FakeSection[] = [];
  signalingState: "stable" | "have-local-offer" | "have-remote-offer" | "closed" = "stable";
  connectionState: RTCPeerConnectionState = "new";
  localDescription: FakeDescription | null = null;
  remoteDescription: FakeDescription | null = null;
  candidates: RTCIceCandidateInit[] = [];
  restarts = 0;
  stats = new Map<string, object>();
  onnegotiationneeded: (() => void) | null = null;
  onicecandidate: ((event: { candidate: object | null }) => void) | null = null;
  ontrack: (() => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  #needsNegotiation = false;
  #offers = 0;

  constructor(configuration: RTCConfiguration) {
    this.configuration = configuration;
  }

  addTransceiver(kind: string, init: { direction?: string; sendEncodings?: object[] } = {}) {
    const encodings = (init.sendEncodings ?? [{}]) as RTCRtpEncodingParameters[];
    const section = this.#section(kind, init.direction ?? "sendrecv", encodings);
    this.#negotiationNeeded();
    return section;
  }

  getTransceivers(): FakeSection[] {
    return this.sections;
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.configuration = configuration;
  }

  restartIce(): void {
    this.restarts += 1;
    this.#negotiationNeeded();
  }

  async createOffer(): Promise<FakeDescription> {
    this.#offers += 1;
    const kinds = this.sections.map(({ kind }) => kind);
    return { type: "offer", sdp: JSON.stringify({ offer: this.#offers, kinds }) };
  }

  async setLocalDescription(given?: FakeDescription): Promise<void> {
    await Promise.resolve();
    this.#requireOpen();
    if (this.signalingState === "have-remote-offer") {
      const kinds = this.sections.map(({ kind }) => kind);
      this.localDescription = { type: "answer", sdp: JSON.stringify({ kinds }) };
      this.#becomeStable();
      return;
    }
    this.#needsNegotiation = false;
    this.localDescription = given ?? (await this.createOffer());
    this.signalingState = "have-local-offer";
  }

  async setRemoteDescription(description: FakeDescription): Promise<void> {
    await Promise.resolve();
    this.#requireOpen();
    if (description.type === "answer") {
      if (this.signalingState !== "have-local-offer") {
        throw new Error("InvalidStateError");
      }
      this.remoteDescription = description;
      this.#becomeStable();
      return;
    }
    if (this.signalingState === "have-local-offer") {
      this.localDescription = null; // rolled back
      this.#needsNegotiation = true;
    }
    this.remoteDescription = description;
    this.signalingState = "have-remote-offer";
    const { kinds } = JSON.parse(description.sdp) as { kinds: string[] };
    for (const kind of kinds.slice(this.sections.length)) {
      this.#section(kind, "recvonly", [{}]);
    }
    this.ontrack?.();
  }

  async addIceCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    await Promise.resolve(); // after the description that was given before
    if (this.remoteDescription === null) {
      throw new Error("InvalidStateError");
    }
    this.candidates.push(candidate);
  }

  async getStats(): Promise<Map<string, object>> {
    return this.stats;
  }

  close(): void {
    this.signalingState = "closed";
    this.connectionState = "closed";
  }

  /** What the network does. */
  become(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  get isClosed(): boolean {
    return this.signalingState === "closed";
  }

  #section(kind: string, direction: string, encodings: RTCRtpEncodingParameters[]): FakeSection {
    const section = {
      mid: null,
      kind,
      direction,
      sender: new FakeSender(encodings),
      receiver: new FakeReceiver(kind),
    };
    this.sections.push(section);
    return section;
  }

  #becomeStable(): void {
    this.signalingState = "stable";
    for (const [index, section] of this.sections.entries()) {
      section.mid = String(index);
    }
    if (this.#needsNegotiation) {
      this.#negotiationNeeded();
    }
  }

  #negotiationNeeded(): void {
    this.#needsNegotiation = true;
    queueMicrotask(() => {
      if (this.#needsNegotiation && this.signalingState === "stable") {
        this.#needsNegotiation = false;
        this.onnegotiationneeded?.();
      }
    });
  }

  #requireOpen(): void {
    if (this.isClosed) {
      throw new Error("InvalidStateError");
    }
  }
}

export class FakeVideo {
  srcObject: unknown = null;
  muted = false;
  readonly style = { visibility: "" };
  #callbacks: VideoFrameRequestCallback[] = [];

  async play(): Promise<void> {}

  requestVideoFrameCallback(callback: VideoFrameRequestCallback): number {
    return this.#callbacks.push(callback);
  }

  /** The element shows a frame. */
  frame(rtpTimestamp?: number): void {
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    const metadata = { rtpTimestamp } as VideoFrameCallbackMetadata;
    for (const callback of callbacks) {
      callback(0, metadata);
    }
  }

  get isHidden(): boolean {
    return this.style.visibility === "hidden";
  }

  /** The id of the track that is in it. */
  get shows(): string | null {
    return (this.srcObject as { tracks: FakeTrack[] } | null)?.tracks[0]?.id ?? null;
  }
}

/** A browser whose devices open at once. What it was asked for can be looked at. */
export class FakeBrowser {
  readonly peers: FakePeer[] = [];
  readonly opened: FakeTrack[] = [];
  /** getUserMedia fails with an error of this name. */
  refuses: string | null = null;
  /** Devices open only when told to, by `openSlow`. */
  isSlow = false;
  isSoundBlocked = false;
  time = 0;
  networkChanged: () => void = () => {};
  pageLeft: () => void = () => {};
  readonly #waiting: (() => void)[] = [];

  /** What was asked for while devices were slow opens now. */
  async openSlow(): Promise<void> {
    this.isSlow = false;
    for (const go of this.#waiting.splice(0)) {
      go();
    }
    await settle();
  }

  /** The kinds of the devices whose light is on. */
  get lights(): string[] {
    return this.opened.filter(({ readyState }) => readyState === "live").map(({ kind }) => kind);
  }

  get open(): FakePeer[] {
    return this.peers.filter((peer) => !peer.isClosed);
  }

  get asBrowser(): CallBrowser {
    const browser = {
      makePeer: (configuration: RTCConfiguration) => {
        const peer = new FakePeer(configuration);
        this.peers.push(peer);
        return peer;
      },
      codecs: () => [],
      makeStream: (tracks: MediaStreamTrack[]) => ({ tracks }),
      makeAudio: () => ({
        srcObject: null,
        play: async () => {
          if (this.isSoundBlocked) {
            throw named("NotAllowedError");
          }
        },
      }),
      mediaDevices: {
        getUserMedia: async (wanted: MediaStreamConstraints) =>
          this.#stream(wanted.audio ? "audio" : "video"),
        getDisplayMedia: async () => this.#stream("video"),
        enumerateDevices: async () => [
          { kind: "audioinput", deviceId: "m1", label: "Desk" },
          { kind: "videoinput", deviceId: "c1", label: "Front" },
          { kind: "audiooutput", deviceId: "", label: "" },
        ],
        addEventListener: () => {},
        removeEventListener: () => {},
      },
      onNetworkChange: (listener: () => void) => {
        this.networkChanged = listener;
        return () => {};
      },
      onPageLeft: (listener: () => void) => {
        this.pageLeft = listener;
        return () => {};
      },
      now: () => this.time,
    };
    return browser as unknown as CallBrowser;
  }

  async #stream(kind: string) {
    if (this.isSlow) {
      await new Promise<void>((go) => this.#waiting.push(go));
    }
    if (this.refuses !== null) {
      throw named(this.refuses);
    }
    const track = new FakeTrack(kind);
    this.opened.push(track);
    return { getTracks: () => [track] };
  }
}

export function named(name: string): Error {
  return Object.assign(new Error(name), { name });
}
