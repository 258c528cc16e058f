/** Keeps one's own changes over a reload: writes what has changed, and takes over what closed tabs left behind. */

import type { Tabs } from "../connection/tabs";
import type { PendingChanges } from "./pendingChanges";
import type { Kept, PendingStore, Shelf } from "./pendingStore";

export class PendingKeeper {
  readonly #store: Promise<PendingStore>;
  readonly #shelf: Shelf;
  readonly #tabs: Tabs;
  /** Writes come one after the other, and none before what was kept has been read. */
  #done: Promise<void> = Promise.resolve();

  constructor(store: Promise<PendingStore>, shelf: Shelf, tabs: Tabs) {
    this.#store = store;
    this.#shelf = shelf;
    this.#tabs = tabs;
  }

  /** Read what was kept, once, at the beginning. */
  load(pending: PendingChanges): Promise<void> {
    this.#done = this.#load(pending).catch(() => {}); // the storage was taken away: what was in it is out of reach
    return this.#done;
  }

  /** Write what has changed. */
  save(pending: PendingChanges): void {
    this.#write(pending.takeTouched(), []);
  }

  /** Everything that was saved is written. */
  get saved(): Promise<void> {
    return this.#done;
  }

  async #load(pending: PendingChanges): Promise<void> {
    const { owner, board, tab } = this.#shelf;
    const rows = await (await this.#store).all(owner, board);
    const others = new Set(rows.map((row) => row.tab).filter((other) => other !== tab));
    const left = await this.#tabs.closed([...others]);
    pending.restore(
      rows.filter((row) => row.tab === tab || left.includes(row.tab)).map(({ kept }) => kept),
    );
    await (await this.#store).write(this.#shelf, pending.takeTouched(), left);
  }

  #write(changes: ReadonlyMap<string, Kept | null>, leaving: readonly string[]): void {
    if (changes.size > 0) {
      this.#done = this.#done
        .then(async () => (await this.#store).write(this.#shelf, changes, leaving))
        .catch(() => {}); // the disk is full: they are kept in memory, and sent all the same
    }
  }
}
