/**
 * What was typed and not sent, kept on this device per person, room and tab until it is sent or they sign out.
 *
 * A tab writes and removes only what is its own: nobody loses a text because they write in another tab, too. Over a
 * reload it stays with its tab. What closed tabs have left is taken over by the first tab that is opened for that room
 * afterwards, and by that one only: else it could be sent twice.
 */

import { DRAFTS, draftKey, keysBeginning, recall, remember } from "../connection/memory";
import type { Tabs } from "../connection/tabs";

export interface Draft {
  /** With ids instead of names. */
  text: string;
  /** The message that it answers. */
  reply: number | null;
  /** Names of the files that were to go with it. The files themselves are in the memory of their tab only. */
  files: readonly string[];
}

interface KeptDraft extends Draft {
  at: number;
  /** Its tab was closed. One that crashed could not say so. */
  isLeft?: boolean;
}

interface Row {
  key: string;
  kept: KeptDraft;
}

const NOTHING: Draft = { text: "", reply: null, files: [] };

/** So many drafts, and so old ones, are kept of tabs that are closed. */
export const LEFT_MAX = 50;
export const LEFT_DAYS_MAX = 30;

const DAY_MS = 24 * 60 * 60 * 1000;

/** Where a tab that is left finds its name again when it is reloaded. Unlike the name itself, it is not there to be copied
 *  while the tab is open: what the browser duplicates is another tab. */
const LEFT_TAB = "rtserver.left-tab";

export class Drafts {
  readonly #tabs: Tabs;
  readonly #session: Storage | null;
  /** What closed tabs left in other rooms is not for this one: it was here before, and has its own. */
  readonly #isReloaded: boolean;
  #isUsed = false;
  #closed = new Set<string>();
  /** What tabs that crashed have left is known. */
  readonly ready: Promise<void>;

  constructor(tabs: Tabs, session: Storage | null, now: number) {
    this.#tabs = tabs;
    this.#session = session;
    const before = this.#takeName();
    this.#isReloaded = before !== null;
    if (before !== null) {
      this.#takeOver(this.#rows().filter(({ key }) => tabOf(key) === before));
    }
    this.ready = this.#findClosed(now).catch(() => {}); // nothing is taken over, and nothing removed
  }

  /** What there is for this tab. */
  take(member: string, room: string): Draft {
    this.#isUsed = true;
    const own = draftKey(member, room, this.#tabs.own);
    const rows = this.#rows(draftKey(member, room, ""));
    const found = rows.find(({ key }) => key === own);
    if (found !== undefined || this.#isReloaded) {
      return found?.kept ?? NOTHING;
    }
    const [newest] = rows.filter((row) => this.#isLeft(row)).sort((a, b) => b.kept.at - a.kept.at);
    if (newest !== undefined) {
      this.#takeOver([newest]);
    }
    return newest?.kept ?? NOTHING;
  }

  change(member: string, room: string, change: Partial<Draft>, now: number): void {
    const key = draftKey(member, room, this.#tabs.own);
    const { text, reply, files } = { ...(read(key) ?? NOTHING), ...change };
    const isEmpty = text === "" && reply === null && files.length === 0;
    remember(key, isEmpty ? null : JSON.stringify({ text, reply, files, at: now }));
  }

  /** The page goes: another tab may take what is left, unless this one comes back. */
  leave(): void {
    this.#markOwn(true);
    try {
      if (this.#isUsed || this.#isReloaded) {
        this.#session?.setItem(LEFT_TAB, this.#tabs.own);
      }
    } catch {
      // Storage is full or switched off: then it is taken over as that of a closed tab.
    }
  }

  /** The page is shown again as it was. */
  comeBack(): void {
    this.#takeName();
    this.#markOwn(false);
  }

  #takeName(): string | null {
    try {
      const name = this.#session?.getItem(LEFT_TAB) ?? null;
      this.#session?.removeItem(LEFT_TAB);
      return name;
    } catch {
      return null;
    }
  }

  #rows(beginning: string = DRAFTS): Row[] {
    return keysBeginning(beginning).flatMap((key) => {
      const kept = read(key);
      return kept === null ? [] : [{ key, kept }];
    });
  }

  #isLeft({ key, kept }: Row): boolean {
    return kept.isLeft === true || this.#closed.has(tabOf(key));
  }

  #takeOver(rows: readonly Row[]): void {
    for (const { key, kept } of rows) {
      const { isLeft: _, ...open } = kept;
      remember(key, null); // first: there may be no space for both
      remember(key.slice(0, -tabOf(key).length) + this.#tabs.own, JSON.stringify(open));
    }
  }

  #markOwn(isLeft: boolean): void {
    for (const { key, kept } of this.#rows()) {
      if (tabOf(key) === this.#tabs.own) {
        remember(key, JSON.stringify({ ...kept, isLeft }));
      }
    }
  }

  /** Without locks nobody knows which tabs are open: then those count as closed that said so, or are too old. */
  async #findClosed(now: number): Promise<void> {
    const isKnown = globalThis.navigator?.locks !== undefined;
    if (isKnown) {
      const tabs = new Set(this.#rows().map(({ key }) => tabOf(key)));
      tabs.delete(this.#tabs.own);
      this.#closed = new Set(await this.#tabs.closed([...tabs]));
    }
    const tooOld = now - LEFT_DAYS_MAX * DAY_MS;
    const left = this.#rows()
      .filter((row) => this.#isLeft(row) || (!isKnown && row.kept.at < tooOld))
      .sort((a, b) => b.kept.at - a.kept.at);
    for (const [index, { key, kept }] of left.entries()) {
      if (index >= LEFT_MAX || kept.at < tooOld) {
        remember(key, null);
      }
    }
  }
}

function read(key: string): KeptDraft | null {
  try {
    const kept = JSON.parse(recall(key) ?? "null") as KeptDraft | null;
    return typeof kept?.text === "string" && Array.isArray(kept.files) ? kept : null;
  } catch {
    return null; // of an earlier page
  }
}

function tabOf(key: string): string {
  return key.slice(key.lastIndexOf(".") + 1);
}
