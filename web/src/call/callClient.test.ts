import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CommandFailed } from "../connection/failure";
import type { Medium } from "../protocol/generated";
import { ownMedium, tileOf } from "../state/callSelectors";
import {
  ANNA,
  BOTH,
  callJoined,
  callView,
  ME,
  participant,
  SILENT,
  sending,
  setUpCall,
  slotsPush,
} from "./fakeCall";
import { FakeVideo, settle } from "./fakes";

/** Sections get their mids with the answer: audio 0, video 1 and 2. */
const [FIRST, SECOND] = ["1", "2"] as const;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("joining", () => {
  it("makes both sessions with the server and says what one sends", async () => {
    const { server, browser, mine, join } = setUpCall();
    await join(BOTH);
    expect(mine()).toMatchObject({ phase: "in", me: "me", own: { audio: "on", video: "on" } });
    expect(server.of("call.offer").map(({ role }) => role)).toEqual(["publish", "subscribe"]);
    expect(server.of("call.publish")).toMatchObject([
      { medium: "audio", muted: false },
      { medium: "video", muted: false },
    ]);
    const [publish, subscribe] = browser.peers;
    expect(publish?.sections[1]?.sender.track).toBe(browser.opened[1]);
    expect(subscribe?.sections.map(({ kind }) => kind)).toEqual(["audio", "video", "video"]);
    expect(publish?.configuration).toMatchObject({ iceServers: [] });
  });

  it("is connected when both sessions are", async () => {
    const { browser, mine, join } = setUpCall();
    await join();
    browser.peers[0]?.become("connected");
    expect(mine().media).toBe("connecting");
    browser.peers[1]?.become("connected");
    expect(mine().media).toBe("connected");
    browser.peers[1]?.become("disconnected");
    expect(mine().media).toBe("interrupted");
  });

  it("ends with the server's reason when it is refused, and closes the devices", async () => {
    const { server, browser, mine, client } = setUpCall();
    server.answers["call.join"] = () => {
      throw new CommandFailed("room_closed", "", false);
    };
    await expect(client.join(BOTH)).rejects.toMatchObject({ code: "room_closed" });
    await settle();
    expect(mine()).toMatchObject({ phase: "out", room: "r", refusal: "room_closed" });
    expect(browser.opened.every(({ readyState }) => readyState === "ended")).toBe(true);
  });

  it("goes on without devices that cannot be opened, and says why", async () => {
    const { server, browser, store, mine, join } = setUpCall();
    browser.refuses = "NotAllowedError";
    await join(BOTH);
    expect(mine()).toMatchObject({ phase: "in", own: { audio: "off", video: "off" } });
    expect(store.getState().call.devices.problem.camera).toBe("denied");
    expect(server.of("call.publish")).toEqual([]);
  });

  it("takes the devices of the lobby over", async () => {
    const { browser, client, join } = setUpCall();
    await client.devices.preview({ microphone: true, camera: true });
    await join({ ...SILENT, microphone: true });
    expect(browser.opened.map(({ kind, readyState }) => [kind, readyState])).toEqual([
      ["audio", "live"],
      ["video", "ended"],
    ]);
  });

  it("takes over what the lobby is still opening, and closes what one does not want", async () => {
    const { browser, client, join } = setUpCall();
    browser.isSlow = true;
    void client.devices.preview({ microphone: true, camera: true });
    await join({ ...SILENT, microphone: true });
    await browser.openSlow();
    expect(browser.opened).toHaveLength(2);
    expect(browser.lights).toEqual(["audio"]);
  });

  it("muted leaves no light on, though the lobby was still opening", async () => {
    const { browser, client, join } = setUpCall();
    browser.isSlow = true;
    void client.devices.preview({ microphone: true, camera: true });
    await join(SILENT);
    await browser.openSlow();
    expect(browser.opened).toHaveLength(2);
    expect(browser.lights).toEqual([]);
  });

  it("closes the lobby's devices when no room is open any more", async () => {
    const { browser, client, page } = setUpCall();
    await client.devices.preview({ microphone: true, camera: true });
    page.room = null;
    await expect(client.join(BOTH)).rejects.toMatchObject({ code: "not_joined" });
    expect(browser.lights).toEqual([]);
  });

  it("leaves no light on when the page closes while devices open", async () => {
    const { browser, client } = setUpCall();
    browser.isSlow = true;
    void client.devices.preview({ microphone: true, camera: true });
    client.close();
    await browser.openSlow();
    expect(browser.opened).toHaveLength(2);
    expect(browser.lights).toEqual([]);
  });

  it("leaves no light on when one leaves while another camera opens", async () => {
    const { browser, client, mine, join } = setUpCall();
    await join(BOTH);
    browser.isSlow = true;
    const choosing = client.devices.choose("camera", "c2");
    await client.leave();
    await browser.openSlow();
    await choosing;
    expect(browser.opened).toHaveLength(3);
    expect(browser.lights).toEqual([]);
    expect(mine()).toMatchObject({ phase: "out", own: { audio: "off", video: "off" } });
  });

  it("leaves the lobby its camera when a wish in the call before it is long withdrawn", async () => {
    const { browser, client, join } = setUpCall();
    await join();
    browser.isSlow = true;
    void client.controls.setCamera(true);
    await client.leave();
    const previewing = client.devices.preview({ microphone: false, camera: true });
    await browser.openSlow();
    expect((await previewing).camera).toBe(browser.opened[0]);
    expect(browser.lights).toEqual(["video"]);
  });

  it("leaves everything behind when one leaves, or closes the page", async () => {
    const { server, browser, client, mine, join } = setUpCall();
    await join(BOTH);
    browser.pageLeft();
    await settle();
    expect(server.of("call.leave")).toHaveLength(1);
    expect(browser.open).toEqual([]);
    expect(browser.opened.every(({ readyState }) => readyState === "ended")).toBe(true);
    expect(mine()).toMatchObject({ phase: "out", refusal: null, tiles: [] });
    await client.leave();
    expect(server.of("call.leave")).toHaveLength(1);
  });
});

