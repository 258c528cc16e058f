/** The two sessions with the server of mode sfu: one sends one's tracks, the other has slots for those of others. */

import type { CommandFailed } from "../connection/failure";
import type { Medium, SessionRole } from "../protocol/generated";
import { preferCodecs } from "./codecs";
import type { LocalTracks } from "./localTracks";
import type { CallBrowser, Request } from "./ports";
import { Publisher } from "./publisher";
import { ServerSession } from "./serverSession";

/** How often one looks whether anything has come from the server, and for how long when a mesh is to be left. */
const LOOK_MS = 100;
const FIRST_MEDIA_MS = 3_000;

export interface ServerMediaOptions {
  room: string;
  videoSlots: number;
  audioSlots: number;
  request: Request;
  browser: Pick<CallBrowser, "makePeer" | "codecs">;
  tracks: LocalTracks;
  /** Current, for a new connection. */
  configuration: RTCConfiguration;
  /** With fresh credentials. */
  freshConfiguration(): Promise<RTCConfiguration>;
  onState(): void;
  /** The subscribe session is a new one: its slots have shown nothing yet. */
  onNewSlots(): void;
  onRefused(failure: CommandFailed): void;
}

const ROLES: readonly SessionRole[] = ["publish", "subscribe"];

export class ServerMedia {
  readonly #options: ServerMediaOptions;
  readonly #sessions: Record<SessionRole, ServerSession>;
  #publisher: Publisher | null = null;
  #isClosed = false;

  constructor(options: ServerMediaOptions) {
    this.#options = options;
    this.#sessions = {
      publish: this.#open("publish", options.configuration),
      subscribe: this.#open("subscribe", options.configuration),
    };
  }

  get isConnected(): boolean {
    return ROLES.every((role) => this.#sessions[role].isConnected);
  }

  get peers(): RTCPeerConnection[] {
    return ROLES.map((role) => this.#sessions[role].peer);
  }

  /** The receiver of a video slot. */
  receiverOf(mid: string): RTCRtpReceiver | null {
    const sections = this.#sessions.subscribe.peer.getTransceivers();
    return sections.find((section) => section.mid === mid)?.receiver ?? null;
  }

  get voices(): MediaStreamTrack[] {
    return this.#receivers("audio").map(({ track }) => track);
  }

  /** Resolves when something was received, or when there seems to be nothing. */
  async firstMedia(): Promise<void> {
    const receivers = [...this.#receivers("audio"), ...this.#receivers("video")];
    for (let waited = 0; waited < FIRST_MEDIA_MS && !this.#isClosed; waited += LOOK_MS) {
      if (receivers.some((receiver) => receiver.getSynchronizationSources().length > 0)) {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** The server has lost the sessions. */
  rebuild(): void {
    for (const role of ROLES) {
      void this.#replace(role, this.#options.freshConfiguration());
    }
  }

  /** The device has another network. */
  restart(): void {
    for (const role of ROLES) {
      this.#sessions[role].restart();
    }
  }

  /** The server can be reached again. */
  resume(): void {
    for (const role of ROLES) {
      this.#sessions[role].resume();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#publisher?.close();
    for (const role of ROLES) {
      this.#sessions[role].close();
    }
  }

  #receivers(kind: Exclude<Medium, "screen">): RTCRtpReceiver[] {
    const sections = this.#sessions.subscribe.peer.getTransceivers();
    return sections.map(({ receiver }) => receiver).filter(({ track }) => track.kind === kind);
  }

  #open(role: SessionRole, configuration: RTCConfiguration): ServerSession {
    const { room, request, browser, freshConfiguration, onState, onRefused } = this.#options;
    const session = new ServerSession({
      peer: browser.makePeer(configuration),
      offer: async (sdp) => (await request("call.offer", { room, role, sdp })).sdp,
      configuration: freshConfiguration,
      onState,
      onBroken: () => void this.#replace(role, freshConfiguration()),
      onRefused,
    });
    this.#addSections(role, session.peer);
    session.negotiate();
    return session;
  }

  async #replace(role: SessionRole, configuration: Promise<RTCConfiguration>): Promise<void> {
    const broken = this.#sessions[role];
    const configured = await configuration;
    if (this.#isClosed || this.#sessions[role] !== broken) {
      return; // over, or done meanwhile
    }
    broken.close();
    this.#sessions[role] = this.#open(role, configured);
    if (role === "subscribe") {
      this.#options.onNewSlots();
    }
    this.#options.onState();
  }

  #addSections(role: SessionRole, peer: RTCPeerConnection): void {
    const { browser, tracks, audioSlots, videoSlots } = this.#options;
    if (role === "publish") {
      this.#publisher?.close();
      this.#publisher = new Publisher(peer, tracks, browser.codecs);
      return;
    }
    for (const [kind, slots] of [
      ["audio", audioSlots],
      ["video", videoSlots],
    ] as const) {
      for (let slot = 0; slot < slots; slot += 1) {
        const section = peer.addTransceiver(kind, { direction: "recvonly" });
        preferCodecs(section, kind, browser.codecs(kind));
      }
    }
  }
}
