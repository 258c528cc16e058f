/**
 * Keeps the page itself in the browser, so that it opens without a network and says honestly that there is none.
 *
 * Kept are the one document and files with a hash in their name: the same for everybody, and never another content
 * under the same name. Answers about people, files of a project and pages of others are left to the browser. The
 * document always comes from the server when that answers, so nobody is stuck with an old page, and no page that is
 * open is loaded anew by this.
 */

/** What a new version of the page begins with: `version` changes with any of `files`. */
export interface Shell {
  version: string;
  /** Paths of what the document loads at once. The first is the program itself. */
  files: string[];
}

/** What a page asks of the worker: to keep what it has loaded before there was one. */
export interface KeepMessage {
  keep: string[];
}

interface ExtendableEvent {
  waitUntil(work: Promise<unknown>): void;
}

interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  /** The document, asked for while the worker was still starting. */
  readonly preloadResponse?: Promise<Response | undefined>;
  respondWith(answer: Promise<Response>): void;
}

interface MessageEvent extends ExtendableEvent {
  readonly data: unknown;
}

/** The part of a ServiceWorkerGlobalScope that is used here. */
export interface KeeperScope {
  readonly location: { origin: string };
  readonly caches: CacheStorage;
  readonly clients: { claim(): Promise<void> };
  readonly registration: { navigationPreload?: { enable(): Promise<void> } };
  fetch(request: Request | string, init?: RequestInit): Promise<Response>;
  skipWaiting(): Promise<void>;
  addEventListener(name: "install" | "activate", listener: (event: ExtendableEvent) => void): void;
  addEventListener(name: "fetch", listener: (event: FetchEvent) => void): void;
  addEventListener(name: "message", listener: (event: MessageEvent) => void): void;
}

/** Under this path the document is kept; it is the same for every address of the page. */
const DOCUMENT = "/";

/** What our caches are called; others on this origin are not ours to delete. */
const PREFIX = "page-";

/** Milliseconds after which a line that carries nothing counts as none: as long as opening a connection may take. */
export const PATIENCE_MS = 10_000;

/** Said by whatever stands before a server that is not there (RFC 9110, 15.6.3 to 15.6.5). */
const NO_SERVER = new Set([502, 503, 504]);

/** Kept at most of what one page says that it has loaded: a page has about fifty files. */
const KEEP_MAX = 100;

/** Addresses at which the server gives the document. */
export function isPage(path: string): boolean {
  return path === "/" || path === "/join" || path.startsWith("/twinspace/");
}

/**
 * Files whose content never changes. Not the board's editor, whose megabytes the browser keeps by itself as long as
 * there is space: without a server there is no board to open.
 */
export function isKept(path: string): boolean {
  return (
    /^\/assets\/[\w.-]+-[\w-]{8}\.(?:js|css|woff2|svg)$/.test(path) &&
    !path.startsWith("/assets/editor/")
  );
}

export function keepPage(scope: KeeperScope, shell: Shell): void {
  const cacheName = PREFIX + shell.version;

  async function install(): Promise<void> {
    const cache = await scope.caches.open(cacheName);
    const page = await scope.fetch(DOCUMENT, { cache: "no-cache" });
    const isOurs = page.ok && (await page.clone().text()).includes(shell.files[0] ?? "");
    if (!isOurs) {
      throw new Error("another version is served: that one brings its own worker");
    }
    await Promise.all([cache.put(DOCUMENT, page), cache.addAll(shell.files)]);
    await scope.skipWaiting();
  }

  async function activate(): Promise<void> {
    const names = await scope.caches.keys();
    const old = names.filter((name) => name.startsWith(PREFIX) && name !== cacheName);
    await Promise.all(old.map((name) => scope.caches.delete(name)));
    await scope.registration.navigationPreload?.enable();
    await scope.clients.claim();
  }

  async function documentFor(event: FetchEvent): Promise<Response> {
    const kept = (await scope.caches.open(cacheName)).match(DOCUMENT);
    const asked = askServer(event);
    const first = await Promise.race([asked.catch(() => null), after(PATIENCE_MS)]);
    if (first !== null && !NO_SERVER.has(first.status)) {
      return first;
    }
    return (await kept) ?? asked;
  }

  async function askServer(event: FetchEvent): Promise<Response> {
    return (await event.preloadResponse) ?? scope.fetch(event.request);
  }

  async function file(request: Request): Promise<Response> {
    const cache = await scope.caches.open(cacheName);
    const kept = await cache.match(request);
    if (kept !== undefined) {
      return kept;
    }
    const answer = await scope.fetch(request);
    if (answer.status === 200) {
      await cache.put(request, answer.clone()).catch(() => {}); // the disk is full: it works without
    }
    return answer;
  }

  async function keep(data: unknown): Promise<void> {
    const cache = await scope.caches.open(cacheName);
    const wanted = pathsOf(data).filter(isKept).slice(0, KEEP_MAX);
    for (const path of wanted) {
      if ((await cache.match(path)) === undefined) {
        await cache.add(path).catch(() => {}); // of a page that is older than the server
      }
    }
  }

  scope.addEventListener("install", (event) => event.waitUntil(install()));
  scope.addEventListener("activate", (event) => event.waitUntil(activate()));
  scope.addEventListener("message", (event) => event.waitUntil(keep(event.data)));
  scope.addEventListener("fetch", (event) => {
    const { method, mode, url } = event.request;
    const { origin, pathname } = new URL(url);
    if (method !== "GET" || origin !== scope.location.origin) {
      return;
    }
    if (mode === "navigate" && isPage(pathname)) {
      event.respondWith(documentFor(event));
    } else if (isKept(pathname)) {
      event.respondWith(file(event.request));
    }
  });
}

function pathsOf(data: unknown): string[] {
  const { keep } = (data ?? {}) as Partial<KeepMessage>;
  return Array.isArray(keep) ? keep.filter((path) => typeof path === "string") : [];
}

function after(milliseconds: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), milliseconds));
}
