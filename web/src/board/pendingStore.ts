/**
 * Where changes that the server has not taken yet are kept: IndexedDB, so that they survive a reload; memory where there
 * is none.
 *
 * Each tab keeps its own. What a tab left behind that is closed is taken over by the next that opens the board.
 */

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Change, Element } from "../protocol/generated";
import type { LostChange } from "./ports";

/** An element as it is to be. `base`: the version that it was made upon. */
export interface WaitingChange {
  readonly kind: "change";
  readonly base: number;
  readonly element: Element;
  /** Made upon a command that waits for its answer: `base` is known by then. */
  readonly isUponCommand: boolean;
  /** Nothing differs but what is bound to it: that it was not taken is no loss. */
  readonly isBookkeeping: boolean;
  /** When, by this device's clock, in milliseconds. */
  readonly at: number;
  /** Smaller was changed first. */
  readonly order: number;
}

/** Changes that were sent, perhaps: the same again until the answer comes. */
export interface SentCommand {
  readonly kind: "command";
  readonly nonce: string;
  readonly changes: readonly Change[];
  /** Ids of elements of which nothing differs but what is bound to them. */
  readonly bookkeeping: readonly string[];
  readonly at: number;
  readonly order: number;
}

export interface KeptLoss {
  readonly kind: "lost";
  readonly change: LostChange;
  readonly order: number;
}

export type Kept = WaitingChange | SentCommand | KeptLoss;

/** The keys of what is kept, within a board and a tab. */
export function keyOfWaiting(id: string): string {
  return `change:${id}`;
}

export function keyOfCommand(nonce: string): string {
  return `command:${nonce}`;
}

export function keyOfLost(id: string): string {
  return `lost:${id}`;
}

/** Whose: project and member, the board, and the tab. */
export interface Shelf {
  readonly owner: string;
  readonly board: string;
  readonly tab: string;
}

export interface PendingStore {
  /** What is kept for a board, by all tabs. */
  all(owner: string, board: string): Promise<{ tab: string; key: string; kept: Kept }[]>;
  /**
   * Put and remove (`null`) what is one's own, by its key. `leaving`: tabs whose things are one's own from now on, and
   * among `changes`.
   */
  write(
    shelf: Shelf,
    changes: ReadonlyMap<string, Kept | null>,
    leaving?: readonly string[],
  ): Promise<void>;
  /** Forget everything of an owner. */
  clear(owner: string): Promise<void>;
}

interface Row extends Shelf {
  key: string;
  kept: Kept;
}

interface Schema extends DBSchema {
  changes: { key: [string, string, string, string]; value: Row };
}

const DATABASE = "rtserver-boards";
const DATABASE_VERSION = 1;

export async function openPendingStore(): Promise<PendingStore> {
  try {
    return new DurableStore(
      await openDB<Schema>(DATABASE, DATABASE_VERSION, {
        upgrade(database) {
          database.createObjectStore("changes", { keyPath: ["owner", "board", "tab", "key"] });
        },
      }),
    );
  } catch {
    return new MemoryPendingStore(); // a private window, or storage switched off
  }
}

class DurableStore implements PendingStore {
  readonly #database: IDBPDatabase<Schema>;

  constructor(database: IDBPDatabase<Schema>) {
    this.#database = database;
  }

  async all(owner: string, board: string): Promise<Row[]> {
    return this.#database.getAll("changes", startingWith(owner, board));
  }

  async write(
    shelf: Shelf,
    changes: ReadonlyMap<string, Kept | null>,
    leaving: readonly string[] = [],
  ): Promise<void> {
    const { owner, board, tab } = shelf;
    const { store, done } = this.#database.transaction("changes", "readwrite");
    for (const other of leaving) {
      void store.delete(startingWith(owner, board, other));
    }
    for (const [key, kept] of changes) {
      void (kept === null
        ? store.delete([owner, board, tab, key])
        : store.put({ ...shelf, key, kept }));
    }
    await done;
  }

  async clear(owner: string): Promise<void> {
    await this.#database.delete("changes", startingWith(owner));
  }
}

export class MemoryPendingStore implements PendingStore {
  #rows: Row[] = [];

  async all(owner: string, board: string): Promise<Row[]> {
    return this.#rows.filter((row) => row.owner === owner && row.board === board);
  }

  async write(
    shelf: Shelf,
    changes: ReadonlyMap<string, Kept | null>,
    leaving: readonly string[] = [],
  ): Promise<void> {
    this.#rows = this.#rows.filter((row) => {
      const isReplaced = row.tab === shelf.tab && changes.has(row.key);
      return !isOfBoard(row, shelf) || !(isReplaced || leaving.includes(row.tab));
    });
    for (const [key, kept] of changes) {
      if (kept !== null) {
        this.#rows.push({ ...shelf, key, kept });
      }
    }
  }

  async clear(owner: string): Promise<void> {
    this.#rows = this.#rows.filter((row) => row.owner !== owner);
  }
}

function isOfBoard(row: Row, shelf: Shelf): boolean {
  return row.owner === shelf.owner && row.board === shelf.board;
}

/** All keys that begin so: a list sorts after every text. */
function startingWith(...start: string[]): IDBKeyRange {
  return IDBKeyRange.bound(start, [...start, []]);
}
