import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CommandFailed } from "../connection/failure";
import { cameraEncodings } from "./encodings";
import { callView, ME, participant } from "./fakeCall";
import { FakePeer, FakeTrack, settle } from "./fakes";
import { IceConfiguration } from "./iceServers";
import { LocalTracks } from "./localTracks";
import { Mesh } from "./mesh";
import { MeshPeer } from "./meshPeer";
import { Publisher } from "./publisher";
import { CONNECT_MS, PATIENCE_MS, Recovery } from "./recovery";
import { ServerSession } from "./serverSession";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const asPeer = (peer: FakePeer): RTCPeerConnection => peer as unknown as RTCPeerConnection;
const asTrack = (track: FakeTrack): MediaStreamTrack => track as unknown as MediaStreamTrack;

describe("recovery", () => {
  function setUp() {
    const repairs: string[] = [];
    return { repairs, recovery: new Recovery((repair) => repairs.push(repair)) };
  }

  it("gives an interruption a moment to mend itself", () => {
    const { repairs, recovery } = setUp();
    recovery.observe("disconnected");
    vi.advanceTimersByTime(PATIENCE_MS - 1);
    recovery.observe("connected");
    vi.advanceTimersByTime(10 * CONNECT_MS);
    expect(repairs).toEqual([]);
  });

  it("restarts what failed, twice, and then builds anew", () => {
    const { repairs, recovery } = setUp();
    recovery.observe("connected");
    recovery.observe("failed");
    vi.advanceTimersByTime(0);
    expect(repairs).toEqual(["restart"]);
    vi.advanceTimersByTime(2 * CONNECT_MS);
    expect(repairs).toEqual(["restart", "restart", "rebuild"]);
  });

  it("begins again after it has connected", () => {
    const { repairs, recovery } = setUp();
    for (let time = 0; time < 3; time += 1) {
      recovery.observe("connected");
      recovery.observe("disconnected");
      vi.advanceTimersByTime(PATIENCE_MS);
    }
    expect(repairs).toEqual(["restart", "restart", "restart"]);
  });

  it("does not wait when the network has changed, nor for an offer that leads nowhere", () => {
    const { repairs, recovery } = setUp();
    recovery.hurry();
    vi.advanceTimersByTime(0);
    expect(repairs).toEqual(["restart"]);
    recovery.started();
    vi.advanceTimersByTime(CONNECT_MS);
    expect(repairs).toEqual(["restart", "restart"]);
  });
});

