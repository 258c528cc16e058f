/** Which tabs of this browser are open: what a closed one has left may be taken over. */

import { makeNonce } from "./nonce";

/** The tabs of this browser: this one's name, and which others are open. */
export interface Tabs {
  readonly own: string;
  /** Those of `tabs` that are closed. */
  closed(tabs: readonly string[]): Promise<string[]>;
}

/** This tab holds a lock with its name as long as it is open. */
export function thisTab(): Tabs & { release(): void } {
  const own = makeNonce();
  const locks = globalThis.navigator?.locks;
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  // No locks without TLS, except on this very machine. Then all others count as closed: the same change sent by two
  // tabs is harmless, as the second finds what it wants.
  locks?.request(lockOf(own), () => held).catch(() => {});
  return {
    own,
    release,
    async closed(tabs) {
      const { held: open = [] } = (await locks?.query()) ?? {};
      return tabs.filter((tab) => !open.some(({ name }) => name === lockOf(tab)));
    },
  };
}

function lockOf(tab: string): string {
  return `rtserver-board/${tab}`;
}
