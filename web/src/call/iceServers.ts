/** The configuration of connections: the server's ICE servers, asked for again before new checks need them. */

import type { IceServers } from "../protocol/generated";

/** Credentials this young are not asked for again. By this device's clock alone: it need not agree with the server's. */
const FRESH_MS = 60_000;

export function configurationOf({ servers, relay_only }: IceServers): RTCConfiguration {
  return {
    // Always a list: without one some browsers and libraries name a server of their own.
    iceServers: servers.map(({ urls, username, credential }) => ({
      urls: [...urls],
      ...(username ? { username } : {}),
      ...(credential ? { credential } : {}),
    })),
    iceTransportPolicy: relay_only ? "relay" : "all",
    bundlePolicy: "max-bundle",
  };
}

export class IceConfiguration {
  readonly #ask: () => Promise<IceServers>;
  readonly #now: () => number;
  #servers: IceServers;
  #askedAt: number;

  constructor(servers: IceServers, ask: () => Promise<IceServers>, now: () => number) {
    this.#ask = ask;
    this.#now = now;
    this.#servers = servers;
    this.#askedAt = now();
  }

  get current(): RTCConfiguration {
    return configurationOf(this.#servers);
  }

  /** With credentials that are good for a while. When none can be had the old ones may still do. */
  async fresh(): Promise<RTCConfiguration> {
    if (this.#servers.servers.length > 0 && this.#now() - this.#askedAt > FRESH_MS) {
      try {
        this.#servers = await this.#ask();
        this.#askedAt = this.#now();
      } catch {
        // No connection to the server now; it says so elsewhere.
      }
    }
    return this.current;
  }
}