describe("a session with the server", () => {
  function setUp() {
    const peer = new FakePeer({});
    const log: string[] = [];
    const offers: { answer(sdp: string): void; fail(error: unknown): void }[] = [];
    const session = new ServerSession({
      peer: asPeer(peer),
      offer: () =>
        new Promise((resolve, reject) => {
          offers.push({ answer: resolve, fail: reject });
        }),
      configuration: async () => ({ iceServers: [{ urls: "turn:fresh" }] }),
      onState: () => log.push("state"),
      onBroken: () => log.push("broken"),
      onRefused: ({ code }) => log.push(code),
    });
    return { peer, log, offers, session };
  }

  it("offers, and takes the answer", async () => {
    const { peer, offers, session } = setUp();
    session.negotiate();
    await settle();
    expect(peer.signalingState).toBe("have-local-offer");
    offers[0]?.answer("{}");
    await settle();
    expect(peer).toMatchObject({ signalingState: "stable", remoteDescription: { sdp: "{}" } });
  });

  it("has one offer on its way at a time, and makes up for what was asked meanwhile", async () => {
    const { offers, session } = setUp();
    session.negotiate();
    await settle();
    session.negotiate();
    session.negotiate();
    await settle();
    expect(offers).toHaveLength(1);
    offers[0]?.answer("{}");
    await settle();
    expect(offers).toHaveLength(2);
    offers[1]?.answer("{}");
    await settle();
    expect(offers).toHaveLength(2);
  });

  it("offers again what could not be answered, at once when the server is back", async () => {
    const { offers, session } = setUp();
    session.negotiate();
    await settle();
    offers[0]?.fail(new CommandFailed("no_answer", "", true));
    await settle();
    expect(offers).toHaveLength(1);
    session.resume();
    await settle();
    expect(offers).toHaveLength(2);
    offers[1]?.fail(new CommandFailed("unavailable", "", true));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(offers).toHaveLength(3);
  });

  it("tells of a refusal, and does not ask again", async () => {
    const { log, offers, session } = setUp();
    session.negotiate();
    await settle();
    offers[0]?.fail(new CommandFailed("offer_refused", "", false));
    await settle();
    expect(log).toEqual(["offer_refused"]);
    expect(offers).toHaveLength(1);
  });

  it("restarts ICE with fresh credentials", async () => {
    const { peer, log, offers, session } = setUp();
    session.negotiate();
    await settle();
    offers[0]?.answer("{}");
    await settle();
    peer.become("connected");
    peer.become("failed");
    await vi.advanceTimersByTimeAsync(0);
    expect(peer.restarts).toBe(1);
    expect(peer.configuration.iceServers).toEqual([{ urls: "turn:fresh" }]);
    expect(offers).toHaveLength(2);
    offers[1]?.answer("{}");
    await vi.advanceTimersByTimeAsync(2 * CONNECT_MS);
    offers[2]?.answer("{}");
    await vi.advanceTimersByTimeAsync(CONNECT_MS);
    expect(log).toContain("broken");
  });

  it("does nothing any more when it is closed", async () => {
    const { peer, log, offers, session } = setUp();
    session.negotiate();
    await settle();
    session.close();
    offers[0]?.answer("{}");
    await vi.advanceTimersByTimeAsync(10 * CONNECT_MS);
    expect(peer.remoteDescription).toBeNull();
    expect(log).toEqual([]);
  });
});

describe("the publisher", () => {
  it("has microphone, camera and screen, and changes only their tracks", async () => {
    const peer = new FakePeer({});
    const tracks = new LocalTracks();
    const publisher = new Publisher(asPeer(peer), tracks, () => []);
    expect(peer.sections.map(({ kind, direction }) => [kind, direction])).toEqual([
      ["audio", "sendonly"],
      ["video", "sendonly"],
      ["video", "sendonly"],
    ]);
    const camera = asTrack(new FakeTrack("video", 360));
    tracks.set("video", camera);
    await settle();
    const sender = peer.sections[1]?.sender;
    expect(sender?.track).toBe(camera);
    expect(sender?.encodings.map(({ rid, active }) => [rid, active])).toEqual([
      ["q", true],
      ["h", true],
      ["f", false],
    ]);
    expect(sender?.encodings.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy)).toEqual([
      2, 1, 1,
    ]);
    publisher.close();
    tracks.set("video", null);
    await settle();
    expect(sender?.track).toBe(camera);
  });

  it("sends as many layers as the camera is good for, the last one whole", () => {
    const active = (lines: number) =>
      cameraEncodings(lines)
        .filter((encoding) => encoding.active)
        .map((encoding) => [encoding.scaleResolutionDownBy, encoding.maxBitrate]);
    expect(active(720)).toEqual([
      [4, 150_000],
      [2, 500_000],
      [1, 1_500_000],
    ]);
    expect(active(360)).toEqual([
      [2, 150_000],
      [1, 500_000],
    ]);
    expect(active(180)).toEqual([[1, 500_000]]);
  });
});

describe("the ICE servers", () => {
  const servers = (username: string) => ({
    servers: [{ urls: ["turn:relay.example"], username, credential: "secret" }],
    expires_at: 0,
    relay_only: true,
  });

  it("are an empty list when there are none, and are not asked for then", async () => {
    const ask = vi.fn();
    const nothing = { servers: [], expires_at: 0, relay_only: false };
    const ice = new IceConfiguration(nothing, ask, () => 0);
    expect(await ice.fresh()).toMatchObject({ iceServers: [], iceTransportPolicy: "all" });
    expect(ask).not.toHaveBeenCalled();
  });

  it("are asked for again when they are not young, and kept when that fails", async () => {
    let now = 0;
    const ask = vi.fn(async () => servers("second"));
    const ice = new IceConfiguration(servers("first"), ask, () => now);
    const username = async () => (await ice.fresh()).iceServers?.[0]?.username;
    expect(await username()).toBe("first");
    now = 3_600_000;
    expect(await username()).toBe("second");
    ask.mockRejectedValue(new CommandFailed("no_answer", "", true));
    now = 7_200_000;
    expect(await username()).toBe("second");
    expect(ice.current.iceTransportPolicy).toBe("relay");
  });
});

