/**
 * What carries the sound and pictures of one participation: connections with peers, with the server, or, while a call
 * moves from the one to the other, both. Make before break: the mesh goes when everybody has settled.
 */

import type { CommandFailed } from "../connection/failure";
import type {
  CallDescription,
  CallJoined,
  CallPeerCandidate,
  CallSlots,
  CallView,
} from "../protocol/generated";
import type { MediaPhase } from "../state/call";
import { IceConfiguration } from "./iceServers";
import type { LocalTracks } from "./localTracks";
import { Mesh } from "./mesh";
import type { CallBrowser, Request } from "./ports";
import { ServerMedia } from "./serverMedia";
import { assignSlots, type SlotTable } from "./slots";
import { type PictureSource, sourcesOf } from "./tiles";

export interface CallMediaOptions {
  joined: CallJoined;
  request: Request;
  browser: Pick<CallBrowser, "makePeer" | "codecs" | "now">;
  tracks: LocalTracks;
  /** All pictures there are, by tile. When it returns nothing else is on the screen. */
  onPictures(sources: ReadonlyMap<string, PictureSource>): void;
  /** All voices to be heard. */
  onVoices(tracks: readonly MediaStreamTrack[]): void;
  onPhase(phase: MediaPhase): void;
  /** The server refuses our offers for good. */
  onRefused(failure: CommandFailed): void;
}

export class CallMedia {
  readonly #options: CallMediaOptions;
  readonly #room: string;
  readonly #ice: IceConfiguration;
  readonly #stop: () => void;
  #view: CallView;
  #mesh: Mesh | null = null;
  #server: ServerMedia | null = null;
  #slots: SlotTable = [];
  #settling: "no" | "asked" | "settled" = "no";
  #wasConnected = false;
  #isClosed = false;

