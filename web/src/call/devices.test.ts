import { describe, expect, it, vi } from "vitest";
import type { DevicesState } from "../state/call";
import { wantedCodecs } from "./codecs";
import { Devices } from "./devices";
import { FakeTrack, named, settle } from "./fakes";
import { levelOf } from "./level";

function setUp() {
  const storage = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, value: string) => storage.set(key, value),
    removeItem: (key: string) => storage.delete(key),
  });
  const tracks: FakeTrack[] = [];
  const waiting: (() => void)[] = [];
  let isSlow = false;
  /** Devices open only when `goOn` is called. */
  const slowDown = (): void => {
    isSlow = true;
  };
  const goOn = async (): Promise<void> => {
    isSlow = false;
    for (const go of waiting.splice(0)) {
      go();
    }
    await settle();
  };
  const lights = (): string[] =>
    tracks.filter(({ readyState }) => readyState === "live").map(({ kind }) => kind);
  const getUserMedia = vi.fn(async (wanted: MediaStreamConstraints) => {
    if (isSlow) {
      await new Promise<void>((go) => waiting.push(go));
    }
    const track = new FakeTrack(wanted.audio ? "audio" : "video");
    tracks.push(track);
    return { getTracks: () => [track] };
  });
  const listeners = new Set<() => void>();
  let present = [
    { kind: "audioinput", deviceId: "m1", label: "Desk" },
    { kind: "videoinput", deviceId: "c1", label: "Front" },
    { kind: "audiooutput", deviceId: "s1", label: "Loud" },
  ];
  const mediaDevices = {
    getUserMedia,
    enumerateDevices: async () => present,
    addEventListener: (_: string, listener: () => void) => listeners.add(listener),
    removeEventListener: (_: string, listener: () => void) => listeners.delete(listener),
  };
  let state: DevicesState | null = null;
  const open = (given: unknown = mediaDevices): Devices =>
    new Devices({
      mediaDevices: given as MediaDevices,
      onChange: (now) => {
        state = now;
      },
    });
  const plug = (devices: typeof present): void => {
    present = devices;
    for (const listener of listeners) {
      listener();
    }
  };
  return {
    open,
    tracks,
    getUserMedia,
    listeners,
    plug,
    storage,
    slowDown,
    goOn,
    lights,
    state: () => state,
  };
}

describe("the devices", () => {
  it("are listed by kind, as long as somebody watches", async () => {
    const { open, listeners, plug, state } = setUp();
    const stop = open().watch();
    await settle();
    expect(state()?.list).toEqual({
      microphone: [{ id: "m1", label: "Desk" }],
      camera: [{ id: "c1", label: "Front" }],
      speaker: [{ id: "s1", label: "Loud" }],
    });
    plug([]);
    await settle();
    expect(state()?.list.camera).toEqual([]);
    stop();
    expect(listeners.size).toBe(0);
  });

  it("are opened once, for all who ask", async () => {
    const { open, tracks } = setUp();
    const devices = open();
    const [first, second] = await Promise.all([devices.open("camera"), devices.open("camera")]);
    expect(first).toBe(second);
    expect(await devices.open("camera")).toBe(first);
    expect(tracks).toHaveLength(1);
  });

  it("are remembered when chosen, and exchanged where they are open", async () => {
    const { open, tracks, getUserMedia, state } = setUp();
    const devices = open();
    const exchanged = vi.fn();
    devices.onTrack = exchanged;
    await devices.open("camera");
    await devices.choose("camera", "c2");
    expect(getUserMedia.mock.lastCall?.[0].video).toMatchObject({ deviceId: { exact: "c2" } });
    expect(tracks.map(({ readyState }) => readyState)).toEqual(["ended", "live"]);
    expect(exchanged).toHaveBeenCalledWith("camera", tracks[1]);
    expect(state()?.chosen.camera).toBe("c2");
    expect(open().state.chosen).toEqual({ microphone: null, camera: "c2", speaker: null });
  });

  it("are the browser's choice when the chosen one is not there", async () => {
    const { open, tracks, getUserMedia } = setUp();
    const devices = open();
    await devices.choose("microphone", "at-home");
    getUserMedia.mockRejectedValueOnce(named("OverconstrainedError"));
    await devices.open("microphone");
    expect(tracks).toHaveLength(1);
    expect(getUserMedia.mock.lastCall?.[0].audio).not.toHaveProperty("deviceId");
  });

  it("say in words of our own why they cannot be used, until they can", async () => {
    const { open, getUserMedia, state } = setUp();
    const devices = open();
    const problems = {
      NotAllowedError: "denied",
      NotFoundError: "missing",
      NotReadableError: "busy",
      TypeError: "unsupported",
      Whatever: "unknown",
    };
    for (const [name, code] of Object.entries(problems)) {
      getUserMedia.mockRejectedValueOnce(named(name));
      await expect(devices.open("camera")).rejects.toMatchObject({ code });
      expect(state()?.problem.camera).toBe(code);
    }
    await devices.open("camera");
    expect(state()?.problem.camera).toBeNull();
    await expect(open({ enumerateDevices: async () => [] }).open("screen")).rejects.toMatchObject({
      code: "unsupported",
    });
  });

  it("tell of a track that ends by itself", async () => {
    const { open, tracks, state } = setUp();
    const devices = open();
    const ended = vi.fn();
    devices.onTrack = ended;
    await devices.open("microphone");
    tracks[0]?.onended?.();
    expect(ended).toHaveBeenCalledWith("microphone", null);
    expect(state()?.problem.microphone).toBe("missing");
    expect(devices.track("microphone")).toBeNull();
  });

  it("are open in the lobby as wished, and closed after it", async () => {
    const { open, tracks } = setUp();
    const devices = open();
    const first = await devices.preview({ microphone: true, camera: true });
    expect(first.camera).toBe(tracks[1]);
    const second = await devices.preview({ microphone: true, camera: false });
    expect(second).toEqual({ microphone: tracks[0], camera: null });
    devices.stopPreview();
    expect(tracks.every(({ readyState }) => readyState === "ended")).toBe(true);
  });
});

