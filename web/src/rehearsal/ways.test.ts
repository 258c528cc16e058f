import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { IceServers } from "../protocol/generated";
import { GATHERING_MS, kindOf, tryWays } from "./ways";

/** What a browser finds by way of a server: the types of candidates, and whether that is all. */
type Finds = { types: string[]; ends: boolean } | "throws";

class FakePeer {
  static finds: Record<string, Finds> = {};
  static made: FakePeer[] = [];
  onicecandidate:
    | ((event: { candidate: { type: string; candidate: string } | null }) => void)
    | null = null;
  isClosed = false;
  channels = 0;
  readonly configuration: RTCConfiguration;

  constructor(configuration: RTCConfiguration) {
    this.configuration = configuration;
    FakePeer.made.push(this);
  }

  createDataChannel(): void {
    this.channels += 1;
  }

  async setLocalDescription(): Promise<void> {
    const finds = FakePeer.finds[String(this.configuration.iceServers?.[0]?.urls)];
    if (finds === "throws" || finds === undefined) {
      throw new Error("not taken");
    }
    for (const type of finds.types) {
      this.onicecandidate?.({ candidate: { type, candidate: "candidate" } });
    }
    if (finds.ends) {
      this.onicecandidate?.({ candidate: null });
    }
  }

  close(): void {
    this.isClosed = true;
  }
}

function ice(...urls: string[]): IceServers {
  return {
    servers: [{ urls, username: "until:zoe", credential: "secret" }],
    expires_at: 0,
    relay_only: false,
  };
}

const makePeer = (configuration: RTCConfiguration) =>
  new FakePeer(configuration) as unknown as RTCPeerConnection;

describe("trying the ways", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    FakePeer.made = [];
  });
  afterEach(() => void vi.useRealTimers());

  it("finds each by itself, and closes what it opened", async () => {
    FakePeer.finds = {
      "stun:s": { types: ["host", "srflx"], ends: false },
      "turn:s": { types: ["host"], ends: true },
      "turn:s?transport=tcp": { types: ["relay"], ends: false },
      "turns:s": "throws",
    };
    const found = await tryWays(ice(...Object.keys(FakePeer.finds)), makePeer);
    expect(found).toEqual([
      { kind: "outside", works: true },
      { kind: "udp", works: false },
      { kind: "tcp", works: true },
      { kind: "tls", works: false },
    ]);
    expect(FakePeer.made.every(({ isClosed, channels }) => isClosed && channels === 1)).toBe(true);
  });

  it("gives credentials to relays only, of which nothing else will do", async () => {
    FakePeer.finds = { "stun:s": { types: [], ends: true }, "turn:s": { types: [], ends: true } };
    await tryWays(ice("stun:s", "turn:s"), makePeer);
    expect(FakePeer.made.map(({ configuration }) => configuration)).toEqual([
      { iceServers: [{ urls: "stun:s" }], iceTransportPolicy: "all" },
      {
        iceServers: [{ urls: "turn:s", username: "until:zoe", credential: "secret" }],
        iceTransportPolicy: "relay",
      },
    ]);
  });

  it("waits for none for ever", async () => {
    FakePeer.finds = { "turn:s": { types: ["host"], ends: false } };
    const tried = tryWays(ice("turn:s"), makePeer);
    await vi.advanceTimersByTimeAsync(GATHERING_MS);
    expect(await tried).toEqual([{ kind: "udp", works: false }]);
  });

  it.each([
    ["stun:a", "outside"],
    ["stuns:a", "outside"],
    ["turn:a:3478", "udp"],
    ["turn:a?transport=udp", "udp"],
    ["turn:a?transport=tcp", "tcp"],
    ["turns:a:443?transport=tcp", "tls"],
  ])("%s goes by %s", (url, kind) => {
    expect(kindOf(url)).toBe(kind);
  });
});
