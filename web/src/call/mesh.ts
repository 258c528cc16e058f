/** The connections with the other participants of a mesh, one for each. */

import type { CallDescription, CallPeerCandidate, CallView } from "../protocol/generated";
import type { LocalTracks } from "./localTracks";
import { MeshPeer } from "./meshPeer";
import type { MakePeer, Request } from "./ports";
import type { Pictures } from "./tiles";

export interface MeshOptions {
  room: string;
  me: string;
  request: Request;
  makePeer: MakePeer;
  tracks: LocalTracks;
  configuration(): Promise<RTCConfiguration>;
  /** A peer has come, gone, connected, or has other tracks. */
  onChange(): void;
  /** Somebody cannot be reached directly. */
  onUnreachable(): void;
}

export class Mesh {
  readonly #options: MeshOptions;
  readonly #peers = new Map<string, MeshPeer>();
  /** Those whose connection is being set up, and what is to be done with it then, in the order in which they sent it. */
  readonly #coming = new Map<string, ((peer: MeshPeer) => void)[]>();
  readonly #stop: () => void;
  #isClosed = false;

  constructor(options: MeshOptions) {
    this.#options = options;
    this.#stop = options.tracks.onChange(() => {
      for (const peer of this.#peers.values()) {
        peer.setTracks().catch(() => {}); // closed meanwhile
      }
    });
  }

  /** Connect with everybody in the call, and with nobody else. `mayGrow`: not while the mesh is being left. */
  update(view: CallView, mayGrow: boolean): void {
    const others = view.participants.filter(({ id }) => id !== this.#options.me);
    for (const id of [...this.#peers.keys(), ...this.#coming.keys()]) {
      if (!others.some((other) => other.id === id)) {
        this.#remove(id);
      }
    }
    for (const { id } of others) {
      if (mayGrow) {
        this.#add(id);
      }
    }
  }

  /** Somebody who was away is back, or we are. */
  resume(id?: string): void {
    for (const [other, peer] of this.#peers) {
      if (id === undefined || id === other) {
        peer.resume();
      }
    }
  }

  restart(): void {
    for (const peer of this.#peers.values()) {
      peer.restart();
    }
  }

  onDescription({ sender, type, sdp }: CallDescription): void {
    this.#add(sender); // it may come before the push that tells of its sender
    this.#with(sender, (peer) => void peer.onDescription(type, sdp).catch(() => peer.restart()));
  }

  onCandidate({ sender, candidate, mid, line }: CallPeerCandidate): void {
    const taken = { candidate, sdpMid: mid, sdpMLineIndex: line };
    this.#with(sender, (peer) => void peer.onCandidate(taken).catch(() => {}));
  }

  get peers(): ReadonlyMap<string, MeshPeer> {
    return this.#peers;
  }

  get pictures(): Pictures["peers"] {
    return [...this.#peers].map(([participant, peer]) => ({
      participant,
      receivers: { video: peer.receiver("video"), screen: peer.receiver("screen") },
    }));
  }

  get voices(): MediaStreamTrack[] {
    const receivers = [...this.#peers.values()].map((peer) => peer.receiver("audio"));
    return receivers.filter((receiver) => receiver !== null).map(({ track }) => track);
  }

  close(): void {
    this.#isClosed = true;
    this.#stop();
    for (const id of [...this.#peers.keys(), ...this.#coming.keys()]) {
      this.#remove(id);
    }
  }

  #add(id: string): void {
    if (!this.#isClosed && !this.#peers.has(id) && !this.#coming.has(id)) {
      void this.#open(id);
    }
  }

  /** Now, or when the connection is set up. A candidate must not overtake the description that it belongs to. */
  #with(id: string, work: (peer: MeshPeer) => void): void {
    const waiting = this.#coming.get(id);
    const peer = this.#peers.get(id);
    if (waiting !== undefined) {
      waiting.push(work);
    } else if (peer !== undefined) {
      work(peer);
    }
  }

  async #open(id: string): Promise<void> {
    const { room, me, request, makePeer, tracks, configuration, onChange, onUnreachable } =
      this.#options;
    const waiting: ((peer: MeshPeer) => void)[] = [];
    this.#coming.set(id, waiting);
    const isGone = () => this.#coming.get(id) !== waiting; // and maybe back, with another connection
    const configured = await configuration();
    if (isGone()) {
      return;
    }
    const peer = new MeshPeer({
      peer: makePeer(configured),
      isPolite: me < id,
      tracks,
      describe: async (type, sdp) =>
        void (await request("call.describe", { room, to: id, type, sdp })),
      candidate: async (candidate) =>
        void (await request("call.candidate", { room, to: id, ...candidate })),
      configuration,
      onChange,
      onUnreachable,
    });
    this.#peers.set(id, peer);
    await peer.start().catch(() => {}); // closed meanwhile
    if (isGone()) {
      return;
    }
    this.#coming.delete(id);
    for (const work of waiting) {
      work(peer);
    }
    onChange();
  }

  #remove(id: string): void {
    this.#coming.delete(id);
    this.#peers.get(id)?.close();
    this.#peers.delete(id);
    this.#options.onChange();
  }
}