describe("one's own media", () => {
  it("mute the microphone and close the camera", async () => {
    const { server, browser, client, mine, join } = setUpCall();
    await join(BOTH);
    await client.controls.setMicrophone(false);
    await client.controls.setCamera(false);
    expect(browser.opened).toMatchObject([
      { kind: "audio", enabled: false, readyState: "live" },
      { kind: "video", readyState: "ended" },
    ]);
    expect(server.of("call.publish").at(-1)).toMatchObject({ medium: "audio", muted: true });
    expect(server.of("call.unpublish")).toMatchObject([{ medium: "video" }]);
    await client.controls.setMicrophone(true);
    expect(browser.opened).toHaveLength(2);
    expect(mine().own).toEqual({ audio: "on", video: "off", screen: "off" });
  });

  it("are what was wished last, however long a device takes", async () => {
    const { browser, client, mine, join } = setUpCall();
    await join();
    const first = client.controls.setCamera(true);
    const second = client.controls.setCamera(false);
    await Promise.all([first, second]);
    await settle();
    expect(mine().own.video).toBe("off");
    expect(browser.opened[0]?.readyState).toBe("ended");
  });

  it("stay muted when they were muted while another microphone was opening", async () => {
    const { browser, client, mine, join } = setUpCall();
    await join(BOTH);
    browser.isSlow = true;
    const choosing = client.devices.choose("microphone", "m2");
    await client.controls.setMicrophone(false);
    await browser.openSlow();
    await choosing;
    expect(mine().own.audio).toBe("off");
    expect(browser.opened.at(-1)).toMatchObject({ kind: "audio", enabled: false });
  });

  it("are off again when the server refuses them", async () => {
    const { server, browser, client, mine, join } = setUpCall();
    await join();
    server.answers["call.publish"] = () => {
      throw new CommandFailed("room_locked", "", false);
    };
    await expect(client.controls.setCamera(true)).rejects.toMatchObject({ code: "room_locked" });
    expect(mine().own.video).toBe("off");
    expect(browser.opened[0]?.readyState).toBe("ended");
  });

  it("are said again when the server cannot answer now", async () => {
    const { server, client, mine, join } = setUpCall();
    await join();
    server.answers["call.publish"] = () => {
      throw new CommandFailed("too_many_requests", "", true);
    };
    await client.controls.setMicrophone(true);
    server.answers["call.publish"] = () => ({});
    await vi.advanceTimersByTimeAsync(5_000);
    expect(server.of("call.publish")).toHaveLength(2);
    expect(mine().own.audio).toBe("on");
  });

  it("go off when a teacher holds or mutes them, and not on again by themselves", async () => {
    const { server, browser, client, mine, change, join } = setUpCall();
    await join(BOTH);
    const track = (medium: Medium, muted: boolean) => ({ medium, muted, stopped: false });
    const me = participant("me", { tracks: [track("audio", false), track("video", false)] });
    change(callView([me], { revision: 2 }));
    change(
      callView([{ ...me, tracks: [track("audio", true), track("video", false)] }], { revision: 3 }),
    );
    await settle();
    expect(mine().own).toMatchObject({ audio: "off", video: "on" });
    expect(browser.opened[0]?.enabled).toBe(false);
    change(callView([{ ...me, held: ["video"] }], { revision: 4 }));
    await settle();
    expect(mine().own.video).toBe("off");
    expect(browser.opened[1]?.readyState).toBe("ended");
    await expect(client.controls.setCamera(true)).rejects.toMatchObject({ code: "call_held" });
    change(callView([me], { revision: 5 }));
    await settle();
    expect(mine().own).toMatchObject({ audio: "off", video: "off" });
    expect(server.of("call.unpublish")).toMatchObject([{ medium: "video" }]);
  });

  it("are not switched off by the echo of one's own doing", async () => {
    const { server, client, mine, change, join } = setUpCall();
    await join({ ...SILENT, microphone: true });
    const me = (muted: boolean) =>
      participant("me", { tracks: [{ medium: "audio", muted, stopped: false }] });
    let revision = 1;
    server.answers["call.publish"] = ({ muted }) => {
      revision += 1;
      change(callView([me(muted ?? false)], { revision }));
      return {};
    };
    const off = client.controls.setMicrophone(false);
    await Promise.all([off, client.controls.setMicrophone(true)]);
    await settle();
    expect(revision).toBe(3);
    expect(mine().own.audio).toBe("on");
  });

  it("are a microphone while the talk key is held", async () => {
    const { server, client, mine, join } = setUpCall();
    await join();
    client.controls.pushToTalk(true);
    await settle();
    expect(mine()).toMatchObject({ talking: true, own: { audio: "on" } });
    client.controls.pushToTalk(false);
    await settle();
    expect(mine()).toMatchObject({ talking: false, own: { audio: "off" } });
    expect(server.of("call.publish").map(({ muted }) => muted)).toEqual([false, true]);
    await client.controls.setMicrophone(true);
    client.controls.pushToTalk(true);
    client.controls.pushToTalk(false);
    await settle();
    expect(mine().own.audio).toBe("on");
  });

  it("are a microphone that is let go of before the server has answered, and that is said too", async () => {
    const { server, client, mine, join } = setUpCall();
    await join();
    let answer = () => {};
    server.answers["call.publish"] = ({ muted }) =>
      muted ? {} : new Promise((resolve) => (answer = () => resolve({})));
    client.controls.pushToTalk(true);
    await settle();
    client.controls.pushToTalk(false);
    await settle();
    answer();
    await settle();
    expect(mine().own.audio).toBe("off");
    expect(server.of("call.publish").map(({ muted }) => muted)).toEqual([false, true]);
  });

  it("end with their device", async () => {
    const { server, browser, store, mine, join } = setUpCall();
    await join(BOTH);
    browser.opened[1]?.onended?.();
    await settle();
    expect(mine().own.video).toBe("off");
    expect(server.of("call.unpublish")).toMatchObject([{ medium: "video" }]);
    expect(store.getState().call.devices.problem.camera).toBe("missing");
  });

  it("are a screen until the browser's own button ends it; it is no failure to choose none", async () => {
    const { browser, client, mine, join } = setUpCall();
    await join();
    browser.refuses = "NotAllowedError";
    await client.controls.startScreen();
    expect(mine().own.screen).toBe("off");
    browser.refuses = null;
    await client.controls.startScreen();
    expect(mine().own.screen).toBe("on");
    browser.opened[0]?.onended?.();
    expect(mine().own.screen).toBe("off");
  });
});