describe("perfect negotiation", () => {
  /** Two peers and a relay between them that delivers when told. */
  function setUp() {
    const ends: { peer: FakePeer; mesh: MeshPeer; tracks: LocalTracks; inbox: (() => void)[] }[] =
      [];
    const unreachable: number[] = [];
    for (const isPolite of [true, false]) {
      const peer = new FakePeer({});
      const tracks = new LocalTracks();
      const other = isPolite ? 1 : 0;
      const mesh = new MeshPeer({
        peer: asPeer(peer),
        isPolite,
        tracks,
        describe: async (type, sdp) => {
          ends[other]?.inbox.push(() => void ends[other]?.mesh.onDescription(type, sdp));
        },
        candidate: async ({ candidate }) => {
          ends[other]?.inbox.push(() => void ends[other]?.mesh.onCandidate({ candidate }));
        },
        configuration: async () => ({}),
        onChange: () => {},
        onUnreachable: () => unreachable.push(other),
      });
      ends.push({ peer, mesh, tracks, inbox: [] });
    }
    const deliver = async (): Promise<void> => {
      await settle();
      while (ends.some(({ inbox }) => inbox.length > 0)) {
        for (const { inbox } of ends) {
          inbox.shift()?.();
        }
        await settle();
      }
    };
    const [polite, impolite] = ends as [(typeof ends)[0], (typeof ends)[0]];
    return { polite, impolite, deliver, unreachable };
  }

  it("asks for the server where no direct connection comes about, and where one cannot be mended", async () => {
    const { polite, impolite, deliver, unreachable } = setUp();
    await polite.mesh.start();
    await impolite.mesh.start();
    await deliver();
    impolite.peer.become("connected");
    vi.advanceTimersByTime(CONNECT_MS);
    expect(unreachable).toEqual([1]); // the polite one has not connected
    impolite.peer.become("failed");
    vi.advanceTimersByTime(CONNECT_MS);
    expect(unreachable.filter((end) => end === 0)).toEqual([]);
    vi.advanceTimersByTime(CONNECT_MS);
    expect(unreachable).toContain(0);
  });

  it("has three sections, made by the impolite side and used by both", async () => {
    const { polite, impolite, deliver } = setUp();
    const microphone = asTrack(new FakeTrack("audio"));
    polite.tracks.set("audio", microphone);
    await polite.mesh.start();
    await impolite.mesh.start();
    await deliver();
    for (const { peer } of [polite, impolite]) {
      expect(peer.signalingState).toBe("stable");
      expect(peer.sections.map(({ kind }) => kind)).toEqual(["audio", "video", "video"]);
      expect(peer.sections.every(({ direction }) => direction === "sendrecv")).toBe(true);
    }
    expect(polite.peer.sections[0]?.sender.track).toBe(microphone);
    expect(impolite.mesh.receiver("screen")).toBe(impolite.peer.sections[2]?.receiver);
  });

  it("gets over offers that meet", async () => {
    const { polite, impolite, deliver } = setUp();
    await polite.mesh.start();
    await impolite.mesh.start();
    await deliver();
    polite.peer.restartIce();
    impolite.peer.restartIce();
    await settle();
    expect(polite.peer.signalingState).toBe("have-local-offer");
    expect(impolite.peer.signalingState).toBe("have-local-offer");
    await deliver();
    expect(polite.peer.signalingState).toBe("stable");
    expect(impolite.peer.signalingState).toBe("stable");
    expect(polite.peer.sections).toHaveLength(3);
  });

  it("ignores candidates of an offer that it ignores, and takes others", async () => {
    const { polite, impolite, deliver } = setUp();
    await polite.mesh.start();
    await impolite.mesh.start();
    await deliver();
    impolite.peer.onicecandidate?.({
      candidate: { candidate: "one", sdpMid: "0", sdpMLineIndex: 0 },
    });
    await deliver();
    expect(polite.peer.candidates).toMatchObject([{ candidate: "one" }]);
  });

  it("says again what could not be passed on", async () => {
    const peer = new FakePeer({});
    let isAway = true;
    const sent: string[] = [];
    const mesh = new MeshPeer({
      peer: asPeer(peer),
      isPolite: false,
      tracks: new LocalTracks(),
      describe: async (type) => {
        if (isAway) {
          throw new CommandFailed("unknown_participant", "", false);
        }
        sent.push(type);
      },
      candidate: async () => {},
      configuration: async () => ({}),
      onChange: () => {},
      onUnreachable: () => {},
    });
    await mesh.start();
    await settle();
    expect(peer.signalingState).toBe("have-local-offer");
    isAway = false;
    mesh.resume();
    await settle();
    expect(sent).toEqual(["offer"]);
  });

  it("restarts when the path is lost", async () => {
    const { polite, impolite, deliver } = setUp();
    await polite.mesh.start();
    await impolite.mesh.start();
    await deliver();
    impolite.peer.become("connected");
    impolite.peer.become("failed");
    await vi.advanceTimersByTimeAsync(0);
    await deliver();
    expect(impolite.peer.restarts).toBe(1);
    expect(impolite.peer.signalingState).toBe("stable");
  });
});