  constructor(options: CallMediaOptions) {
    const { joined, request, browser, tracks } = options;
    this.#options = options;
    this.#room = joined.call.room;
    this.#view = joined.call;
    const askForIce = () => request("call.ice_servers", { room: this.#room });
    this.#ice = new IceConfiguration(joined.ice, askForIce, browser.now);
    this.#stop = tracks.onChange(() => this.#show());
    this.update(joined.call);
  }

  /** All connections, for statistics. */
  get peers(): RTCPeerConnection[] {
    const mesh = [...(this.#mesh?.peers.values() ?? [])].map(({ peer }) => peer);
    return [...(this.#server?.peers ?? []), ...mesh];
  }

  get isConnected(): boolean {
    if (this.#server !== null && this.#mesh === null) {
      return this.#server.isConnected;
    }
    // While settling, the peers still carry everything.
    return [...(this.#mesh?.peers.values() ?? [])].every((peer) => peer.isConnected);
  }

  /** The call has changed: who is in it, and how media travels. */
  update(view: CallView): void {
    if (this.#isClosed) {
      return;
    }
    const before = this.#view;
    this.#view = view;
    if (view.mode === "sfu") {
      this.#server ??= this.#openServer();
      this.#settling = view.settling ? this.#settling : "no";
      this.#settleIfReady();
    } else {
      this.#server?.close();
      this.#server = null;
      this.#slots = [];
      this.#settling = "no";
    }
    if (view.mode === "mesh" || (view.settling && this.#mesh !== null)) {
      this.#mesh ??= this.#openMesh();
      this.#mesh.update(view, view.mode === "mesh");
      this.#resumeReturned(before, view);
    } else {
      this.#mesh?.close();
      this.#mesh = null;
    }
    this.#onConnections();
  }

  /** Slots have other sources. Nothing of the former ones is on the screen when this returns. */
  onSlots({ slots, revision }: CallSlots): void {
    this.#slots = assignSlots(this.#slots, slots, revision);
    this.#show();
    // Lost with the connection it would be missed for ever, but then slots are assigned anew.
    this.#options.request("call.slots_seen", { room: this.#room, revision }).catch(() => {});
  }

  onRebuild(): void {
    this.#server?.rebuild();
  }

  onDescription(description: CallDescription): void {
    this.#mesh?.onDescription(description);
  }

  onCandidate(candidate: CallPeerCandidate): void {
    this.#mesh?.onCandidate(candidate);
  }

  /** The same participation goes on over a new connection to the server. */
  resume(): void {
    this.#server?.resume();
    this.#mesh?.resume();
    this.#settling = this.#settling === "settled" ? "no" : this.#settling;
    this.#settleIfReady();
  }

  onNetworkChange(): void {
    this.#server?.restart();
    this.#mesh?.restart();
  }

  close(): void {
    this.#isClosed = true;
    this.#stop();
    this.#server?.close();
    this.#mesh?.close();
    this.#server = null;
    this.#mesh = null;
    this.#options.onPictures(new Map());
    this.#options.onVoices([]);
  }

  #openServer(): ServerMedia {
    const { joined, request, browser, tracks, onRefused } = this.#options;
    return new ServerMedia({
      room: this.#room,
      videoSlots: joined.video_slots,
      audioSlots: joined.audio_slots,
      request,
      browser,
      tracks,
      configuration: this.#ice.current,
      freshConfiguration: () => this.#ice.fresh(),
      onState: () => {
        this.#settleIfReady();
        this.#onConnections();
      },
      onNewSlots: () => {
        this.#slots = [];
        this.#show();
      },
      onRefused,
    });
  }

  #openMesh(): Mesh {
    const { joined, request, browser, tracks } = this.#options;
    return new Mesh({
      room: this.#room,
      me: joined.me,
      request,
      makePeer: browser.makePeer,
      tracks,
      configuration: () => this.#ice.fresh(),
      onChange: () => this.#onConnections(),
      // The server is told until the mode changes: each try of the recovery is one more.
      onUnreachable: () => void request("call.use_server", { room: this.#room }).catch(() => {}),
    });
  }

  #resumeReturned(before: CallView, view: CallView): void {
    for (const { id, away } of view.participants) {
      if (!away && before.participants.some((other) => other.id === id && other.away)) {
        this.#mesh?.resume(id);
      }
    }
  }

  #onConnections(): void {
    if (this.#isClosed) {
      return;
    }
    const isConnected = this.isConnected;
    this.#wasConnected ||= isConnected && this.peers.length > 0; // alone there is nothing to connect
    const lost = this.#wasConnected ? "interrupted" : "connecting";
    this.#options.onPhase(isConnected ? "connected" : lost);
    this.#show();
  }

  #show(): void {
    if (this.#isClosed) {
      return;
    }
    const { joined, tracks, onPictures, onVoices } = this.#options;
    const sources = sourcesOf({
      me: joined.me,
      view: this.#view,
      own: { video: tracks.get("video"), screen: tracks.get("screen") },
      peers: this.#mesh?.pictures ?? [],
      slots: this.#slots,
      receiverOf: (mid) => this.#server?.receiverOf(mid) ?? null,
    });
    onPictures(sources);
    // Slots for voices have no names. Until we have settled the peers' voices are all there is to hear; from then to
    // the end of settling some are heard twice, which is better than not at all.
    const isServerHeard = this.#mesh === null || this.#settling === "settled";
    onVoices([
      ...(this.#mesh?.voices ?? []),
      ...(isServerHeard ? (this.#server?.voices ?? []) : []),
    ]);
  }

  #settleIfReady(): void {
    if (this.#settling === "no" && this.#view.settling && this.#server?.isConnected) {
      this.#settling = "asked";
      void this.#settle(this.#server);
    }
  }

  async #settle(server: ServerMedia): Promise<void> {
    const othersSend = this.#view.participants.some(
      ({ id, tracks }) =>
        id !== this.#options.joined.me && tracks.some(({ muted, stopped }) => !muted && !stopped),
    );
    if (othersSend) {
      await server.firstMedia();
    }
    if (this.#settling !== "asked" || this.#server !== server) {
      return;
    }
    this.#settling = "settled";
    this.#show();
    // The server does not wait for ever: one that gets lost only delays the end of the mesh.
    await this.#options.request("call.settled", { room: this.#room }).catch(() => {});
  }
}
