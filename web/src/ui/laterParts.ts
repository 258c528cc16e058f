/** Parts of the page that come when they are wanted, over lines that are not always there. */

import { type ComponentType, lazy } from "react";

export type LoadedPart<Props> = { default: ComponentType<Props> };

/** Milliseconds before each further attempt: a school's Wi-Fi that was away is mostly back by then. */
export const PAUSES_MS: readonly number[] = [1_000, 4_000];

let isMissing = false;
const watchers = new Set<() => void>();

/**
 * A component whose code is fetched when it is drawn first, with patience: put it below a `Suspense`. `instead` is drawn
 * when it cannot be had; without it nothing is, and the page says that a part of it is missing (`missingParts`).
 */
export function lazyPart<Props extends object>(
  load: () => Promise<LoadedPart<Props>>,
  instead?: ComponentType<Props>,
) {
  return lazy<ComponentType<Props>>(async () => {
    try {
      return await patiently(load);
    } catch {
      if (instead === undefined) {
        sayMissing();
      }
      return { default: instead ?? Nothing };
    }
  });
}

/** Try again after each of the pauses; at last the error of the last attempt. */
export async function patiently<Answer>(load: () => Promise<Answer>): Promise<Answer> {
  for (const pause of PAUSES_MS) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return await load();
}

/** Whether a part of the page could not be had: it stays so until the page is loaded again. For `useSyncExternalStore`. */
export const missingParts = {
  subscribe(watcher: () => void): () => void {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  },
  isAny: () => isMissing,
};

function sayMissing(): void {
  isMissing = true;
  for (const watcher of watchers) {
    watcher();
  }
}

function Nothing() {
  return null;
}
