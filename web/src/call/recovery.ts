/**
 * When a peer connection is repaired. ICE is restarted after an interruption; what that does not mend is built anew.
 *
 * Pure but for its one timer. RFC 8445, section 2.4: a restart makes new checks on all paths of both sides.
 */

import { delayBefore } from "../connection/backoff";

/** "disconnected" often mends itself: a consent check that was lost, a Wi-Fi that changes its access point. */
export const PATIENCE_MS = 2_000;

/** How long checks, DTLS and the answer may take until the next try: a relay over TLS on a slow line needs seconds. */
export const CONNECT_MS = 8_000;

/** So many restarts, then a new connection: only that makes new keys, and reaches a server that has forgotten us. */
export const RESTARTS_MAX = 2;

export type Repair = "restart" | "rebuild";

export class Recovery {
  readonly #repair: (repair: Repair) => void;
  #tries = 0;
  #isConnected = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(repair: (repair: Repair) => void) {
    this.#repair = repair;
  }

  /** An offer is on its way: from now on it should connect. */
  started(): void {
    if (!this.#isConnected) {
      this.#after(CONNECT_MS);
    }
  }

  /** RTCPeerConnection.connectionState has changed. */
  observe(state: RTCPeerConnectionState): void {
    switch (state) {
      case "connected":
        this.#isConnected = true;
        this.#tries = 0;
        clearTimeout(this.#timer);
        break;
      case "disconnected":
        this.#isConnected = false;
        this.#after(PATIENCE_MS);
        break;
      case "failed":
        this.#isConnected = false;
        this.#after(this.#tries === 0 ? 0 : delayBefore(this.#tries - 1));
        break;
    }
  }

  /** The device has another network, or the server is back: do not wait for checks to fail. */
  hurry(): void {
    this.#tries = 0;
    this.#after(0);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #after(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#try(), delay);
  }

  #try(): void {
    const repair = this.#tries < RESTARTS_MAX ? "restart" : "rebuild";
    this.#tries += 1;
    this.#after(CONNECT_MS);
    this.#repair(repair);
  }
}
