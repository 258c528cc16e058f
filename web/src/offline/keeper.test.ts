import { beforeEach, describe, expect, it, vi } from "vitest";
import { isKept, isPage, type KeeperScope, keepPage, PATIENCE_MS, type Shell } from "./keeper";
import { loadedFiles } from "./keeping";

const ORIGIN = "https://rt.example.eu";
const SHELL: Shell = { version: "v2", files: ["/assets/index-abcd1234.js"] };
const PAGE = '<script type="module" src="/assets/index-abcd1234.js"></script>';

/** Caches of a browser: names, and under each the answers by path. */
class FakeCaches {
  readonly all = new Map<string, Map<string, Response>>();
  readonly fetch: (path: string) => Promise<Response>;

  constructor(fetch: (path: string) => Promise<Response>) {
    this.fetch = fetch;
  }

  async keys(): Promise<string[]> {
    return [...this.all.keys()];
  }

  async delete(name: string): Promise<boolean> {
    return this.all.delete(name);
  }

  async open(name: string) {
    const answers = this.all.get(name) ?? new Map<string, Response>();
    this.all.set(name, answers);
    const pathOf = (of: Request | string) =>
      typeof of === "string" ? of : new URL(of.url).pathname;
    const add = async (path: string) => {
      const answer = await this.fetch(path);
      if (!answer.ok) {
        throw new TypeError("refused");
      }
      answers.set(path, answer);
    };
    return {
      match: async (of: Request | string) => answers.get(pathOf(of))?.clone(),
      put: async (of: Request | string, answer: Response) => void answers.set(pathOf(of), answer),
      add,
      addAll: async (paths: string[]) => void (await Promise.all(paths.map(add))),
    };
  }
}

/** A worker's surroundings, and the server that it talks to. */
class Browser {
  server: (path: string) => Promise<Response> = async (path) =>
    new Response(path === "/" ? PAGE : `content of ${path}`);
  readonly asked: string[] = [];
  readonly caches = new FakeCaches((path) => this.ask(path));
  readonly #listeners = new Map<string, (event: never) => void>();

  constructor(shell: Shell = SHELL) {
    const scope = {
      location: { origin: ORIGIN },
      caches: this.caches,
      clients: { claim: async () => {} },
      registration: {},
      fetch: (of: Request | string) =>
        this.ask(typeof of === "string" ? of : new URL(of.url).pathname),
      skipWaiting: async () => {},
      addEventListener: (name: string, listener: (event: never) => void) =>
        void this.#listeners.set(name, listener),
    };
    keepPage(scope as unknown as KeeperScope, shell);
  }

  ask(path: string): Promise<Response> {
    this.asked.push(path);
    return this.server(path);
  }

  async happens(name: string, event: object = {}): Promise<void> {
    let work: Promise<unknown> = Promise.resolve();
    const waitUntil = (promised: Promise<unknown>) => {
      work = promised;
    };
    this.#listeners.get(name)?.({ ...event, waitUntil } as never);
    await work;
  }

  async begin(): Promise<void> {
    await this.happens("install");
    await this.happens("activate");
    this.asked.length = 0;
  }

  /** The worker's answer to a request; null when it leaves it to the browser. */
  get(path: string, request: { mode?: string; method?: string } = {}): Promise<string> | null {
    let answer: Promise<Response> | null = null;
    const respondWith = (promised: Promise<Response>) => {
      answer = promised;
    };
    const url = path.startsWith("/") ? ORIGIN + path : path;
    const event = { request: { method: "GET", mode: "cors", url, ...request }, respondWith };
    this.#listeners.get("fetch")?.(event as never);
    const promised = answer as Promise<Response> | null;
    return promised === null ? null : promised.then((response) => response.text());
  }

  open(path: string): Promise<string> | null {
    return this.get(path, { mode: "navigate" });
  }

  async kept(): Promise<string[]> {
    return [...(this.caches.all.get("page-v2")?.keys() ?? [])].sort();
  }
}

let browser: Browser;

beforeEach(async () => {
  browser = new Browser();
  await browser.begin();
});

function unplugged(): Promise<Response> {
  return Promise.reject(new TypeError("Failed to fetch"));
}

