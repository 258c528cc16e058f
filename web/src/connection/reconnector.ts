/**
 * Keeps a connection: opens it, comes back with back-off when it is lost, stops for good when told so.
 *
 * Knows nothing of what travels. `onLink` is called with every connection that has opened; what it throws decides
 * whether to come back.
 */

import {
  type ConnectAuth,
  type ErrorCode,
  type Failure,
  OLDEST_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
} from "../protocol/generated";
import type { ConnectionState } from "../state/twinspace";
import { delayBefore } from "./backoff";
import { asCommandFailed } from "./failure";
import type { Link, OpenLink, Push } from "./link";
import { learn, NO_HISTORY, transportsToTry } from "./transports";

/** How long going to another server usually takes, a slow school line included: nobody need hear of it. */
export const MOVE_USUAL_MS = 2_000;

const SECOND_MS = 1_000;

export interface ReconnectorOptions {
  project: string;
  /** `version`: of the protocol. The newest, or an older one for a server that is not up to date yet. */
  auth: (version: number) => ConnectAuth;
  openLink: OpenLink;
  /** Make use of a connection that has just opened: join, resend. */
  onLink(link: Link): Promise<void>;
  onPush(push: Push): void;
  onState(state: ConnectionState): void;
  /** The server speaks no version of ours. True: something is done about it, and this is not the end. */
  onOutdated(): boolean;
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
  #version = PROTOCOL_VERSION;
  #moveTimer: ReturnType<typeof setTimeout> | undefined;
  /** What there would be to say, were it not for a move that has not taken long yet. */
  #unsaid: ConnectionState | null = null;
  #isMoving = false;
  /** The server that was named to us, until it cannot be reached. */
  #node: string | null = null;
  /** The connection that was given up for a move, and says nothing of its transport. */
  #moved: number | null = null;

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
      this.#say({ phase: "offline" });
    }
  }

  stop(): void {
    this.#stopped = true;
    window.removeEventListener("online", this.#onBrowserOnline);
    window.removeEventListener("offline", this.#onBrowserOffline);
    this.#endMove();
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
    this.#say({ phase: "ended", code, message });
  }

  /**
   * Come back after so many milliseconds: this server is about to end, and whichever takes us then goes on; or it has
   * named the one where a call goes on.
   */
  moveAfter(delayMs: number, node: string | null = null): void {
    clearTimeout(this.#moveTimer);
    this.#moveTimer = setTimeout(() => {
      this.#node = node;
      this.#move();
    }, delayMs);
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
    this.#say({ phase: "offline" });
  };

  #move(): void {
    this.#isMoving = true;
    this.#moved = this.#generation;
    this.#moveTimer = setTimeout(() => {
      const unsaid = this.#unsaid;
      this.#endMove();
      if (unsaid !== null) {
        this.#say(unsaid);
      }
    }, MOVE_USUAL_MS);
    this.#drop();
    this.#attempt = 0;
    this.#open();
  }

  #endMove(): void {
    clearTimeout(this.#moveTimer);
    this.#isMoving = false;
    this.#unsaid = null;
  }

  #say(state: ConnectionState): void {
    const isOnTheWay = state.phase === "reconnecting" || state.phase === "waiting";
    if (this.#isMoving && isOnTheWay) {
      this.#unsaid = state;
      this.#options.onState({ phase: "moving" });
      return;
    }
    if (this.#isMoving) {
      this.#endMove();
    }
    this.#options.onState(state);
  }

  #drop(): void {
    clearTimeout(this.#timer);
    if (!this.#isMoving) {
      clearTimeout(this.#moveTimer); // it was about this connection
    }
    this.#generation += 1;
    this.#link?.close();
    this.#link = null;
  }

  #open(): void {
    this.#drop();
    const generation = this.#generation;
    const transports = transportsToTry(this.#history);
    let openedAt: number | null = null;
    this.#say({ phase: this.#wasOnline ? "reconnecting" : "connecting" });
    const link = this.#options.openLink(
      {
        project: this.#options.project,
        node: this.#node,
        auth: this.#options.auth(this.#version),
        transports,
      },
      {
        onOpen: () => {
          openedAt = Date.now();
          void this.#use(link);
        },
        onPush: (push) => {
          if (generation === this.#generation) {
            this.#options.onPush(push);
          }
        },
        onClose: (failure) => {
          const lived = openedAt === null ? null : Date.now() - openedAt;
          if (generation !== this.#moved) {
            this.#history = learn(this.#history, transports, link.transport(), lived);
          }
          if (generation === this.#generation) {
            this.#onLost(failure);
          }
        },
      },
    );
    this.#link = link;
  }

  async #use(link: Link): Promise<void> {
    try {
      await this.#options.onLink(link);
      if (this.#link === link) {
        this.#attempt = 0;
        this.#wasOnline = true;
        this.#version = PROTOCOL_VERSION; // the next connection may be one to a newer server
        this.#say({ phase: "online" });
      }
    } catch (error) {
      if (this.#link !== link) {
        return; // given up or lost meanwhile: whoever noticed has seen to what comes next
      }
      const { code, message, retry } = asCommandFailed(error);
      this.#generation += 1; // its close is our own doing
      link.close();
      this.#onLost(code === "no_answer" || code === "unknown" ? null : { code, message, retry });
    }
  }

  /** While servers are brought up to date, a new page may meet an older one: we speak its language as well. */
  #onVersionRefused({ code, message }: Failure): void {
    if (this.#version > OLDEST_PROTOCOL_VERSION) {
      this.#version -= 1;
      this.#open();
    } else if (this.#options.onOutdated()) {
      this.stop();
    } else {
      this.end(code, message);
    }
  }

  #onLost(failure: Failure | null): void {
    this.#link = null;
    if (this.#stopped) {
      return;
    }
    if (failure?.code === "version_unsupported") {
      this.#onVersionRefused(failure);
      return;
    }
    if (failure !== null && !failure.retry) {
      this.end(failure.code, failure.message);
      return;
    }
    if (!navigator.onLine) {
      this.#say({ phase: "offline" });
      return;
    }
    if (this.#attempt > 0) {
      this.#node = null;
    }
    const delay = delayBefore(this.#attempt) + SECOND_MS * (failure?.retry_after ?? 0);
    this.#attempt += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), delay);
    this.#say({
      phase: "waiting",
      retryAt: Date.now() + delay,
      refusal: failure?.code ?? null,
    });
  }
}
