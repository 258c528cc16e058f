import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Tabs } from "../connection/tabs";
import { PendingChanges } from "./pendingChanges";
import { PendingKeeper } from "./pendingKeeper";
import { MemoryPendingStore, openPendingStore, type PendingStore } from "./pendingStore";
import { rectangle } from "./samples";

let owners = 0;
let owner: string;

beforeEach(() => {
  owners += 1;
  owner = `p/m${owners}`;
});

describe.each([
  ["in IndexedDB", openPendingStore],
  ["in memory", async () => new MemoryPendingStore()],
])("pending changes %s", (_, open: () => Promise<PendingStore>) => {
  let store: PendingStore;

  beforeEach(async () => {
    store = await open();
  });

  function tab(own: string, ...alive: string[]): Tabs {
    return { own, closed: async (tabs) => tabs.filter((other) => !alive.includes(other)) };
  }

  /** What a tab finds when it opens the board. */
  async function opened(tabs: Tabs, board = "r", whose = owner) {
    const pending = new PendingChanges();
    const shelf = { owner: whose, board, tab: tabs.own };
    const keeper = new PendingKeeper(Promise.resolve(store), shelf, tabs);
    await keeper.load(pending);
    return { pending, keeper, ids: () => [...pending.ids].sort() };
  }

  async function changed(tabs: Tabs, ...ids: string[]) {
    const page = await opened(tabs);
    page.pending.change(
      ids.map((id) => rectangle(id)),
      null,
      1,
    );
    page.keeper.save(page.pending);
    await page.keeper.saved;
    return page;
  }

  it("are there again when the tab opens the board again", async () => {
    await changed(tab("a"), "1", "2");
    expect((await opened(tab("a"))).ids()).toEqual(["1", "2"]);
    expect((await opened(tab("a"), "other")).ids()).toEqual([]);
    expect((await opened(tab("a"), "r", "somebody")).ids()).toEqual([]);
  });

  it("keep the command that was sent, with its nonce", async () => {
    const page = await changed(tab("a"), "1");
    const sent = page.pending.next(null, 2);
    page.keeper.save(page.pending);
    await page.keeper.saved;
    const again = (await opened(tab("a"))).pending.next(null, 3);
    expect(again).toMatchObject({ nonce: sent?.nonce, changes: sent?.changes });
  });

  it("of a tab that is open are its own, of one that is closed the next one's", async () => {
    await changed(tab("a"), "1");
    expect((await opened(tab("b", "a"))).ids()).toEqual([]);
    expect((await opened(tab("b"))).ids()).toEqual(["1"]);
    expect((await opened(tab("c", "b"))).ids()).toEqual([]);
    expect((await opened(tab("b"))).ids()).toEqual(["1"]);
  });

  it("that were settled are gone", async () => {
    const page = await changed(tab("a"), "1");
    const sent = page.pending.next(null, 2);
    page.pending.refused(sent?.nonce ?? "", "board_read_only", null);
    page.keeper.save(page.pending);
    await page.keeper.saved;
    const after = await opened(tab("a"));
    expect(after.ids()).toEqual([]);
    expect(after.pending.lost).toMatchObject([{ mine: { id: "1" } }]);
  });

  it("are forgotten when the person signs out", async () => {
    await changed(tab("a"), "1");
    const mine = owner;
    owner = `${owner}-other`;
    await changed(tab("a"), "2");
    await store.clear(mine);
    expect((await opened(tab("a"), "r", mine)).ids()).toEqual([]);
    expect((await opened(tab("a"))).ids()).toEqual(["2"]);
  });
});

describe("a browser without storage", () => {
  it("keeps changes as long as the page is open", async () => {
    vi.stubGlobal("indexedDB", {
      open: () => {
        throw new DOMException("no", "SecurityError");
      },
    });
    const store = await openPendingStore();
    expect(store).toBeInstanceOf(MemoryPendingStore);
  });

  it("goes on when a write fails", async () => {
    const store = new MemoryPendingStore();
    store.write = () => Promise.reject(new DOMException("full", "QuotaExceededError"));
    const pending = new PendingChanges();
    const tabs = { own: "a", closed: async () => [] };
    const keeper = new PendingKeeper(Promise.resolve(store), { owner, board: "r", tab: "a" }, tabs);
    await keeper.load(pending);
    pending.change([rectangle("1")], null, 1);
    keeper.save(pending);
    await keeper.saved;
    expect([...pending.ids]).toEqual(["1"]);
  });
});
