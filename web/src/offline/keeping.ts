/** Has the browser keep this page for times without a network: registers the service worker (W3C Service Workers). */

import type { KeepMessage } from "./keeper";

/** Paths of what this page has loaded: its language, the chat's tools, whatever was opened so far. */
export function loadedFiles(entries: readonly { name: string }[], origin: string): string[] {
  const paths = entries
    .filter(({ name }) => name.startsWith(`${origin}/assets/`))
    .map(({ name }) => new URL(name).pathname);
  return [...new Set(paths)];
}

/** Resolves when it is kept. Nothing happens where there are no service workers: a private window, plain HTTP. */
export async function keepThisPage(): Promise<void> {
  const workers = (navigator as Partial<Navigator>).serviceWorker;
  if (workers === undefined) {
    return;
  }
  try {
    // Never out of a cache: a worker that is to be taken away must not stay because of one.
    await workers.register("/sw.js", { updateViaCache: "none" });
    const { active } = await workers.ready;
    const files = loadedFiles(performance.getEntriesByType("resource"), location.origin);
    active?.postMessage({ keep: files } satisfies KeepMessage);
  } catch {
    // Switched off in this browser, or the server is away just now: the page works without.
  }
}
