import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakePeer, settle } from "../call/fakes";
import type { IceServers } from "../protocol/generated";
import { CONNECTING_MS, tryCall } from "./trial";

const ICE: IceServers = { servers: [], expires_at: 0, relay_only: false };

let peer: FakePeer;
const makePeer = (configuration: RTCConfiguration) => {
  peer = new FakePeer(configuration);
  return peer as unknown as RTCPeerConnection;
};
const answer = () => Promise.resolve({ sdp: "answer" });

/** What the browser says of the way by which it goes; browsers mark the pair that is used in three ways. */
function byWay(local: object, mark: object = { nominated: true }, transport: object = {}): void {
  peer.stats = new Map<string, object>([
    ["transport", { type: "transport", ...transport }],
    ["other", { type: "candidate-pair", state: "waiting", localCandidateId: "otherLocal" }],
    ["otherLocal", { type: "local-candidate", protocol: "udp" }],
    ["pair", { type: "candidate-pair", localCandidateId: "local", ...mark }],
    ["local", { type: "local-candidate", ...local }],
  ]);
}

describe("trying a call", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([
    [{ protocol: "udp" }, "direct"],
    [{ protocol: "tcp" }, "detour"],
    [{ protocol: "udp", relayProtocol: "udp" }, "direct"],
    [{ protocol: "udp", relayProtocol: "tls" }, "detour"],
    [{}, "direct"],
  ])("is told by the way it goes: %j is %s", async (local, trial) => {
    const tried = tryCall(ICE, answer, makePeer);
    await settle();
    byWay(local);
    peer.become("connected");
    expect(await tried).toBe(trial);
    expect(peer.isClosed).toBe(true);
  });

  it.each([
    [{ nominated: true }, {}],
    [{ state: "succeeded" }, {}],
    [{}, { selectedCandidatePairId: "pair" }],
  ])("finds the pair that is used: %j, %j", async (mark, transport) => {
    const tried = tryCall(ICE, answer, makePeer);
    await settle();
    byWay({ protocol: "tcp" }, mark, transport);
    peer.become("connected");
    expect(await tried).toBe("detour");
  });

  it("offers sound without a microphone, and sends nothing", async () => {
    const tried = tryCall(ICE, answer, makePeer);
    await settle();
    expect(peer.sections.map(({ kind, direction }) => [kind, direction])).toEqual([
      ["audio", "sendonly"],
    ]);
    expect(peer.sections[0]?.sender.track).toBeNull();
    peer.become("connected");
    await tried;
  });

  it("is blocked when it fails, or does not come about in time", async () => {
    const failed = tryCall(ICE, answer, makePeer);
    await settle();
    peer.become("failed");
    expect(await failed).toBe("blocked");
    const late = tryCall(ICE, answer, makePeer);
    await vi.advanceTimersByTimeAsync(CONNECTING_MS);
    expect(await late).toBe("blocked");
    expect(peer.isClosed).toBe(true);
  });

  it("says nothing of the network when the server refuses, or the browser cannot", async () => {
    expect(await tryCall(ICE, () => Promise.reject(new Error("unavailable")), makePeer)).toBe(
      "untried",
    );
    expect(peer.isClosed).toBe(true);
    expect(
      await tryCall(ICE, answer, () => {
        throw new Error("not taken");
      }),
    ).toBe("untried");
  });
});
