/**
 * The connection with one other participant of a mesh, by perfect negotiation as the example in W3C WebRTC 1.0, section
 * 10.7, has it: either side may offer at any time, and where offers meet the polite one takes its own back.
 *
 * Each connection has three sections, in order microphone, camera, screen. The impolite side makes them and the polite
 * one takes them over: made by both they would be six after offers have met. Tracks come and go by `replaceTrack`.
 */

import type { Commands, DescriptionType, Medium } from "../protocol/generated";
import { MESH_VIDEO_BITRATE, SCREEN_BITRATE } from "./encodings";
import type { LocalTracks } from "./localTracks";
import { Recovery } from "./recovery";
import { MEDIA, SECTION_KINDS } from "./sections";

export type Candidate = Pick<Commands["call.candidate"]["params"], "candidate" | "mid" | "line">;

export interface MeshPeerOptions {
  peer: RTCPeerConnection;
  isPolite: boolean;
  tracks: LocalTracks;
  /** Send to the other side. Throws when it could not be passed on. */
  describe(type: DescriptionType, sdp: string): Promise<void>;
  candidate(candidate: Candidate): Promise<void>;
  configuration(): Promise<RTCConfiguration>;
  onChange(): void;
  /** There is no direct way, or none any more. */
  onUnreachable(): void;
}

const BITRATES: Partial<Record<Medium, number>> = {
  video: MESH_VIDEO_BITRATE,
  screen: SCREEN_BITRATE,
};

export class MeshPeer {
  readonly peer: RTCPeerConnection;
  readonly #options: MeshPeerOptions;
  readonly #recovery: Recovery;
  #isMakingOffer = false;
  #ignoresOffer = false;
  #isSettingRemoteAnswer = false;
  /** Our description could not be passed on: the other side is away. */
  #isUndelivered = false;
  /** An offer or answer of ours has arrived: from then on it should connect. */
  #wasOffered = false;
  #wasConnected = false;
  #isClosed = false;

  constructor(options: MeshPeerOptions) {
    this.#options = options;
    this.peer = options.peer;
    // A new connection would need the other side to make one too: here only restarts repair, and where there never was
    // a way, or restarts find none, the server is the way.
    this.#recovery = new Recovery((repair) =>
      repair === "rebuild" || (this.#wasOffered && !this.#wasConnected)
        ? this.#giveUp()
        : void this.#restart(),
    );
    this.peer.onnegotiationneeded = () => void this.#offer();
    this.peer.onicecandidate = ({ candidate }) => this.#onLocalCandidate(candidate);
    this.peer.ontrack = () => options.onChange();
    this.peer.onconnectionstatechange = () => {
      this.#recovery.observe(this.peer.connectionState);
      if (this.isConnected) {
        this.#wasConnected = true;
        void this.#limitBitrates();
      }
      options.onChange();
    };
  }

  /** Begin: the impolite side offers, the polite one waits for it. */
  async start(): Promise<void> {
    if (!this.#options.isPolite) {
      for (const medium of MEDIA) {
        this.peer.addTransceiver(SECTION_KINDS[medium], { direction: "sendrecv" });
      }
      await this.setTracks();
    }
  }

  /** What the other side sends of each medium; null: no section for it (yet). */
  receiver(medium: Medium): RTCRtpReceiver | null {
    return this.peer.getTransceivers()[MEDIA.indexOf(medium)]?.receiver ?? null;
  }

  get isConnected(): boolean {
    return this.peer.connectionState === "connected";
  }

  /** Send one's tracks as they are now. */
  async setTracks(): Promise<void> {
    const sections = this.peer.getTransceivers();
    await Promise.all(
      MEDIA.map(async (medium, index) => {
        const sender = sections[index]?.sender;
        const track = this.#options.tracks.get(medium);
        if (sender !== undefined && sender.track !== track) {
          await sender.replaceTrack(track);
        }
      }),
    );
  }

