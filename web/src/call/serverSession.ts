/**
 * One peer connection with the server. The client always offers and the server always answers, so offers never meet;
 * the server is ICE-lite and needs none of our candidates, so an offer leaves at once.
 */

import { delayBefore } from "../connection/backoff";
import { asCommandFailed, type CommandFailed } from "../connection/failure";
import { offerWithFeedback } from "./feedback";
import { Recovery, type Repair } from "./recovery";

export interface ServerSessionOptions {
  peer: RTCPeerConnection;
  /** Send an offer, get the answer (SDP). Throws `CommandFailed`. */
  offer(sdp: string): Promise<string>;
  /** Called before new checks: credentials may have ended. */
  configuration(): Promise<RTCConfiguration>;
  /** The connection's state has changed. */
  onState(): void;
  /** Restarts do not help, or the server does not know this session any more: make a new one. */
  onBroken(): void;
  /** The server refuses for good. */
  onRefused(failure: CommandFailed): void;
}

export class ServerSession {
  readonly peer: RTCPeerConnection;
  readonly #options: ServerSessionOptions;
  readonly #recovery: Recovery;
  #isOffering = false;
  #isWanted = false;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(options: ServerSessionOptions) {
    this.#options = options;
    this.peer = options.peer;
    this.#recovery = new Recovery((repair) => this.#onRepair(repair));
    this.peer.onconnectionstatechange = () => {
      if (!this.#isClosed) {
        this.#recovery.observe(this.peer.connectionState);
        options.onState();
      }
    };
  }

  get isConnected(): boolean {
    return this.peer.connectionState === "connected";
  }

  /** Offer what the connection has now. Asked again meanwhile, it offers once more. */
  negotiate(): void {
    this.#isWanted = true;
    clearTimeout(this.#timer);
    void this.#run();
  }

  /** New checks over whatever network there is now. */
  restart(): void {
    this.#recovery.hurry();
  }

  /** The server can be reached again: send what could not be sent, mend what is broken. */
  resume(): void {
    if (this.#isWanted) {
      this.negotiate();
    } else if (!this.isConnected) {
      this.restart();
    }
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#recovery.close();
    this.peer.onconnectionstatechange = null;
    this.peer.close();
  }

  async #run(): Promise<void> {
    if (this.#isOffering) {
      return;
    }
    this.#isOffering = true;
    try {
      while (this.#isWanted && !this.#isClosed) {
        this.#isWanted = false;
        await this.#offer();
        this.#attempt = 0;
      }
    } catch (error) {
      this.#onFailure(asCommandFailed(error));
    } finally {
      this.#isOffering = false;
    }
  }

  async #offer(): Promise<void> {
    await offerWithFeedback(this.peer);
    this.#recovery.started();
    const sdp = await this.#options.offer(this.peer.localDescription?.sdp ?? "");
    if (!this.#isClosed) {
      await this.peer.setRemoteDescription({ type: "answer", sdp });
    }
  }

  #onFailure(failure: CommandFailed): void {
    if (this.#isClosed) {
      return;
    }
    if (!failure.retry && failure.code !== "unknown") {
      this.#options.onRefused(failure);
      return;
    }
    this.#isWanted = true;
    this.#timer = setTimeout(() => void this.#run(), delayBefore(this.#attempt));
    this.#attempt += 1;
  }

  #onRepair(repair: Repair): void {
    if (repair === "rebuild") {
      this.#options.onBroken();
    } else {
      void this.#restart();
    }
  }

  async #restart(): Promise<void> {
    const configuration = await this.#options.configuration();
    if (!this.#isClosed) {
      this.peer.setConfiguration(configuration);
      this.peer.restartIce();
      this.negotiate();
    }
  }
}
