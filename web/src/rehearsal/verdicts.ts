/** What was found, as a colour and a sentence. Pure. */

import type { DeviceProblem } from "../state/call";
import type { Measured } from "./measuring";
import type { Trial } from "./trial";
import type { Way } from "./ways";

export type Colour = "green" | "yellow" | "red";

/** What is tried, in the order in which it is shown. */
export const LINES = ["browser", "line", "ways", "microphone", "camera", "speaker"] as const;
export type Line = (typeof LINES)[number];

/** How far a line has come. `skipped`: it cannot be tried here, and says nothing for or against. */
export type Found =
  | { at: "waiting" }
  | { at: "running" }
  | { at: "skipped"; words: Words }
  | { at: "found"; colour: Colour; words: Words };

/** The key of a sentence below `rehearsal.says`. */
export type Words =
  | "browserGood"
  | "browserNoCalls"
  | "lineGood"
  | "lineSlow"
  | "lineBad"
  | "lineNone"
  | "waysGood"
  | "waysDetour"
  | "waysOutside"
  | "waysNone"
  | "waysBlocked"
  | "waysUntried"
  | "noCalls"
  | "unanswered"
  | "inCall"
  | "microphoneGood"
  | "microphoneSilent"
  | "cameraGood"
  | "cameraDark"
  | "speakerGood"
  | "speakerBad"
  | DeviceProblem;

export function found(colour: Colour, words: Words): Found {
  return { at: "found", colour, words };
}

export function skipped(words: Words): Found {
  return { at: "skipped", words };
}

/** What a browser must have for calls. All that have it do chat and boards, too. */
export interface Features {
  peerConnections: boolean;
  /** Only on pages with https. */
  devices: boolean;
  audio: boolean;
}

export function browserVerdict({ peerConnections, devices, audio }: Features): Found {
  return peerConnections && devices && audio
    ? found("green", "browserGood")
    : found("red", "browserNoCalls");
}

/** Milliseconds there and back: half of it is what people hear, and up to 150 ms nobody minds (ITU-T G.114). */
const ROUND_TRIP_GOOD_MS = 300;
/** Twice 400 ms, beyond which people fall into each other's words (ITU-T G.114). */
const ROUND_TRIP_USABLE_MS = 800;
/** What players of sound even out without being heard to. */
const JITTER_GOOD_MS = 50;
/** Of twenty: one stall in the four seconds, with the echoes that wait behind it. */
const LATE_USABLE = 3;

export function lineVerdict({ roundTrip, jitter, late }: Measured): Found {
  if (roundTrip === null) {
    return found("red", "lineNone");
  }
  if (roundTrip <= ROUND_TRIP_GOOD_MS && jitter <= JITTER_GOOD_MS && late === 0) {
    return found("green", "lineGood");
  }
  return roundTrip <= ROUND_TRIP_USABLE_MS && late <= LATE_USABLE
    ? found("yellow", "lineSlow")
    : found("red", "lineBad");
}

/** By the trial of a call; where there was none, by what else the server names to try. */
export function waysVerdict(ways: readonly Way[], trial: Trial): Found {
  switch (trial) {
    case "direct":
      return found("green", "waysGood");
    case "detour":
      return found("yellow", "waysDetour");
    case "blocked":
      return found("red", isCutOff(ways) ? "waysNone" : "waysBlocked");
    case "untried":
      return untriedVerdict(ways);
  }
}

/** There are relays for networks as this one, and it lets nobody reach them either. */
function isCutOff(ways: readonly Way[]): boolean {
  const relays = ways.filter(({ kind }) => kind !== "outside");
  return relays.length > 0 && !relays.some(({ works }) => works);
}

function untriedVerdict(ways: readonly Way[]): Found {
  if (ways.length === 0) {
    return skipped("waysUntried");
  }
  const works = (...kinds: Way["kind"][]) =>
    ways.some((way) => way.works && kinds.includes(way.kind));
  const hasRelays = ways.some(({ kind }) => kind !== "outside");
  if (works("udp") || (!hasRelays && works("outside"))) {
    return found("green", "waysGood");
  }
  if (works("tcp", "tls")) {
    return found("yellow", "waysDetour");
  }
  // UDP gets out, and calls may go directly; but should that fail, no relay helps.
  return works("outside") ? found("yellow", "waysOutside") : found("red", "waysNone");
}

/** One who has no device listens and writes; one whose device does not work wants help. */
export function deviceVerdict(problem: DeviceProblem): Found {
  return found(problem === "missing" ? "yellow" : "red", problem);
}

export type Lines = Readonly<Record<Line, Found>>;

/** The answer for all. `partly`: nothing is wrong with what was tried, but not everything could be. */
export type Overall = Colour | "partly";

/** The worst of what was tried; null as long as something is under way or waits. */
export function overallOf(lines: Lines): Overall | null {
  const all = LINES.map((line) => lines[line]);
  if (all.some(({ at }) => at === "waiting" || at === "running")) {
    return null;
  }
  const colours = all.flatMap((one) => (one.at === "found" ? [one.colour] : []));
  const worst = (["red", "yellow"] as const).find((colour) => colours.includes(colour));
  return worst ?? (all.some(({ at }) => at === "skipped") ? "partly" : "green");
}
