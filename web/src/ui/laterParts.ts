/** Parts of the page that come when they are wanted, over lines that are not always there. */

import {
  type ComponentType,
  createElement,
  type LazyExoticComponent,
  lazy,
  useEffect,
  useState,
} from "react";

export type LoadedPart<Props> = { default: ComponentType<Props> };

/** Milliseconds before each further attempt: a school's Wi-Fi that was away is mostly back by then. */
export const PAUSES_MS: readonly number[] = [1_000, 4_000];

/**
 * A component whose code is fetched when it is drawn first, with patience: put it below a `Suspense`. `instead` is drawn
 * when it cannot be had; without it nothing is, and the page says that a part of it is missing (`missingParts`). It is
 * asked for again when it is wanted again, and when the network is back.
 */
export function lazyPart<Props extends object>(
  load: () => Promise<LoadedPart<Props>>,
  instead?: ComponentType<Props>,
): ComponentType<Props> {
  let part: LazyExoticComponent<ComponentType<Props>> | null = null;

  async function bring(): Promise<LoadedPart<Props>> {
    try {
      const loaded = await patiently(load);
      setMissing(load, false);
      return loaded;
    } catch {
      part = null;
      setMissing(load, instead === undefined);
      return { default: instead ?? Nothing };
    }
  }

  function ask(): LazyExoticComponent<ComponentType<Props>> {
    part ??= lazy(bring);
    return part;
  }

  return function Later(props: Props) {
    const [asked, setAsked] = useState(ask);
    useEffect(() => {
      const askAgain = () => setAsked(ask());
      addEventListener("online", askAgain);
      return () => removeEventListener("online", askAgain);
    }, []);
    return createElement(asked as ComponentType<Props>, props);
  };
}

/** Try again after each of the pauses; at last the error of the last attempt. */
export async function patiently<Answer>(load: () => Promise<Answer>): Promise<Answer> {
  // Errors of links do not bubble. The same listener again is no second one.
  globalThis.document?.addEventListener("error", noteStyle, { capture: true });
  for (const pause of PAUSES_MS) {
    try {
      return await withStyles(load);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return await withStyles(load);
}

/** Whether parts that were wanted could not be had, as far as nobody has put that away. For `useSyncExternalStore`. */
export const missingParts = {
  subscribe(watcher: () => void): () => void {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  },
  isAny: () => missing.size > 0,
  dismiss(): void {
    missing.clear();
    tellWatchers();
  },
};

/** By what loads them. */
const missing = new Set<unknown>();
const watchers = new Set<() => void>();

function setMissing(part: unknown, isMissing: boolean): void {
  if (isMissing) {
    missing.add(part);
  } else {
    missing.delete(part);
  }
  tellWatchers();
}

function tellWatchers(): void {
  for (const watcher of watchers) {
    watcher();
  }
}

/** Styles that did not come, by their addresses, with the attempt to bring one that is under way. */
const missingStyles = new Map<string, Promise<void> | null>();

/** What loads parts (Vite's preloader) asks once for the style of each, and would bring the part back without it. */
async function withStyles<Answer>(load: () => Promise<Answer>): Promise<Answer> {
  await Promise.all(
    [...missingStyles].map(([address, coming]) => {
      const attempt = coming ?? bringStyle(address);
      missingStyles.set(address, attempt);
      return attempt;
    }),
  );
  return load();
}

function bringStyle(address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = address;
    link.onload = () => {
      missingStyles.delete(address);
      resolve();
    };
    link.onerror = () => reject(new Error(`No style from ${address}`));
    document.head.append(link);
  });
}

function noteStyle({ target }: Event): void {
  if (target instanceof HTMLLinkElement && target.rel === "stylesheet") {
    target.remove();
    missingStyles.set(target.href, null);
  }
}

function Nothing() {
  return null;
}
