import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeReceiver, FakeTrack, FakeVideo } from "./fakes";
import type { PictureSource } from "./tiles";
import { BLIND_COVER_MS, Viewers } from "./viewers";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function source(participant: string, after: number | null, receiver = new FakeReceiver("video")) {
  const track = new FakeTrack("video");
  const key = `${participant}-${track.id}`;
  const fields = { participant, medium: "video", via: "slot", key, track, after, receiver };
  return fields as unknown as PictureSource;
}

function setUp() {
  const uncovered: string[] = [];
  const makeStream = (tracks: MediaStreamTrack[]) => ({ tracks }) as unknown as MediaStream;
  const viewers = new Viewers(makeStream, (one) => uncovered.push(one.participant));
  const video = new FakeVideo();
  const add = (tile: string) => viewers.add(video as unknown as HTMLVideoElement, tile);
  return { viewers, video, add, uncovered };
}

describe("the element of a tile", () => {
  it("is hidden until there is a frame of that participant", () => {
    const { viewers, video, add, uncovered } = setUp();
    add("anna/video");
    expect(video).toMatchObject({ isHidden: true, shows: null });
    const anna = source("anna", 1000);
    viewers.update(new Map([["anna/video", anna]]));
    expect(video).toMatchObject({ isHidden: true, shows: anna.track.id, muted: true });
    video.frame(900);
    video.frame(1000);
    expect(video.isHidden).toBe(true);
    video.frame(1001);
    expect(video.isHidden).toBe(false);
    expect(uncovered).toEqual(["anna"]);
  });

  it("is empty and hidden as soon as the slot is another's", () => {
    const { viewers, video, add } = setUp();
    add("anna/video");
    viewers.update(new Map([["anna/video", source("anna", null)]]));
    video.frame(1);
    viewers.update(new Map([["ben/video", source("ben", 1)]]));
    expect(video).toMatchObject({ isHidden: true, shows: null });
    video.frame(2);
    expect(video.isHidden).toBe(true);
  });

  it("is not interrupted when others change", () => {
    const { viewers, video, add } = setUp();
    add("anna/video");
    const anna = source("anna", null);
    viewers.update(new Map([["anna/video", anna]]));
    video.frame(1);
    viewers.update(
      new Map([
        ["anna/video", anna],
        ["ben/video", source("ben", 1)],
      ]),
    );
    expect(video).toMatchObject({ isHidden: false, shows: anna.track.id });
  });

  it("shows at once what there was before it", () => {
    const { viewers, video, add } = setUp();
    const anna = source("anna", null);
    viewers.update(new Map([["anna/video", anna]]));
    const stop = add("anna/video");
    expect(video.shows).toBe(anna.track.id);
    stop();
    expect(video.shows).toBeNull();
  });

  it("shows at once a stream that was seen before, in whatever hour of it", () => {
    const { viewers, video, add } = setUp();
    const stop = add("anna/video");
    viewers.update(new Map([["anna/video", source("anna", 1000)]]));
    video.frame(2000);
    stop();
    add("anna/video");
    video.frame(2 ** 31 + 2000);
    expect(video.isHidden).toBe(false);
  });

  it("asks the receiver where frames have no timestamp", () => {
    const { viewers, video, add } = setUp();
    const receiver = new FakeReceiver("video");
    add("anna/video");
    viewers.update(new Map([["anna/video", source("anna", 1000, receiver)]]));
    receiver.sources = [{ rtpTimestamp: 1000 }];
    video.frame();
    expect(video.isHidden).toBe(true);
    receiver.sources = [{ rtpTimestamp: 1001 }];
    video.frame();
    expect(video.isHidden).toBe(false);
  });

  it("waits where nothing tells timestamps", () => {
    const { viewers, video, add } = setUp();
    add("anna/video");
    viewers.update(new Map([["anna/video", source("anna", 1000)]]));
    video.frame();
    expect(video.isHidden).toBe(true);
    vi.advanceTimersByTime(BLIND_COVER_MS);
    expect(video.isHidden).toBe(true);
    video.frame();
    expect(video.isHidden).toBe(false);
  });

  it("waits in browsers that do not tell of frames", () => {
    const { viewers, video, add } = setUp();
    const bare = { srcObject: null, style: video.style, play: async () => {} };
    viewers.add(bare as unknown as HTMLVideoElement, "ben/video");
    add("anna/video");
    viewers.update(new Map([["ben/video", source("ben", 1000)]]));
    expect(bare.style.visibility).toBe("hidden");
    vi.advanceTimersByTime(BLIND_COVER_MS);
    expect(bare.style.visibility).toBe("");
  });
});
