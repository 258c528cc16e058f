import { describe, expect, it } from "vitest";
import { ECHOES, LATE_MS, measureLine, summaryOf } from "./measuring";
import {
  browserVerdict,
  deviceVerdict,
  type Found,
  found,
  type Lines,
  lineVerdict,
  overallOf,
  skipped,
  waysVerdict,
} from "./verdicts";
import type { Way, WayKind } from "./ways";

function ways(...named: string[]): Way[] {
  return named.map((name) => ({
    kind: name.replace("!", "") as WayKind,
    works: !name.startsWith("!"),
  }));
}

describe("the line", () => {
  it("is measured by the middle of its round trips, and by how they differ", () => {
    expect(summaryOf([10, 20, 50, 30, null])).toEqual({ roundTrip: 30, jitter: 20, late: 1 });
    expect(summaryOf([LATE_MS, LATE_MS + 1]).late).toBe(1);
    expect(summaryOf([null, null])).toEqual({ roundTrip: null, jitter: 0, late: 2 });
  });

  it("is asked for echoes that do not wait for each other, and ends when all are back or given up", async () => {
    let now = 0;
    let asked = 0;
    const shares: number[] = [];
    const echo = () => {
      asked += 1;
      return asked === 3 ? Promise.reject(new Error("no answer")) : Promise.resolve();
    };
    const clock = {
      now: () => now,
      wait: async (milliseconds: number) => {
        now += milliseconds;
      },
    };
    const measured = await measureLine(echo, (share) => shares.push(share), clock);
    expect([asked, shares.length, shares.at(-1)]).toEqual([ECHOES, ECHOES, 1]);
    expect(measured.late).toBe(1);
  });

  it.each([
    [{ roundTrip: 40, jitter: 5, late: 0 }, "green"],
    [{ roundTrip: 300, jitter: 50, late: 0 }, "green"],
    [{ roundTrip: 301, jitter: 5, late: 0 }, "yellow"],
    [{ roundTrip: 40, jitter: 51, late: 0 }, "yellow"],
    [{ roundTrip: 40, jitter: 5, late: 3 }, "yellow"],
    [{ roundTrip: 40, jitter: 5, late: 4 }, "red"],
    [{ roundTrip: 801, jitter: 5, late: 0 }, "red"],
    [{ roundTrip: null, jitter: 0, late: 20 }, "red"],
  ])("%j is %s", (measured, colour) => {
    expect(lineVerdict(measured)).toMatchObject({ at: "found", colour });
  });
});

describe("the ways of calls", () => {
  it.each<[string[], string]>([
    [["udp", "!tcp", "!tls"], "waysGood"],
    [["outside", "udp"], "waysGood"],
    [["outside"], "waysGood"],
    [["!outside", "!udp", "tcp"], "waysDetour"],
    [["outside", "!udp", "tls"], "waysDetour"],
    [["outside", "!udp", "!tls"], "waysOutside"],
    [["!outside", "!udp", "!tls"], "waysNone"],
    [["!outside"], "waysNone"],
    [[], "waysUntried"],
  ])("%j: %s", (named, words) => {
    expect(waysVerdict(ways(...named), "untried")).toMatchObject({ words });
  });

  it.each([
    ["direct", ["!udp", "!tls"], "green", "waysGood"],
    ["detour", ["udp"], "yellow", "waysDetour"],
    ["blocked", [], "red", "waysBlocked"],
    ["blocked", ["outside"], "red", "waysBlocked"],
    ["blocked", ["outside", "!udp", "tls"], "red", "waysBlocked"],
    ["blocked", ["outside", "!udp", "!tls"], "red", "waysNone"],
  ] as const)("a trial that is %s, with %j: %s", (trial, named, colour, words) => {
    expect(waysVerdict(ways(...named), trial)).toEqual(found(colour, words));
  });
});

describe("browser and devices", () => {
  it("is red when one thing is missing that calls need", () => {
    const all = { peerConnections: true, devices: true, audio: true };
    expect(browserVerdict(all)).toEqual(found("green", "browserGood"));
    for (const feature of Object.keys(all)) {
      expect(browserVerdict({ ...all, [feature]: false })).toMatchObject({ colour: "red" });
    }
  });

  it("are no great harm when there are none", () => {
    expect(deviceVerdict("missing")).toMatchObject({ colour: "yellow" });
    expect(deviceVerdict("denied")).toMatchObject({ colour: "red" });
  });
});

describe("the answer for all", () => {
  const good = found("green", "lineGood");
  const untried = skipped("waysUntried");
  const lines = (...all: Found[]): Lines => {
    const [browser = good, line = good, tried = good, microphone = good, camera = good] = all;
    return { browser, line, ways: tried, microphone, camera, speaker: all[5] ?? good };
  };

  it("is the worst of what was tried", () => {
    expect(overallOf(lines())).toBe("green");
    expect(overallOf(lines(good, found("yellow", "lineSlow"), untried))).toBe("yellow");
    expect(overallOf(lines(found("yellow", "lineSlow"), found("red", "lineBad")))).toBe("red");
  });

  it("is not good as a whole when something could not be tried", () => {
    expect(overallOf(lines(good, good, untried))).toBe("partly");
    expect(overallOf(lines(good, good, good, skipped("inCall")))).toBe("partly");
    expect(overallOf(lines(good, found("red", "lineBad"), untried))).toBe("red");
  });

  it("waits until everything was", () => {
    expect(overallOf(lines(found("red", "lineBad"), { at: "running" }))).toBeNull();
    expect(overallOf(lines(good, good, good, { at: "waiting" }))).toBeNull();
  });
});
