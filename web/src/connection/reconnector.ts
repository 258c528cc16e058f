/**
 * Keeps a connection: opens it, comes back with back-off when it is lost, stops for good when told so.
 *
 * Knows nothing of what travels. `onLink` is called with every connection that has opened; what it throws decides
 * whether to come back.
 */

import type { ConnectAuth, ErrorCode, Failure } from "../protocol/generated";
import type { ConnectionState } from "../state/twinspace";
import { delayBefore } from "./backoff";
import { asCommandFailed } from "./failure";
import type { Link, OpenLink, Push } from "./link";
import { learn, NO_HISTORY, transportsToTry } from "./transports";

export interface ReconnectorOptions {
  project: string;
  auth: () => ConnectAuth;
  openLink: OpenLink;
  /** Make use of a connection that has just opened: join, resend. */
  onLink(link: Link): Promise<void>;
  onPush(push: Push): void;
  onState(state: ConnectionState): void;
}

export class Reconnector {
  readonly #options: ReconnectorOptions;
  #link: Link | null = null;
  /** Counts connections, so that what a former one still says is ignored. */
  #generation = 0;
  #attempt = 0;
  #history = NO_HISTORY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = true;
  #wasOnline = false;

  constructor(options: ReconnectorOptions) {
    this.#options = options;
  }

  /** The open connection, if there is one. */
  get link(): Link | null {
    return this.#link;
  }

  start(): void {
    this.#stopped = false;
    window.addEventListener("online", this.#onBrowserOnline);
    window.addEventListener("offline", this.#onBrowserOffline);
    if (navigator.onLine) {
      this.#open();
    } else {
      this.#options.onState({ phase: "offline" });
    }
  }

  stop(): void {
    this.#stopped = true;
    window.removeEventListener("online", this.#onBrowserOnline);
    window.removeEventListener("offline", this.#onBrowserOffline);
    this.#drop();
  }

  /** Do not wait any longer. */
  tryNow(): void {
    if (!this.#stopped && this.#link === null) {
      this.#open();
    }
  }

  /** The server ended this for good. */
  end(code: ErrorCode | "unknown", message: string): void {
    this.stop();
    this.#options.onState({ phase: "ended", code, message });
  }

  /** Give up this connection and come back with a new one. */
  restart(): void {
    this.#link?.close();
  }

  readonly #onBrowserOnline = (): void => {
    this.#attempt = 0;
    this.tryNow();
  };

  readonly #onBrowserOffline = (): void => {
    // A dead connection would only be noticed by a missed ping, much later.
    this.#drop();
    this.#options.onState({ phase: "offline" });
  };

  #drop(): void {
    clearTimeout(this.#timer);
    this.#generation += 1;
    this.#link?.close();
    this.#link = null;
  }

  #open(): void {
    this.#drop();
    const generation = this.#generation;
    const transports = transportsToTry(this.#history);
    let openedAt: number | null = null;
    this.#options.onState({ phase: this.#wasOnline ? "reconnecting" : "connecting" });
    const link = this.#options.openLink(
      { project: this.#options.project, auth: this.#options.auth(), transports },
      {
        onOpen: () => {
          openedAt = Date.now();
          void this.#use(link, generation);
        },
        onPush: (push) => {
          if (generation === this.#generation) {
            this.#options.onPush(push);
          }
        },
        onClose: (failure) => {
          const lived = openedAt === null ? null : Date.now() - openedAt;
          this.#history = learn(this.#history, transports, link.transport(), lived);
          if (generation === this.#generation) {
            this.#onLost(failure);
          }
        },
      },
    );
    this.#link = link;
  }

  async #use(link: Link, generation: number): Promise<void> {
    try {
      await this.#options.onLink(link);
      if (generation === this.#generation) {
        this.#attempt = 0;
        this.#wasOnline = true;
        this.#options.onState({ phase: "online" });
      }
    } catch (error) {
      if (generation !== this.#generation) {
        return;
      }
      const { code, message, retry } = asCommandFailed(error);
      this.#generation += 1; // its close is our own doing
      link.close();
      this.#onLost(code === "no_answer" || code === "unknown" ? null : { code, message, retry });
    }
  }

  #onLost(failure: Failure | null): void {
    this.#link = null;
    if (this.#stopped) {
      return;
    }
    if (failure !== null && !failure.retry) {
      this.end(failure.code, failure.message);
      return;
    }
    if (!navigator.onLine) {
      this.#options.onState({ phase: "offline" });
      return;
    }
    const delay = delayBefore(this.#attempt);
    this.#attempt += 1;
    this.#timer = setTimeout(() => this.#open(), delay);
    this.#options.onState({
      phase: "waiting",
      retryAt: Date.now() + delay,
      refusal: failure?.code ?? null,
    });
  }
}