describe("slots", () => {
  it("are cleared before the server hears that they are, and covered until the new source is there", async () => {
    const { server, browser, store, client, join } = setUpCall(
      callJoined(callView([ME, ANNA, sending("ben", "video")])),
    );
    await join();
    const anna = new FakeVideo();
    const ben = new FakeVideo();
    client.show(anna as unknown as HTMLVideoElement, "anna", "video");
    client.show(ben as unknown as HTMLVideoElement, "ben", "video");
    client.onPush(slotsPush(1, [FIRST, "anna", null], [SECOND, null, null]));
    const track = browser.peers[1]?.sections[1]?.receiver.track.id;
    expect(anna.shows).toBe(track);
    anna.frame(100);
    expect(tileOf(store.getState(), "anna", "video")).toMatchObject({ covered: false });
    let seenAtAck: unknown = null;
    server.answers["call.slots_seen"] = () => {
      seenAtAck = [anna.shows, anna.isHidden, ben.isHidden];
      return {};
    };
    client.onPush(slotsPush(2, [FIRST, "ben", 500], [SECOND, null, null]));
    await settle();
    expect(seenAtAck).toEqual([null, true, true]);
    expect(server.of("call.slots_seen").at(-1)).toMatchObject({ revision: 2 });
    expect(tileOf(store.getState(), "anna", "video")).toBeNull();
    ben.frame(500);
    expect(ben.isHidden).toBe(true);
    ben.frame(501);
    expect(ben.isHidden).toBe(false);
    expect(tileOf(store.getState(), "ben", "video")).toMatchObject({ covered: false });
  });
});

