import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CommandFailed, noAnswer } from "../connection/failure";
import { tileOf } from "../state/callSelectors";
import {
  ANNA,
  BOTH,
  callJoined,
  callView,
  ME,
  participant,
  setUpCall,
  slotsPush,
} from "./fakeCall";
import { settle } from "./fakes";
import { COME_BACK_MS } from "./participation";

/** Sections get their mids with the answer: audio 0, video 1 and 2. */
const FIRST = "1";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("coming back", () => {
  it("goes on as the same participant over a new connection", async () => {
    const { server, browser, client, mine, join } = setUpCall();
    await join(BOTH);
    browser.peers.forEach((peer) => {
      peer.become("connected");
    });
    client.onLinkLost({ isMove: false });
    expect(mine()).toMatchObject({ phase: "reconnecting", media: "connected" });
    server.answers["call.join"] = ({ resume }) =>
      callJoined(callView([ME, ANNA]), { resumed: resume === "resume-1", resume: "resume-2" });
    client.onRoomJoined("r");
    await settle();
    expect(mine().phase).toBe("in");
    expect(browser.peers).toHaveLength(2);
    expect(browser.open).toHaveLength(2);
    expect(server.of("call.publish")).toHaveLength(4);
  });

  it("makes new sessions for a server that has restarted", async () => {
    const { server, browser, client, mine, join } = setUpCall();
    await join(BOTH);
    client.onLinkLost({ isMove: false });
    server.answers["call.join"] = () =>
      callJoined(callView([participant("me2")], { revision: 0 }), { me: "me2" });
    client.onRoomJoined("r");
    await settle();
    expect(mine()).toMatchObject({ phase: "in", me: "me2", media: "connecting" });
    expect(browser.open).toHaveLength(2);
    expect(browser.peers).toHaveLength(4);
    expect(browser.peers[2]?.sections[0]?.sender.track).toBe(browser.opened[0]);
  });

  it("has on another server what one had", async () => {
    const { server, store, client, mine, change, join } = setUpCall();
    await join();
    change(callView([ME, ANNA], { revision: 2, hands: ["me"] }));
    await client.watch("anna");
    store.dispatch({ type: "connection", connection: { phase: "moving" } });
    client.onLinkLost({ isMove: true });
    const back = participant("me2", { member: ME.member });
    server.answers["call.join"] = () => callJoined(callView([back]), { me: "me2" });
    client.onRoomJoined("r");
    await settle();
    expect(server.of("call.hand")).toEqual([{ room: "r", raised: true }]);
    expect(mine().watching).toBeNull();
    const anna = participant("anna2", { member: ANNA.member });
    change(callView([back, anna], { revision: 2 }));
    change(callView([back, anna], { revision: 3 }));
    await settle();
    expect(mine().watching).toBe("anna2");
    expect(server.of("call.watch").map(({ participant }) => participant)).toEqual([
      "anna",
      "anna2",
    ]);
    expect(server.of("call.hand")).toHaveLength(1);
  });

  it("asks for nothing anew when the call goes on as it was", async () => {
    const { server, client, mine, change, join } = setUpCall();
    await join();
    change(callView([ME, ANNA], { revision: 2, hands: ["me"] }));
    await client.watch("anna");
    client.onLinkLost({ isMove: false });
    server.answers["call.join"] = () => callJoined(callView([ME, ANNA]), { resumed: true });
    client.onRoomJoined("r");
    await settle();
    change(callView([ME, ANNA], { revision: 3 }));
    await settle();
    expect(server.of("call.hand")).toEqual([]);
    expect(server.of("call.watch")).toHaveLength(1);
    expect(mine().watching).toBe("anna");
  });

  it("is the short way to another server until something goes wrong", async () => {
    const { server, client, mine, join } = setUpCall();
    await join();
    client.onLinkLost({ isMove: true });
    expect(mine()).toMatchObject({ phase: "reconnecting", isMove: true });
    server.answers["call.join"] = () => {
      throw new CommandFailed("call_out_of_reach", "", true);
    };
    client.onRoomJoined("r");
    await settle();
    expect(mine()).toMatchObject({ phase: "reconnecting", isMove: false });
    server.answers["call.join"] = () => callJoined(callView([ME, ANNA]));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(mine()).toMatchObject({ phase: "in", isMove: false });
    client.onLinkLost({ isMove: true });
    client.onLinkLost({ isMove: false });
    expect(mine()).toMatchObject({ phase: "reconnecting", isMove: false });
  });

  it("waits for a teacher who comes back later, and for a connection that is lost again", async () => {
    const { server, client, mine, join } = setUpCall();
    await join();
    client.onLinkLost({ isMove: false });
    server.answers["call.join"] = () => {
      throw new CommandFailed("no_teacher_present", "", false);
    };
    client.onRoomJoined("r");
    await settle();
    expect(mine().phase).toBe("reconnecting");
    client.onLinkLost({ isMove: false });
    client.onRoomJoined("r");
    server.answers["call.join"] = () => callJoined(callView([ME]));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(mine().phase).toBe("in");
  });

  it("begins where the server takes us, when the call is there", async () => {
    const { server, client, mine, join } = setUpCall();
    server.answers["call.join"] = () => {
      throw new CommandFailed("call_on_other_server", "", true);
    };
    await join();
    expect(mine()).toMatchObject({ phase: "joining", refusal: null });
    client.onLinkLost({ isMove: false });
    server.answers["call.join"] = () => callJoined(callView([ME, ANNA]));
    client.onRoomJoined("r");
    await settle();
    expect(mine().phase).toBe("in");
  });

  it("gives up with the reason", async () => {
    const { server, browser, client, mine, join } = setUpCall();
    await join();
    client.onLinkLost({ isMove: false });
    server.answers["call.join"] = () => {
      throw noAnswer();
    };
    client.onRoomJoined("r");
    await settle();
    browser.time = COME_BACK_MS + 1;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(mine()).toMatchObject({ phase: "out", refusal: "no_answer" });
    expect(browser.open).toEqual([]);
  });

  it("makes both sessions anew when the server has lost them", async () => {
    const { server, browser, client, join } = setUpCall();
    await join();
    client.onPush(slotsPush(7, [FIRST, "anna", null]));
    client.onPush({ name: "call_rebuild", payload: { room: "r" } });
    await settle();
    expect(server.of("call.offer")).toHaveLength(4);
    expect(browser.open).toEqual(browser.peers.slice(2));
  });

  it("restarts both sessions when the network has changed", async () => {
    const { server, browser, join } = setUpCall();
    await join();
    browser.networkChanged();
    await vi.advanceTimersByTimeAsync(0);
    expect(browser.peers.map(({ restarts }) => restarts)).toEqual([1, 1]);
    expect(server.of("call.offer")).toHaveLength(4);
  });

  it("joins anew when the server does not know one any more", async () => {
    const { server, browser, mine, join } = setUpCall();
    await join();
    server.answers["call.offer"] = () => {
      throw new CommandFailed("not_in_call", "", false);
    };
    browser.networkChanged();
    await vi.advanceTimersByTimeAsync(0);
    // Not for ever at once, should it forget one again and again.
    const tries = server.of("call.join").length;
    await settle();
    expect(server.of("call.join")).toHaveLength(tries);
    server.answers["call.offer"] = ({ sdp }) => ({ sdp });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(server.of("call.join")).toHaveLength(tries + 1);
    expect(mine().phase).toBe("in");
  });

  it("is out for good when a teacher says so", async () => {
    const { browser, client, mine, join } = setUpCall();
    await join(BOTH);
    client.onPush({ name: "call_left", payload: { room: "r", code: "call_removed" } });
    expect(mine()).toMatchObject({ phase: "out", refusal: "call_removed" });
    expect(browser.open).toEqual([]);
    expect(mine().own).toEqual({ audio: "off", video: "off", screen: "off" });
  });

  it("is out when a teacher ends the call for everybody, and knows who did", async () => {
    const { browser, client, mine, join } = setUpCall();
    await join(BOTH);
    client.onPush({ name: "call_left", payload: { room: "r", code: "call_ended", by: "ewa" } });
    expect(mine()).toMatchObject({ phase: "out", refusal: "call_ended", endedBy: "ewa" });
    expect(browser.open).toEqual([]);
    expect(browser.opened.every(({ readyState }) => readyState === "ended")).toBe(true);
    await join();
    expect(mine()).toMatchObject({ phase: "in", refusal: null, endedBy: null });
  });

  it("does not come back to a call that was ended meanwhile", async () => {
    const { server, client, mine, join } = setUpCall();
    await join();
    client.onLinkLost({ isMove: false });
    server.answers["call.join"] = () => {
      throw new CommandFailed("call_ended", "", false);
    };
    client.onRoomJoined("r");
    await vi.advanceTimersByTimeAsync(COME_BACK_MS);
    expect(server.of("call.join")).toHaveLength(2);
    expect(mine()).toMatchObject({ phase: "out", refusal: "call_ended", endedBy: null });
  });

  it("leaves the call with its room", async () => {
    const { client, mine, join } = setUpCall();
    await join();
    client.onRoomLeft("other", null);
    expect(mine().phase).toBe("in");
    client.onRoomLeft("r", "room_closed");
    expect(mine()).toMatchObject({ phase: "out", refusal: "room_closed" });
  });
});

