/** A problem report: ids, timings and codes, in the shape that rtserver/problems.py takes. */

import { PROTOCOL_VERSION } from "../protocol/generated";
import { readRoute } from "../route";
import { type Happening, happenings } from "./happenings";

export interface Report {
  /** The program's file, by whose hash one finds what was built. */
  page: string;
  protocol: number;
  place: string;
  phase: string;
  browser: string;
  system: string;
  language: string;
  width: number;
  height: number;
  is_online: boolean;
  /** The page would open without a network, too. */
  is_kept: boolean;
  /** Times are milliseconds. */
  open_for: number;
  /** Messages that are not sent yet. */
  waiting: number;
  project: string | null;
  member: string | null;
  room: string | null;
  first_byte: number | null;
  ready: number | null;
  round_trips: number[];
  history: readonly Happening[];
}

/** Small requests that are timed: the first may have to open a connection. */
const ROUND_TRIPS = 4;

/** Milliseconds until a request without an answer counts as lost. */
const LOST_AFTER_MS = 3_000;

const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** What a browser calls itself (RFC 9110, User-Agent) is long and may name the device: only family and version stay. */
const BROWSERS: [RegExp, string][] = [
  [/Edg(?:e|A|iOS)?\/(\d+)/, "Edge"],
  [/OPR\/(\d+)/, "Opera"],
  [/SamsungBrowser\/(\d+)/, "Samsung"],
  [/(?:Firefox|FxiOS)\/(\d+)/, "Firefox"],
  [/(?:Chrome|CriOS)\/(\d+)/, "Chrome"],
  [/Version\/(\d+).*Safari/, "Safari"],
];

const SYSTEMS: [RegExp, string][] = [
  [/Android/, "Android"],
  [/iPhone|iPad|iPod/, "iOS"],
  [/Windows/, "Windows"],
  [/CrOS/, "ChromeOS"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
];

export function browserOf(userAgent: string): string {
  for (const [pattern, name] of BROWSERS) {
    const version = pattern.exec(userAgent)?.[1];
    if (version !== undefined) {
      return `${name} ${version}`;
    }
  }
  return "other";
}

export function systemOf(userAgent: string): string {
  return SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? "other";
}

/** Look at the page as it is now. `waiting`: messages that are not sent yet. */
export async function makeReport(language: string, waiting: number): Promise<Report> {
  const route = readRoute(location.pathname);
  const ids = route.page === "twinspace" ? route : { project: null, member: null, room: null };
  const history = [...happenings()];
  const [loading] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return {
    page: programOf(document),
    protocol: PROTOCOL_VERSION,
    place: route.page,
    phase: history.findLast(({ what }) => what !== "fault" && what !== "failed")?.what ?? "none",
    browser: browserOf(navigator.userAgent),
    system: systemOf(navigator.userAgent),
    language,
    width: window.innerWidth,
    height: window.innerHeight,
    is_online: navigator.onLine,
    is_kept: (navigator as Partial<Navigator>).serviceWorker?.controller != null,
    open_for: Math.round(performance.now()),
    waiting,
    project: idOf(ids.project),
    member: idOf(ids.member),
    room: idOf(ids.room),
    first_byte: loading === undefined ? null : Math.round(loading.responseStart),
    ready: loading === undefined ? null : Math.round(loading.domContentLoadedEventEnd),
    round_trips: await roundTrips(),
    history,
  };
}

/** As a person reads it, and as it is copied or saved. */
export function reportText(report: Report, at: Date): string {
  const { history, ...facts } = report;
  const lines = Object.entries(facts).map(([name, value]) => `${name}: ${shown(value)}`);
  const happened = history.map(({ at: when, what, code }) =>
    ["", `+${(when / 1_000).toFixed(1)}s`, what, code ?? ""].join(" ").trimEnd(),
  );
  return [`at: ${at.toISOString()}`, ...lines, "history:", ...happened, ""].join("\n");
}

/** Send it to the server's log. Answers the number under which it is found there; null when that did not work. */
export async function sendReport(report: Report): Promise<string | null> {
  try {
    const response = await fetch("/problems", {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(report),
    });
    const { reference } = (await response.json()) as { reference?: string };
    return response.ok ? (reference ?? null) : null;
  } catch {
    return null;
  }
}

/** Milliseconds that small requests take just now, lost ones left out. */
async function roundTrips(): Promise<number[]> {
  const taken: number[] = [];
  for (let count = 0; count < ROUND_TRIPS; count += 1) {
    const begin = performance.now();
    try {
      const signal = AbortSignal.timeout(LOST_AFTER_MS);
      await fetch("/healthz", { cache: "no-store", credentials: "omit", signal });
      taken.push(Math.round(performance.now() - begin));
    } catch {
      return taken; // there is no line: more tries would only make the person wait
    }
  }
  return taken;
}

function programOf(page: Document): string {
  const source = page.querySelector<HTMLScriptElement>('script[type="module"]')?.src ?? "";
  return /\/assets\/([\w.-]{1,80})\.js$/.exec(source)?.[1] ?? "unknown";
}

/** An address may be mistyped: only what can be an id is passed on. */
function idOf(text: string | null): string | null {
  return text !== null && ID.test(text) ? text : null;
}

function shown(value: string | number | boolean | null | number[]): string {
  return Array.isArray(value) ? value.join(", ") : String(value ?? "-");
}
