import { describe, expect, it } from "vitest";
import type { Quality } from "../protocol/generated";
import { DOWN_AFTER_MS, Ladder, RELAPSE_MS, UP_AFTER_MS } from "./ladder";
import { type Counts, judge, QualityMark, reception } from "./quality";
import { readCounts } from "./stats";

const NOTHING: Counts = {
  received: 0,
  lost: 0,
  sentLoss: null,
  roundTrip: 0.05,
  jitter: 0.01,
  freezes: 0,
  isConnected: true,
};

describe("a judgement", () => {
  const judged = (changes: Partial<Counts>) => judge(NOTHING, { ...NOTHING, ...changes });

  it("is by loss both ways, round trip, jitter and freezes", () => {
    expect(judged({ received: 1000 })).toBe("good");
    expect(judged({ received: 950, lost: 50 })).toBe("fair");
    expect(judged({ received: 900, lost: 100 })).toBe("poor");
    expect(judged({ received: 1000, sentLoss: 0.1 })).toBe("poor");
    expect(judged({ received: 1000, roundTrip: 0.4 })).toBe("fair");
    expect(judged({ received: 1000, jitter: 0.2 })).toBe("poor");
    expect(judged({ received: 1000, freezes: 1 })).toBe("fair");
    expect(judged({ received: 1000, isConnected: false })).toBe("poor");
  });

  it("of what one receives leaves out what one sends", () => {
    const lossy = { ...NOTHING, received: 1000, sentLoss: 0.5 };
    expect(judge(NOTHING, lossy)).toBe("poor");
    expect(judge(reception(NOTHING), reception(lossy))).toBe("good");
  });

  it("does not take few packets for a measurement", () => {
    expect(judged({ received: 5, lost: 5 })).toBe("good");
  });
});

describe("the mark", () => {
  function run(mark: QualityMark, losses: number[], from = 0): Quality[] {
    let received = from;
    let lost = 0;
    return losses.map((loss) => {
      received += 1000 * (1 - loss);
      lost += 1000 * loss;
      return mark.sample({ ...NOTHING, received, lost });
    });
  }

  it("is unknown at first, then what the first two samples say", () => {
    expect(run(new QualityMark(), [0, 0])).toEqual(["unknown", "good"]);
  });

  it("changes when it lasts: down after two samples, up after three", () => {
    const mark = new QualityMark();
    expect(run(mark, [0, 0, 0.2, 0, 0.2, 0.2])).toEqual([
      "unknown",
      "good",
      "good",
      "good",
      "good",
      "poor",
    ]);
    // The sessions are made anew: the counts begin again.
    expect(run(mark, [0, 0, 0, 0]).slice(1)).toEqual(["poor", "poor", "good"]);
  });
});

describe("statistics", () => {
  const counts = (...connections: object[][]) =>
    readCounts(
      connections.map(
        (entries) =>
          new Map(entries.map((entry, id) => [String(id), { timestamp: 9_000, ...entry }])),
      ) as unknown as RTCStatsReport[],
      true,
    );

  it("are summed up over tracks and connections", () => {
    const subscribe = [
      { type: "inbound-rtp", packetsReceived: 10, packetsLost: 1, jitter: 0.1 },
      { type: "inbound-rtp", packetsReceived: 20, packetsLost: 2, freezeCount: 3 },
      { type: "candidate-pair", nominated: false, currentRoundTripTime: 9 },
    ];
    const publish = [
      { type: "remote-inbound-rtp", fractionLost: 0.1, roundTripTime: 0.2 },
      { type: "remote-inbound-rtp", fractionLost: 0.3 },
      { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.3 },
    ];
    expect(counts(subscribe, publish)).toEqual({
      received: 30,
      lost: 3,
      sentLoss: 0.2,
      roundTrip: 0.3,
      jitter: 0.1,
      freezes: 3,
      isConnected: true,
    });
  });

  it("leave out what stopped streams were like", () => {
    const stopped = [
      { type: "inbound-rtp", packetsReceived: 10, jitter: 0.5, lastPacketReceivedTimestamp: 1_000 },
      { type: "inbound-rtp", packetsReceived: 5, jitter: 0.01, lastPacketReceivedTimestamp: 8_000 },
      { type: "remote-inbound-rtp", timestamp: 1_000, fractionLost: 0.5, roundTripTime: 5 },
      { type: "candidate-pair" },
    ];
    expect(counts(stopped)).toMatchObject({
      received: 15,
      jitter: 0.01,
      sentLoss: null,
      roundTrip: null,
    });
  });
});

describe("the ladder", () => {
  it("goes down step by step while the line is poor", () => {
    const ladder = new Ladder();
    ladder.observe("poor", 0);
    ladder.observe("poor", DOWN_AFTER_MS - 1);
    expect(ladder.bandwidth).toBe("full");
    ladder.observe("poor", DOWN_AFTER_MS);
    expect(ladder.bandwidth).toBe("one-camera");
    ladder.observe("poor", 2 * DOWN_AFTER_MS);
    ladder.observe("poor", 3 * DOWN_AFTER_MS);
    expect(ladder.bandwidth).toBe("audio-only");
  });

  it("does not go down for a moment", () => {
    const ladder = new Ladder();
    for (let now = 0; now < 10 * DOWN_AFTER_MS; now += DOWN_AFTER_MS / 2) {
      ladder.observe(now % DOWN_AFTER_MS === 0 ? "poor" : "fair", now);
    }
    expect(ladder.bandwidth).toBe("full");
  });

  it("goes up when the line was good for long, later after it was wrong", () => {
    const ladder = new Ladder();
    let now = 0;
    const last = (quality: Quality, duration: number): void => {
      ladder.observe(quality, now);
      now += duration;
      ladder.observe(quality, now);
    };
    last("poor", DOWN_AFTER_MS);
    last("good", UP_AFTER_MS);
    expect(ladder.bandwidth).toBe("full");
    expect(DOWN_AFTER_MS).toBeLessThan(RELAPSE_MS);
    last("poor", DOWN_AFTER_MS);
    last("good", UP_AFTER_MS);
    expect(ladder.bandwidth).toBe("one-camera");
    last("good", UP_AFTER_MS);
    expect(ladder.bandwidth).toBe("full");
  });

  it("leaves a choice by hand alone", () => {
    const ladder = new Ladder();
    ladder.choose("audio-only");
    ladder.observe("good", 0);
    ladder.observe("good", 10 * UP_AFTER_MS);
    expect(ladder).toMatchObject({ bandwidth: "audio-only", isAutomatic: false });
    ladder.choose("automatic");
    expect(ladder).toMatchObject({ bandwidth: "full", isAutomatic: true });
  });
});