describe("the rest", () => {
  it("is said to the server as it is", async () => {
    const { server, client, mine, join } = setUpCall();
    await join();
    await client.raiseHand(true);
    await client.moderation.lowerHand("anna");
    await client.moderation.ask("anna", "audio");
    await client.moderation.mute("anna", "audio");
    await client.watch("anna");
    await client.setBandwidth("one-camera");
    await client.moderation.hold("member-anna", "video", true);
    await client.moderation.holdPupils("audio", true);
    await client.moderation.remove("member-anna", true);
    await client.moderation.endForAll();
    expect(server.asked.slice(-10).map(({ name }) => name)).toEqual([
      "call.hand",
      "call.hand",
      "call.ask",
      "call.mute",
      "call.watch",
      "call.set_bandwidth",
      "call.hold",
      "call.hold_pupils",
      "call.remove",
      "call.end",
    ]);
    expect(server.of("call.end")).toMatchObject([{ room: "r", nonce: expect.any(String) }]);
    expect(server.of("call.set_bandwidth")).toMatchObject([
      { bandwidth: "one-camera", automatic: false },
    ]);
    expect(mine()).toMatchObject({ watching: "anna", bandwidthNow: "one-camera" });
  });

  it("keeps a question until it was answered", async () => {
    const { client, mine, store, join } = setUpCall();
    await join();
    client.onPush({ name: "call_asked", payload: { room: "r", medium: "audio", by: "anna" } });
    expect(mine().asked).toHaveLength(1);
    await client.controls.setMicrophone(true);
    expect(mine().asked).toEqual([]);
    expect(ownMedium(store.getState(), "audio")).toEqual({ state: "on" });
  });

  it("asks for a click when the browser blocks sound", async () => {
    const { browser, client, mine, join } = setUpCall();
    browser.isSoundBlocked = true;
    await join();
    expect(mine().soundBlocked).toBe(true);
    browser.isSoundBlocked = false;
    await client.unblockSound();
    expect(mine().soundBlocked).toBe(false);
  });

  it("goes down the ladder by itself on a poor line", async () => {
    const { server, browser, mine, join } = setUpCall();
    await join();
    browser.peers.forEach((peer) => {
      peer.become("connected");
    });
    for (let second = 0; second < 20; second += 2) {
      const entry = { type: "inbound-rtp", packetsReceived: second * 80, packetsLost: second * 20 };
      browser.peers[1]?.stats.set("in", entry);
      browser.time = second * 1_000;
      await vi.advanceTimersByTimeAsync(2_000);
    }
    expect(mine()).toMatchObject({ quality: "poor", bandwidthChoice: "automatic" });
    expect(mine().bandwidthNow).not.toBe("full");
    expect(server.of("call.report_quality")).toMatchObject([{ quality: "poor" }]);
    expect(server.of("call.set_bandwidth")[0]).toMatchObject({
      bandwidth: "one-camera",
      automatic: true,
    });
  });
});