describe("the document", () => {
  it("comes from the server as long as that answers, be it a new version or a refusal", async () => {
    browser.server = async () => new Response("a newer page");
    expect(await browser.open("/twinspace/p_1/m_1")).toBe("a newer page");
    browser.server = async () => new Response("not here", { status: 404 });
    expect(await browser.open("/join")).toBe("not here");
  });

  it("is the kept one at each of its addresses when there is no network", async () => {
    browser.server = unplugged;
    for (const path of ["/", "/join", "/twinspace/p_1/m_1/r_1"]) {
      expect(await browser.open(path), path).toBe(PAGE);
    }
  });

  it.each([502, 503, 504])("is the kept one when a proxy says %i", async (status) => {
    browser.server = async () => new Response("Bad Gateway", { status });
    expect(await browser.open("/")).toBe(PAGE);
  });

  it("is the kept one on a line that carries nothing", async () => {
    vi.useFakeTimers();
    browser.server = () => new Promise(() => {});
    const opened = browser.open("/");
    await vi.advanceTimersByTimeAsync(PATIENCE_MS);
    expect(await opened).toBe(PAGE);
    vi.useRealTimers();
  });

  it("fails as without a worker when nothing is kept", async () => {
    await browser.caches.delete("page-v2");
    browser.server = unplugged;
    await expect(browser.open("/")).rejects.toThrow("Failed to fetch");
  });
});

describe("files", () => {
  it("with a hash in their name are fetched once", async () => {
    expect(await browser.get("/assets/fr-abcd1234.js")).toBe("content of /assets/fr-abcd1234.js");
    browser.server = unplugged;
    expect(await browser.get("/assets/fr-abcd1234.js")).toBe("content of /assets/fr-abcd1234.js");
    expect(browser.asked).toEqual(["/assets/fr-abcd1234.js"]);
  });

  it("that were refused are not kept", async () => {
    browser.server = async () => new Response("gone", { status: 404 });
    expect(await browser.get("/assets/old-abcd1234.js")).toBe("gone");
    expect(await browser.kept()).toEqual(["/", "/assets/index-abcd1234.js"]);
  });

  it("that a page has loaded before are kept when it says so, and nothing else", async () => {
    const keep = ["/assets/fr-abcd1234.js", "/session", "/projects/p_1/files/x", 7];
    await browser.happens("message", { data: { keep } });
    await browser.happens("message", { data: null });
    const expected = ["/", "/assets/fr-abcd1234.js", "/assets/index-abcd1234.js"];
    expect(await browser.kept()).toEqual(expected);
  });
});

describe("left to the browser", () => {
  it.each([
    "/session",
    "/projects/p_1/files/abc",
    "/socket.io/?project=p_1",
    "/api/v1/projects",
    "/assets/editor/index-abcd1234.js",
    "/assets/excalidraw-0.18.1/fonts/Virgil/Virgil-Regular.woff2",
    "https://other.example/assets/index-abcd1234.js",
  ])("is %s", (path) => {
    expect(browser.get(path)).toBeNull();
    expect(browser.open(path)).toBeNull();
  });

  it("is what is not asked for but sent", () => {
    expect(browser.get("/assets/index-abcd1234.js", { method: "POST" })).toBeNull();
  });
});

describe("a new version", () => {
  it("takes away what was kept of the old one, and nothing of others", async () => {
    const next = new Browser();
    await next.caches.open("page-v1");
    await next.caches.open("somebody-elses");
    await next.begin();
    expect(await next.caches.keys()).toEqual(["somebody-elses", "page-v2"]);
  });

  it("waits while a server of the old version answers", async () => {
    const next = new Browser({ version: "v3", files: ["/assets/index-wxyz6789.js"] });
    await expect(next.happens("install")).rejects.toThrow("another version");
  });
});

it("knows pages and files by their addresses", () => {
  expect(["/", "/join", "/twinspace/p/m"].map(isPage)).toEqual([true, true, true]);
  expect(["/healthz", "/twinspace", "/joint", "/index.html"].some(isPage)).toBe(false);
  expect(isKept("/assets/appearance-early-B1pAPp-o.js")).toBe(true);
  expect(["/assets/plain.js", "/sw.js", "/assets/a-abcd1234.html"].some(isKept)).toBe(false);
});

it("a page names what it has loaded of ours, once", () => {
  const entries = [
    { name: `${ORIGIN}/assets/fr-abcd1234.js` },
    { name: `${ORIGIN}/assets/fr-abcd1234.js` },
    { name: `${ORIGIN}/session` },
    { name: "https://other.example/assets/x-abcd1234.js" },
  ];
  expect(loadedFiles(entries, ORIGIN)).toEqual(["/assets/fr-abcd1234.js"]);
});