describe("from mesh to sfu", () => {
  const mesh = { mode: "mesh", revision: 1 } as const;
  const settling = { mode: "sfu", settling: true, revision: 2 } as const;

  it("makes the new connections before it breaks the old ones", async () => {
    const { server, browser, store, client, change, join } = setUpCall(
      callJoined(callView([ME, ANNA], mesh)),
    );
    await join(BOTH);
    expect(browser.peers).toHaveLength(1);
    const [peer] = browser.peers;
    // "anna" is less than "me": we are impolite, and offer.
    expect(server.of("call.describe")).toMatchObject([{ to: "anna", type: "offer" }]);
    peer?.become("connected");
    expect(tileOf(store.getState(), "anna", "video")?.via).toBe("peer");

    change(callView([ME, ANNA, participant("zoe")], settling));
    await settle();
    expect(server.of("call.offer")).toHaveLength(2);
    expect(browser.open).toHaveLength(3);
    client.onPush(slotsPush(1, [FIRST, "anna", null]));
    expect(tileOf(store.getState(), "anna", "video")?.via).toBe("peer");

    browser.peers[1]?.become("connected");
    browser.peers[2]?.become("connected");
    await vi.advanceTimersByTimeAsync(200);
    expect(server.of("call.settled")).toEqual([]);
    const voice = browser.peers[2]?.sections[0]?.receiver;
    voice?.sources.push({ rtpTimestamp: 1 });
    await vi.advanceTimersByTimeAsync(200);
    expect(server.of("call.settled")).toHaveLength(1);
    expect(peer?.isClosed).toBe(false);

    change(callView([ME, ANNA], { mode: "sfu", revision: 3 }));
    await settle();
    expect(peer?.isClosed).toBe(true);
    expect(tileOf(store.getState(), "anna", "video")?.via).toBe("slot");
  });

  it("settles without media when there seems to be none", async () => {
    const { server, browser, join } = setUpCall(callJoined(callView([ME, ANNA], settling)));
    await join();
    browser.peers[0]?.become("connected");
    browser.peers[1]?.become("connected");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(server.of("call.settled")).toHaveLength(1);
  });

  it("has no connection with those who come while it is left", async () => {
    const { browser, join } = setUpCall(callJoined(callView([ME, ANNA], settling)));
    await join();
    expect(browser.peers).toHaveLength(2);
  });

  it("hears what peers have said before the answer to joining was read", async () => {
    const { server, client, join } = setUpCall();
    const polite = callJoined(callView([participant("a"), ANNA], mesh), { me: "a" });
    server.answers["call.join"] = () => {
      const sdp = JSON.stringify({ kinds: ["audio", "video", "video"] });
      const payload = { room: "r", sender: "anna", type: "offer" as const, sdp };
      client.onPush({ name: "call_description", payload });
      return polite;
    };
    await join();
    expect(server.of("call.describe")).toMatchObject([{ to: "anna", type: "answer" }]);
  });
});