describe("devices that take their time to open", () => {
  it("are closed as soon as they are open when the lobby has gone meanwhile", async () => {
    const { open, tracks, slowDown, goOn, lights } = setUp();
    const devices = open();
    slowDown();
    const previewing = devices.preview({ microphone: true, camera: true });
    devices.stopPreview();
    await goOn();
    expect(await previewing).toEqual({ microphone: null, camera: null });
    expect(tracks).toHaveLength(2);
    expect(lights()).toEqual([]);
    expect(devices.track("camera")).toBeNull();
  });

  it("are closed when they were switched off in the lobby meanwhile", async () => {
    const { open, slowDown, goOn, lights } = setUp();
    const devices = open();
    slowDown();
    void devices.preview({ microphone: true, camera: true });
    void devices.preview({ microphone: true, camera: false });
    await goOn();
    expect(lights()).toEqual(["audio"]);
    expect(devices.track("camera")).toBeNull();
  });

  it("stay open when they are wanted again before they were there, and are asked for once", async () => {
    const { open, tracks, slowDown, goOn, lights } = setUp();
    const devices = open();
    slowDown();
    void devices.preview({ microphone: false, camera: true });
    devices.stopPreview();
    const again = devices.preview({ microphone: false, camera: true });
    await goOn();
    expect((await again).camera).toBe(tracks[0]);
    expect(tracks).toHaveLength(1);
    expect(lights()).toEqual(["video"]);
    devices.stopPreview();
    expect(lights()).toEqual([]);
  });

  it("are closed when another one was chosen and nobody wants it any more", async () => {
    const { open, slowDown, goOn, lights } = setUp();
    const devices = open();
    const exchanged = vi.fn();
    devices.onTrack = exchanged;
    await devices.open("camera");
    slowDown();
    const choosing = devices.choose("camera", "c2");
    devices.close("camera");
    await goOn();
    await choosing;
    expect(lights()).toEqual([]);
    expect(exchanged).not.toHaveBeenCalled();
  });

  it("are the ones that were chosen last", async () => {
    const { open, getUserMedia, slowDown, goOn, lights } = setUp();
    const devices = open();
    slowDown();
    const opening = devices.open("camera");
    await devices.choose("camera", "c2");
    await goOn();
    await opening;
    expect(getUserMedia.mock.lastCall?.[0].video).toMatchObject({ deviceId: { exact: "c2" } });
    expect(lights()).toEqual(["video"]);
  });

  it("can be opened afterwards", async () => {
    const { open, slowDown, goOn, lights } = setUp();
    const devices = open();
    slowDown();
    const first = devices.open("screen");
    devices.close("screen");
    await expect(first).rejects.toThrow(); // there is no getDisplayMedia here
    const second = devices.open("camera");
    devices.close("camera");
    const closed = expect(second).rejects.toThrow("closed before it was open");
    await goOn();
    await closed;
    await devices.open("camera");
    expect(lights()).toEqual(["video"]);
  });
});

describe("the level", () => {
  it("is 0 for silence and 1 for loud, by decibels", () => {
    expect(levelOf(new Float32Array(64))).toBe(0);
    expect(levelOf(new Float32Array(64).fill(0.5))).toBe(1);
    expect(levelOf(new Float32Array(64).fill(0.01))).toBeCloseTo(20 / 45, 2);
  });
});

describe("the codecs that are offered", () => {
  const codec = (mimeType: string, sdpFmtpLine?: string): RTCRtpCodec => ({
    mimeType,
    clockRate: 90_000,
    ...(sdpFmtpLine === undefined ? {} : { sdpFmtpLine }),
  });
  const plain = codec("video/H264", "packetization-mode=1;profile-level-id=42e01f");

  it("are VP8, then plain H264, and what repeats lost packets", () => {
    const all = [
      codec("video/rtx"),
      codec("video/VP9"),
      plain,
      codec("video/H264", "packetization-mode=0;profile-level-id=42e01f"),
      codec("video/H264", "packetization-mode=1;profile-level-id=64001f"),
      codec("video/VP8"),
      codec("video/red"),
    ];
    const names = wantedCodecs("video", all).map(({ mimeType }) => mimeType);
    expect(names).toEqual(["video/VP8", "video/H264", "video/rtx"]);
    expect(wantedCodecs("video", all)[1]).toBe(plain);
  });

  it("are Opus for sound", () => {
    const all = [codec("audio/PCMU"), codec("audio/opus")];
    expect(wantedCodecs("audio", all).map(({ mimeType }) => mimeType)).toEqual(["audio/opus"]);
  });
});