describe("a mesh that grows", () => {
  /** One polite participant whose ICE servers come when told. */
  function setUp() {
    const peers: FakePeer[] = [];
    const waiting: (() => void)[] = [];
    const mesh = new Mesh({
      room: "r",
      me: ME.id,
      request: vi.fn().mockResolvedValue({}),
      makePeer: (configuration) => {
        const peer = new FakePeer(configuration);
        peers.push(peer);
        return asPeer(peer);
      },
      tracks: new LocalTracks(),
      configuration: () => new Promise((resolve) => waiting.push(() => resolve({}))),
      onChange: () => {},
      onUnreachable: () => {},
    });
    const configure = async (): Promise<void> => {
      for (const go of waiting.splice(0)) {
        go();
      }
      await settle();
    };
    const offer = () => {
      const sdp = JSON.stringify({ kinds: ["audio", "video", "video"] });
      mesh.onDescription({ room: "r", sender: "zoe", type: "offer", sdp });
    };
    const candidate = (text: string) =>
      mesh.onCandidate({ room: "r", sender: "zoe", candidate: text, mid: "0", line: 0 });
    return { mesh, peers, configure, offer, candidate };
  }

  const everybody = callView([ME, participant("zoe")]);
  const nobody = callView([ME]);

  it("takes candidates that came before it was set up after the offer that came before them", async () => {
    const { peers, configure, offer, candidate } = setUp();
    offer();
    candidate("one");
    await settle();
    candidate("two");
    await configure();
    expect(peers).toMatchObject([
      { signalingState: "stable", candidates: [{ candidate: "one" }, { candidate: "two" }] },
    ]);
  });

  it("takes them in their order whoever told first of the newcomer", async () => {
    const { mesh, peers, configure, offer, candidate } = setUp();
    mesh.update(everybody, true);
    offer();
    candidate("one");
    await configure();
    candidate("two");
    await settle();
    expect(peers).toMatchObject([{ candidates: [{ candidate: "one" }, { candidate: "two" }] }]);
  });

  it("connects once with somebody who goes and comes back while it is set up", async () => {
    const { mesh, peers, configure, offer, candidate } = setUp();
    offer();
    candidate("of a connection that is gone");
    mesh.update(nobody, true);
    offer();
    candidate("one");
    await configure();
    expect(peers).toMatchObject([{ candidates: [{ candidate: "one" }] }]);
    mesh.close();
    expect(peers[0]?.isClosed).toBe(true);
  });
});
