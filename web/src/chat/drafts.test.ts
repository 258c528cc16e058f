import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeStorage } from "../connection/fakeStorage";
import { forgetPerson, recall, remember } from "../connection/memory";
import { type Draft, Drafts, LEFT_DAYS_MAX, LEFT_MAX } from "./drafts";

const DAY_MS = 24 * 60 * 60 * 1000;
const NOW = 1_000 * DAY_MS;
const NOTHING: Draft = { text: "", reply: null, files: [] };

/** Names of the pages that are open. */
let open: Set<string>;

beforeEach(() => {
  open = new Set();
  vi.stubGlobal("localStorage", new FakeStorage());
  vi.stubGlobal("navigator", { locks: {} });
});
afterEach(() => vi.unstubAllGlobals());

/** A page that is loaded: in a new tab, or in that of `session`. */
async function load(own: string, session = new FakeStorage(), now = NOW) {
  open.add(own);
  const closed = async (tabs: readonly string[]) => tabs.filter((tab) => !open.has(tab));
  const drafts = new Drafts({ own, closed }, session as unknown as Storage, now);
  await drafts.ready;
  const write = (text: string, at = NOW) => drafts.change("m", "r", { text }, at);
  const leave = () => {
    drafts.leave();
    open.delete(own);
  };
  return { drafts, session, write, leave, take: () => drafts.take("m", "r") };
}

describe("drafts of tabs that are open together", () => {
  it("are each tab's own, also when one of them sends", async () => {
    const [one, two] = [await load("one"), await load("two")];
    one.write("long text");
    expect(two.take()).toEqual(NOTHING);
    two.write("s");
    two.write("");
    expect(one.take()).toMatchObject({ text: "long text" });
  });

  it("stay with their tabs over a reload, of both at once, too", async () => {
    const [one, two] = [await load("one"), await load("two")];
    one.take();
    one.write("of one");
    two.take();
    one.leave();
    two.leave();
    const secondly = await load("two again", two.session);
    const firstly = await load("one again", one.session);
    expect([secondly.take(), firstly.take()]).toMatchObject([NOTHING, { text: "of one" }]);
    firstly.leave(); // and once more, without having looked at it
    expect((await load("one for the last time", one.session)).take().text).toBe("of one");
  });

  it("are not copied with a tab", async () => {
    const one = await load("one");
    one.write("of one");
    const copied = Object.assign(new FakeStorage(), one.session);
    expect((await load("copy", copied)).take()).toEqual(NOTHING);
  });

  it("are there when the page is shown again as it was", async () => {
    const one = await load("one");
    one.write("of one");
    one.leave();
    one.drafts.comeBack();
    open.add("one");
    expect((await load("two")).take()).toEqual(NOTHING);
    expect(one.take().text).toBe("of one");
  });
});

describe("what a closed tab has left", () => {
  it("is taken over by one tab: the newest of the room, with all that belongs to it", async () => {
    for (const [text, days] of Object.entries({ older: 2, newest: 1, oldest: 3 })) {
      const tab = await load(text);
      const draft = { text, reply: 7, files: ["river.png"] };
      tab.drafts.change("m", "r", draft, NOW - days * DAY_MS);
      tab.leave();
    }
    const [one, two] = [await load("one"), await load("two")];
    expect(one.take()).toMatchObject({ text: "newest", reply: 7, files: ["river.png"] });
    expect(one.take()).toMatchObject({ text: "newest" });
    expect(two.take()).toMatchObject({ text: "older" });
  });

  it("is found when it could not say that it goes", async () => {
    (await load("crashed")).write("half a sentence");
    open.delete("crashed");
    expect((await load("one")).take().text).toBe("half a sentence");
  });

  it("without locks is what said so: a tab of which nothing is known may be open", async () => {
    vi.stubGlobal("navigator", {});
    (await load("open")).write("in use");
    const closed = await load("closed");
    closed.write("left behind");
    closed.leave();
    open.clear();
    expect((await load("one")).take().text).toBe("left behind");
    expect((await load("two")).take()).toEqual(NOTHING);
  });

  it("is bounded in number and age; what is in use is not", async () => {
    const inUse = await load("in use");
    inUse.write("in use", 0);
    const closing = async (name: string, at: number) => {
      const tab = await load(name);
      tab.drafts.change("m", name, { text: name }, at);
      tab.leave();
    };
    await closing("old", NOW - LEFT_DAYS_MAX * DAY_MS - 1);
    for (let number = 0; number <= LEFT_MAX; number++) {
      await closing(`${number}`, NOW - LEFT_MAX + number);
    }
    const { drafts } = await load("one");
    const texts = ["old", "0", "1", `${LEFT_MAX}`].map((room) => drafts.take("m", room).text);
    expect(texts).toEqual(["", "", "1", `${LEFT_MAX}`]);
    expect(inUse.take().text).toBe("in use");
  });
});

it("a draft of which nothing is left is not kept, nor is any after signing out", async () => {
  const { drafts, write, leave } = await load("one");
  drafts.change("m", "r", { files: ["river.png"] }, NOW);
  write("a");
  drafts.change("m", "r", { files: [] }, NOW);
  expect(recall("draft.m.r.one")).not.toBeNull();
  write("");
  expect(recall("draft.m.r.one")).toBeNull();
  write("secret");
  forgetPerson("m");
  leave();
  expect((await load("two")).take()).toEqual(NOTHING);
});

it("what an earlier page kept is left alone", async () => {
  remember("draft.m.r", "words");
  const { take, leave } = await load("one");
  expect(take()).toEqual(NOTHING);
  leave();
  expect(recall("draft.m.r")).toBe("words");
});