  async onDescription(type: DescriptionType, sdp: string): Promise<void> {
    const { signalingState } = this.peer;
    const isReadyForOffer =
      !this.#isMakingOffer && (signalingState === "stable" || this.#isSettingRemoteAnswer);
    const isCollision = type === "offer" && !isReadyForOffer;
    this.#ignoresOffer = !this.#options.isPolite && isCollision;
    if (this.#ignoresOffer) {
      return;
    }
    this.#isSettingRemoteAnswer = type === "answer";
    try {
      await this.peer.setRemoteDescription({ type, sdp }); // rolls an own offer back
    } finally {
      this.#isSettingRemoteAnswer = false;
    }
    if (type === "offer") {
      await this.#takeSections();
      await this.peer.setLocalDescription();
      await this.#send();
    }
    this.#options.onChange();
  }

  async onCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    try {
      await this.peer.addIceCandidate(candidate);
    } catch (error) {
      if (!this.#ignoresOffer) {
        throw error;
      }
    }
  }

  /** The other side may be reached again: say what did not arrive, mend what is broken. */
  resume(): void {
    if (this.#isUndelivered) {
      void this.#send();
    } else if (!this.isConnected) {
      this.restart();
    }
  }

  restart(): void {
    this.#recovery.hurry();
  }

  close(): void {
    this.#isClosed = true;
    this.#recovery.close();
    this.peer.onnegotiationneeded = null;
    this.peer.onicecandidate = null;
    this.peer.ontrack = null;
    this.peer.onconnectionstatechange = null;
    this.peer.close();
  }

  async #offer(): Promise<void> {
    try {
      this.#isMakingOffer = true;
      await this.peer.setLocalDescription();
      await this.#send();
    } catch {
      // Closed meanwhile, or rolled back: what comes from the other side goes on from there.
    } finally {
      this.#isMakingOffer = false;
    }
  }

  async #send(): Promise<void> {
    const description = this.peer.localDescription;
    if (this.#isClosed || description === null) {
      return;
    }
    this.#recovery.started();
    try {
      await this.#options.describe(description.type as DescriptionType, description.sdp);
      this.#isUndelivered = false;
      this.#wasOffered = true;
    } catch {
      this.#isUndelivered = true;
    }
  }

  #giveUp(): void {
    if (!this.#isUndelivered) {
      this.#options.onUnreachable();
    } // else the other side is away, and no way is missing
  }

  #onLocalCandidate(candidate: RTCIceCandidate | null): void {
    if (candidate !== null) {
      const { candidate: text, sdpMid, sdpMLineIndex } = candidate;
      // One that gets lost is missed by nobody: there are others, and a restart makes new ones.
      this.#options
        .candidate({ candidate: text, mid: sdpMid, line: sdpMLineIndex })
        .catch(() => {});
    }
  }

  /** The sections the other side has made are ours to send in, too. */
  async #takeSections(): Promise<void> {
    for (const section of this.peer.getTransceivers()) {
      if (section.direction === "recvonly") {
        section.direction = "sendrecv";
      }
    }
    await this.setTracks();
  }

  async #restart(): Promise<void> {
    const configuration = await this.#options.configuration();
    if (this.#isClosed) {
      return;
    }
    this.peer.setConfiguration(configuration);
    if (this.peer.signalingState === "have-local-offer") {
      await this.#send(); // the other side never had it
    }
    if (this.peer.getTransceivers().length > 0) {
      this.peer.restartIce();
    }
  }

  /** Not before it is negotiated: until then a sender may have no encodings. */
  async #limitBitrates(): Promise<void> {
    const sections = this.peer.getTransceivers();
    for (const [index, medium] of MEDIA.entries()) {
      const maxBitrate = BITRATES[medium];
      const sender = sections[index]?.sender;
      if (sender !== undefined && maxBitrate !== undefined) {
        await limitBitrate(sender, maxBitrate);
      }
    }
  }
}

async function limitBitrate(sender: RTCRtpSender, maxBitrate: number): Promise<void> {
  const parameters = sender.getParameters();
  for (const encoding of parameters.encodings) {
    encoding.maxBitrate = maxBitrate;
  }
  await sender.setParameters(parameters).catch(() => {}); // closed meanwhile
}
