/**
 * The page reloads itself when it is too old for the server: once, for a server that answers the new one no better
 * would be asked again and again.
 */

import { PROTOCOL_VERSION } from "../protocol/generated";

/** After so long another reload may bring another page: servers are brought up to date every few weeks. */
export const RELOAD_AGAIN_MS = 10 * 60_000;

const KEY = "rtserver.reloaded";

interface Reloaded {
  version: number;
  at: number;
}

export interface Reloading {
  now: () => number;
  reload: () => void;
}

/** False: this page was the answer to a reload a moment ago, or nobody could remember that it was. */
export function reloadOnce({ now, reload }: Reloading): boolean {
  try {
    const last = read(sessionStorage.getItem(KEY));
    if (last?.version === PROTOCOL_VERSION && now() - last.at < RELOAD_AGAIN_MS) {
      return false;
    }
    const mark: Reloaded = { version: PROTOCOL_VERSION, at: now() };
    sessionStorage.setItem(KEY, JSON.stringify(mark));
  } catch {
    return false; // storage is switched off: it would be a loop
  }
  reload();
  return true;
}

function read(text: string | null): Reloaded | null {
  try {
    return text === null ? null : (JSON.parse(text) as Reloaded);
  } catch {
    return null;
  }
}

export function reloadThisPage(): boolean {
  return reloadOnce({ now: Date.now, reload: () => window.location.reload() });
}
