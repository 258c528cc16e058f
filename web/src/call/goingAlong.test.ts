import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CommandFailed, type FailureCode, noAnswer } from "../connection/failure";
import type { CallView } from "../protocol/generated";
import { ANNA, BOTH, callJoined, callView, ME, participant, SILENT, setUpCall } from "./fakeCall";
import { settle } from "./fakes";
import { AWAITED_MS, KEPT_MS } from "./goingAlong";
import { COME_BACK_MS } from "./participation";

/** A call in another room than the fake one's, in which one is somebody else. */
function callInGroup(...others: CallView["participants"]) {
  return callView([participant("me2", { member: ME.member }), ...others], { room: "group" });
}

/** Both devices on in the call of "r", and a server that lets one into the group's. */
async function setUpInCall(options = BOTH) {
  const page = setUpCall();
  await page.join(options);
  page.server.answers["call.join"] = ({ room }) =>
    room === "r" ? callJoined(callView([ME, ANNA])) : callJoined(callInGroup(), { me: "me2" });
  const goTo = async (from: string, to: string, begins: boolean): Promise<boolean> => {
    const isTaken = page.client.takeAlong(to, begins);
    page.client.onRoomLeft(from, null);
    page.client.onRoomJoined(to);
    await settle();
    return isTaken;
  };
  const published = (room: string) =>
    page.server.of("call.publish").filter((one) => one.room === room);
  const live = () => page.browser.opened.filter(({ readyState }) => readyState === "live");
  return { ...page, goTo, published, live };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("into a group", () => {
  it("goes the call, with both devices open", async () => {
    const { server, browser, mine, live, goTo, published } = await setUpInCall();
    expect(await goTo("r", "group", true)).toBe(true);
    expect(mine()).toMatchObject({ phase: "in", room: "group", me: "me2" });
    expect(mine().own).toEqual({ audio: "on", video: "on", screen: "off" });
    expect(browser.opened).toHaveLength(2); // the browser is not asked again
    expect(live()).toHaveLength(2);
    expect(published("group").map(({ medium, muted }) => [medium, muted])).toEqual([
      ["audio", false],
      ["video", false],
    ]);
    expect(server.of("call.leave")).toEqual([{ room: "r" }]);
    expect(browser.open).toHaveLength(2); // and both are of the new call
  });

  it("goes what is off as off", async () => {
    const { client, mine, goTo, published } = await setUpInCall();
    await client.controls.setMicrophone(false);
    await client.controls.setCamera(false);
    await goTo("r", "group", true);
    expect(mine().own).toEqual({ audio: "off", video: "off", screen: "off" });
    expect(published("group")).toEqual([]);
  });

  it("goes no shared screen, and no microphone that was on while a key was held", async () => {
    const { client, mine, goTo, published } = await setUpInCall(SILENT);
    await client.controls.startScreen();
    client.controls.pushToTalk(true);
    await settle();
    expect(mine()).toMatchObject({ talking: true, own: { audio: "on", screen: "on" } });
    await goTo("r", "group", true);
    expect(mine().own).toEqual({ audio: "off", video: "off", screen: "off" });
    expect(published("group")).toEqual([]);
  });

  it("goes what is on, whatever the room that closes still answers", async () => {
    const { client, server, mine, live, goTo } = await setUpInCall(SILENT);
    let refuse: (error: Error) => void = () => {};
    server.answers["call.publish"] = ({ room }) =>
      room === "r" ? new Promise((_, reject) => (refuse = reject)) : {};
    client.controls.setMicrophone(true).catch(() => {});
    await settle();
    await goTo("r", "group", true);
    refuse(new CommandFailed("room_closed", "", false));
    await settle();
    expect(mine().own).toMatchObject({ audio: "on" });
    expect(live()).toHaveLength(1);
  });

  it("goes nobody who is in no call, has left it, or is a class camera", async () => {
    const { client, mine, goTo } = await setUpInCall();
    await client.leave();
    expect(await goTo("r", "group", true)).toBe(false);
    await client.join({ ...SILENT, kind: "class-camera" });
    await settle();
    expect(client.takeAlong("group", true)).toBe(false);
    expect(mine()).toMatchObject({ phase: "in", room: "r" });
  });

  it("is refused with the reason, and everything is closed", async () => {
    const { server, mine, live, goTo } = await setUpInCall();
    server.answers["call.join"] = () => {
      throw new CommandFailed("call_ended", "", false);
    };
    await goTo("r", "group", true);
    expect(mine()).toMatchObject({ phase: "out", room: "group", refusal: "call_ended" });
    expect(live()).toEqual([]);
  });

  it.each([
    ["no answer", noAnswer()],
    ["a server that is asked for much", new CommandFailed("too_many_requests", "", true)],
    ["a teacher who is gone for a moment", new CommandFailed("no_teacher_present", "", false)],
  ])("outlives %s, with both devices open", async (_, failure) => {
    const { server, mine, live, goTo } = await setUpInCall();
    let failures = 2;
    server.answers["call.join"] = () => {
      failures -= 1;
      if (failures >= 0) {
        throw failure;
      }
      return callJoined(callInGroup(), { me: "me2" });
    };
    await goTo("r", "group", true);
    expect(mine()).toMatchObject({ phase: "joining", room: "group", refusal: null });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(mine()).toMatchObject({ phase: "in", room: "group", own: { audio: "on", video: "on" } });
    expect(live()).toHaveLength(2);
  });

  it("goes on over the next line when this one drops on joining", async () => {
    const { server, client, mine, live, goTo } = await setUpInCall();
    server.answers["call.join"] = () => {
      throw noAnswer();
    };
    await goTo("r", "group", true);
    client.onLinkLost({ isMove: false });
    const asked = server.of("call.join").length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(server.of("call.join")).toHaveLength(asked); // nobody is there to be asked
    server.answers["call.join"] = () => callJoined(callInGroup(), { me: "me2" });
    client.onRoomJoined("group");
    await settle();
    expect(mine()).toMatchObject({ phase: "in", room: "group" });
    expect(live()).toHaveLength(2);
  });

  it("is given up when it cannot be joined for too long", async () => {
    const { server, browser, mine, live, goTo } = await setUpInCall();
    server.answers["call.join"] = () => {
      throw noAnswer();
    };
    await goTo("r", "group", true);
    browser.time = COME_BACK_MS + 1;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(mine()).toMatchObject({ phase: "out", refusal: "no_answer" });
    expect(live()).toEqual([]);
  });

  it("may be left on the way", async () => {
    const { client, server, mine, live } = await setUpInCall();
    client.takeAlong("group", true);
    await client.leave();
    client.onRoomJoined("group");
    await settle();
    expect(mine()).toMatchObject({ phase: "out", refusal: null });
    expect(live()).toEqual([]);
    expect(server.of("call.join")).toHaveLength(1);
  });

  it("is given up when one does not get there", async () => {
    const { client, mine, live } = await setUpInCall();
    client.takeAlong("group", true);
    await vi.advanceTimersByTimeAsync(COME_BACK_MS);
    expect(mine().phase).toBe("out");
    expect(live()).toEqual([]);
  });
});

describe("back again", () => {
  it("goes the call when the group's room was closed a moment before", async () => {
    const { client, browser, mine, goTo } = await setUpInCall();
    await goTo("r", "group", true);
    await client.controls.setCamera(false);
    client.onPush({ name: "call_left", payload: { room: "group", code: "room_closed" } });
    expect(mine()).toMatchObject({ phase: "out", refusal: "room_closed" });
    expect(await goTo("group", "r", false)).toBe(true);
    expect(mine()).toMatchObject({ phase: "joining", room: "r", own: { audio: "on" } });
    client.onPush({ name: "call", payload: callView([ANNA]) });
    await settle();
    expect(mine()).toMatchObject({ phase: "in", room: "r" });
    expect(mine().own).toEqual({ audio: "on", video: "off", screen: "off" });
    expect(browser.opened).toHaveLength(2);
  });

  it("keeps off what a teacher has switched off there", async () => {
    const { client, server, mine, goTo } = await setUpInCall();
    await goTo("r", "group", true);
    server.answers["call.publish"] = ({ medium }) => {
      if (medium === "audio") {
        throw new CommandFailed("call_held", "", false);
      }
      return {};
    };
    await goTo("group", "r", false);
    client.onPush({ name: "call", payload: callView([ANNA]) });
    await settle();
    expect(mine()).toMatchObject({ phase: "in", own: { audio: "off", video: "on" } });
  });

  it("waits for a call that a slow laptop begins", async () => {
    const { client, mine, goTo } = await setUpInCall();
    await goTo("r", "group", true);
    await goTo("group", "r", false);
    await vi.advanceTimersByTimeAsync(10_000);
    client.onPush({ name: "call", payload: callView([ANNA]) });
    await settle();
    expect(mine()).toMatchObject({ phase: "in", room: "r" });
  });

  it("closes the devices soon when one is led nowhere", async () => {
    const { client, mine, live } = await setUpInCall();
    client.onPush({ name: "call_left", payload: { room: "r", code: "room_closed" } });
    expect(live()).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(KEPT_MS);
    expect(live()).toEqual([]);
    expect(mine()).toMatchObject({ phase: "out", refusal: "room_closed" });
    expect(client.takeAlong("group", true)).toBe(false);
  });

  it("keeps nothing open when a teacher has put one out of the call", async () => {
    const { client, live } = await setUpInCall();
    client.onPush({ name: "call_left", payload: { room: "r", code: "call_removed" } });
    expect(live()).toEqual([]);
    expect(client.takeAlong("group", true)).toBe(false);
  });

  it("begins no call that is over by now, whatever was known of it", async () => {
    const { server, mine, live, goTo } = await setUpInCall();
    await goTo("r", "group", true);
    await goTo("group", "r", false);
    expect(mine().phase).toBe("joining");
    await vi.advanceTimersByTimeAsync(AWAITED_MS);
    expect(mine()).toMatchObject({ phase: "out", refusal: null });
    expect(live()).toEqual([]);
    expect(server.of("call.join").map(({ room }) => room)).toEqual(["r", "group"]);
  });

  it("does not wait where nobody may join a call", async () => {
    const { client, store, mine } = await setUpInCall();
    client.takeAlong("group", false);
    const rights = { room: "group", denied: { join_call: "room_closed" as const } };
    store.dispatch({ type: "rights", rights });
    client.onRoomJoined("group");
    expect(mine()).toMatchObject({ phase: "out", refusal: null });
  });

  it("is not hindered by news of the room that one is led away from", async () => {
    const { client, mine, goTo } = await setUpInCall();
    client.takeAlong("group", true);
    client.onRoomLeft("r", "room_closed");
    expect(mine()).toMatchObject({ phase: "joining", room: "group" });
    expect(await goTo("r", "group", true)).toBe(true);
    expect(mine()).toMatchObject({ phase: "in", room: "group" });
  });

  it("is over when one is not let into the room where it goes", async () => {
    const { client, mine, live } = await setUpInCall();
    client.takeAlong("group", true);
    client.onRoomLeft("group", "room_banned");
    expect(mine()).toMatchObject({ phase: "out", refusal: "room_banned" });
    expect(live()).toEqual([]);
  });
});

/** Out of the call, as its room is no place for one any more: devices are kept for whoever is led on. */
async function setUpKept(code: FailureCode = "room_closed") {
  const page = await setUpInCall();
  page.client.onPush({ name: "call_left", payload: { room: "r", code: code as "room_closed" } });
  return page;
}

describe("out of the call, and perhaps led on", () => {
  it.each(["room_closed", "other_group"] as const)("are the devices open: %s", async (code) => {
    const { live, goTo } = await setUpKept(code);
    expect(live()).toHaveLength(2);
    expect(await goTo("r", "group", true)).toBe(true);
    expect(live()).toHaveLength(2);
  });

  it("closes the devices at once when one leaves", async () => {
    const { client, live } = await setUpKept();
    await client.leave();
    expect(live()).toEqual([]);
  });

  it("joins another call with what is chosen there, and nothing more", async () => {
    const { client, mine, live, published } = await setUpKept();
    await client.join(SILENT);
    await settle();
    expect(mine()).toMatchObject({ phase: "in", own: { audio: "off", video: "off" } });
    expect(live()).toEqual([]);
    expect(published("r")).toHaveLength(2); // from before
    await vi.advanceTimersByTimeAsync(KEPT_MS);
    expect(mine().phase).toBe("in");
  });

  it("lets go of the key that one talks with", async () => {
    const { client, mine, goTo } = await setUpInCall(SILENT);
    client.controls.pushToTalk(true);
    await settle();
    expect(mine().own.audio).toBe("on");
    client.onPush({ name: "call_left", payload: { room: "r", code: "room_closed" } });
    await settle();
    expect(await goTo("r", "group", true)).toBe(true);
    expect(mine()).toMatchObject({ phase: "in", own: { audio: "off" } });
  });

  it("leaves the devices to a lobby that is opened meanwhile", async () => {
    const { client, live } = await setUpKept();
    await client.devices.preview({ microphone: true, camera: true });
    await vi.advanceTimersByTimeAsync(KEPT_MS);
    expect(live()).toHaveLength(2);
    client.devices.stopPreview();
    expect(live()).toEqual([]);
  });

  it("is forgotten with a lobby: what is off there is off in the call", async () => {
    const { client, mine, live, published } = await setUpKept();
    await client.devices.preview({ microphone: true, camera: true });
    await client.join(SILENT);
    await settle();
    expect(mine()).toMatchObject({ phase: "in", own: { audio: "off", video: "off" } });
    expect(live()).toEqual([]);
    expect(published("r")).toHaveLength(2); // from before
  });
});
