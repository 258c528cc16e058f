import { describe, expect, it } from "vitest";
import type { Slot } from "../protocol/generated";
import { callView, sending } from "./fakeCall";
import { FakeReceiver, FakeTrack } from "./fakes";
import { isLater } from "./rtpTime";
import { assignSlots } from "./slots";
import { TileList } from "./tileList";
import { type PictureSource, type Pictures, sourcesOf } from "./tiles";

function slot(mid: string, participant: string | null, after: number | null = null): Slot {
  return { mid, participant, medium: participant === null ? null : "video", after };
}

describe("an RTP timestamp", () => {
  it("is later by less than half the circle, also around its end", () => {
    expect(isLater(1001, 1000)).toBe(true);
    expect(isLater(1000, 1000)).toBe(false);
    expect(isLater(999, 1000)).toBe(false);
    expect(isLater(5, 2 ** 32 - 5)).toBe(true);
    expect(isLater(2 ** 32 - 5, 5)).toBe(false);
  });
});

describe("the slots", () => {
  it("that keep their source are the very same", () => {
    const before = assignSlots([], [slot("5", "anna"), slot("6", "ben")], 1);
    const after = assignSlots(before, [slot("5", "anna", 99), slot("6", "cleo", 70)], 2);
    expect(after[0]).toBe(before[0]);
    expect(after[1]).toEqual({
      mid: "6",
      participant: "cleo",
      medium: "video",
      after: 70,
      revision: 2,
    });
  });

  it("that are empty are not there", () => {
    expect(assignSlots([], [slot("5", null)], 1)).toEqual([]);
  });

  it("of one who comes back to a slot are a new picture", () => {
    const first = assignSlots([], [slot("5", "anna")], 1);
    const second = assignSlots(first, [slot("5", "ben", 10)], 2);
    const third = assignSlots(second, [slot("5", "anna", 20)], 3);
    expect(third[0]).toMatchObject({ participant: "anna", after: 20, revision: 3 });
  });

  it("of a new session are new pictures, for its timestamps are others", () => {
    const first = assignSlots([], [slot("5", "anna", 10)], 1);
    expect(assignSlots(first, [slot("5", "anna", null)], 2)[0]).toMatchObject({
      after: null,
      revision: 2,
    });
  });

  it("of a server that counts anew are taken all the same", () => {
    const before = assignSlots([], [slot("5", "anna")], 900);
    expect(assignSlots(before, [slot("5", "ben")], 1)[0]?.participant).toBe("ben");
  });
});

const track = (): MediaStreamTrack => new FakeTrack("video") as unknown as MediaStreamTrack;
const receiver = (): RTCRtpReceiver => new FakeReceiver("video") as unknown as RTCRtpReceiver;

function pictures(changes: Partial<Pictures> = {}): Pictures {
  const receivers = new Map([
    ["5", receiver()],
    ["6", receiver()],
  ]);
  return {
    me: "me",
    view: callView([sending("anna", "video"), sending("ben", "video")]),
    own: { video: null, screen: null },
    peers: [],
    slots: [],
    receiverOf: (mid) => receivers.get(mid) ?? null,
    ...changes,
  };
}

describe("the pictures there are", () => {
  it("are one's own, those of peers and those in slots", () => {
    const sources = sourcesOf(
      pictures({
        own: { video: track(), screen: null },
        peers: [{ participant: "anna", receivers: { video: receiver(), screen: receiver() } }],
        slots: assignSlots([], [slot("5", "ben")], 1),
      }),
    );
    expect([...sources].map(([key, { via }]) => [key, via])).toEqual([
      ["me/video", "own"],
      ["anna/video", "peer"],
      ["ben/video", "slot"],
    ]);
  });

  it("come from the peer as long as there is one, so that leaving the mesh interrupts nobody", () => {
    const peers = [{ participant: "anna", receivers: { video: receiver(), screen: null } }];
    const slots = assignSlots([], [slot("5", "anna")], 1);
    expect(sourcesOf(pictures({ peers, slots })).get("anna/video")?.via).toBe("peer");
    expect(sourcesOf(pictures({ slots })).get("anna/video")?.via).toBe("slot");
  });

  it("do not come from a slot of a session that is gone", () => {
    const slots = assignSlots([], [slot("77", "anna")], 1);
    expect(sourcesOf(pictures({ slots })).size).toBe(0);
  });
});

describe("the tiles", () => {
  const source = (participant: string, key: string): PictureSource => ({
    participant,
    medium: "video",
    via: "slot",
    key,
    track: track(),
    after: null,
    receiver: null,
  });
  const map = (...sources: PictureSource[]) =>
    new Map(sources.map((one) => [`${one.participant}/video`, one]));

  it("are covered until a frame was seen, and are told of only when they change", () => {
    const told: unknown[] = [];
    const list = new TileList((tiles) => told.push(tiles));
    const anna = source("anna", "a");
    list.update(map(anna));
    list.update(map(anna));
    list.uncover(anna);
    list.uncover(anna);
    expect(told).toEqual([
      [{ participant: "anna", medium: "video", via: "slot", covered: true, revision: 1 }],
      [{ participant: "anna", medium: "video", via: "slot", covered: false, revision: 1 }],
    ]);
  });

  it("are covered again when the stream is another", () => {
    let tiles: readonly { covered: boolean; revision: number }[] = [];
    const list = new TileList((now) => {
      tiles = now;
    });
    list.update(map(source("anna", "a")));
    list.uncover(source("anna", "a"));
    list.update(map(source("anna", "b")));
    list.uncover(source("anna", "a"));
    expect(tiles).toMatchObject([{ covered: true, revision: 2 }]);
  });
});
