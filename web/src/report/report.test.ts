import { describe, expect, it, vi } from "vitest";
import { HAPPENINGS_MAX, happenings, note, noteConnection, noteFault } from "./happenings";
import { browserOf, makeReport, type Report, reportText, sendReport, systemOf } from "./report";

const CHROME =
  "Mozilla/5.0 (Linux; Android 14; SM-G960F of Léa) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.7339.80 Mobile Safari/537.36";
const SAFARI =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15";
const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:141.0) Gecko/20100101 Firefox/141.0";
const EDGE = `${CHROME.replace("Android 14", "X")} Edg/139.0.0.0`;

function pretend(path: string, fetching: typeof fetch): void {
  vi.stubGlobal("location", { pathname: path });
  vi.stubGlobal("window", { innerWidth: 1280, innerHeight: 800 });
  vi.stubGlobal("navigator", { userAgent: CHROME, onLine: true });
  const src = "https://rt.example.eu/assets/index-Ab_12345.js";
  vi.stubGlobal("document", { querySelector: () => ({ src }) });
  vi.stubGlobal("fetch", fetching);
}

describe("what happened", () => {
  it("is noted as codes: no words of an error, no address", () => {
    const secret = new TypeError("Léa Bernard said hello");
    secret.stack = "TypeError: Léa\n at f (https://rt.example.eu/assets/index-Ab_12345.js:12:345)";
    noteFault(secret);
    noteFault("a text that somebody wrote");
    note("failed", "with spaces, so no code");
    noteConnection({ phase: "waiting", retryAt: 1, refusal: "unavailable" }, null);
    noteConnection({ phase: "online" }, "websocket");
    noteConnection({ phase: "ended", code: "internal", message: "Hello Léa" }, null);
    expect(happenings().map(({ what, code }) => [what, code])).toEqual([
      ["fault", "TypeError@index-Ab_12345.js:12:345"],
      ["fault", "string"],
      ["failed", null],
      ["waiting", "unavailable"],
      ["online", "websocket"],
      ["ended", "internal"],
    ]);
  });

  it("is forgotten from its beginning", () => {
    for (let count = 0; count <= HAPPENINGS_MAX; count += 1) {
      note("connecting", `n${count}`);
    }
    expect(happenings().length).toBe(HAPPENINGS_MAX);
    expect(happenings().at(-1)?.code).toBe(`n${HAPPENINGS_MAX}`);
    expect(happenings()[0]?.code).toBe("n1");
  });
});

describe("a report", () => {
  it("names browser and system by family and version, not the device", () => {
    const seen = [CHROME, SAFARI, FIREFOX, EDGE, "curl/8"].map((agent) => [
      browserOf(agent),
      systemOf(agent),
    ]);
    expect(seen).toEqual([
      ["Chrome 140", "Android"],
      ["Safari 18", "macOS"],
      ["Firefox 141", "Windows"],
      ["Edge 139", "Linux"],
      ["other", "other"],
    ]);
  });

  it("holds ids of the address, and leaves out what is none", async () => {
    pretend("/twinspace/p_1/m_1/L%C3%A9a%20Bernard", async () => new Response("{}"));
    const report = await makeReport("fr", 2);
    expect([report.project, report.member, report.room]).toEqual(["p_1", "m_1", null]);
    expect([report.page, report.place, report.waiting]).toEqual(["index-Ab_12345", "twinspace", 2]);
    expect(report.round_trips.length).toBe(4);
    expect(JSON.stringify(report)).not.toContain("Bernard");
    expect(JSON.stringify(report)).not.toContain("SM-G960F");
  });

  it("never holds the token of an invitation, and needs no network", async () => {
    pretend("/join", () => Promise.reject(new TypeError("Failed to fetch")));
    vi.stubGlobal("location", { pathname: "/join", hash: "#secret-token" });
    const report = await makeReport("en", 0);
    expect([report.project, report.place, report.round_trips]).toEqual([null, "join", []]);
    expect(JSON.stringify(report)).not.toContain("secret");
  });

  it("is shown word for word as it is sent", async () => {
    pretend("/", async () => new Response("{}"));
    const report = await makeReport("en", 0);
    const text = reportText(
      { ...report, history: [{ at: 1_250, what: "online", code: null }] },
      new Date(0),
    );
    const names = Object.keys(report).filter((name) => name !== "history");
    expect(names.filter((name) => !text.includes(`\n${name}: `))).toEqual([]);
    expect(text).toContain("at: 1970-01-01T00:00:00.000Z\n");
    expect(text).toContain("\n +1.3s online\n");
  });
});

describe("sending", () => {
  const report = {} as Report;

  it("answers the number of the report", async () => {
    vi.stubGlobal("fetch", async () => Response.json({ reference: "ABCD2345" }, { status: 201 }));
    expect(await sendReport(report)).toBe("ABCD2345");
  });

  it("answers null when the server refuses, answers nonsense or is away", async () => {
    const refused = { error: { code: "too_many_requests", message: "", retry: true } };
    const answers = [
      async () => Response.json(refused, { status: 429 }),
      async () => new Response("<html>"),
      () => Promise.reject(new TypeError()),
    ];
    for (const answer of answers) {
      vi.stubGlobal("fetch", answer);
      expect(await sendReport(report)).toBeNull();
    }
  });
});
