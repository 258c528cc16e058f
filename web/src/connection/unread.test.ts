import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ChatHistory, HistoryPage, Message, ProjectJoined } from "../protocol/generated";
import { Store } from "../state/store";
import { FakeStorage } from "./fakeStorage";
import { readMark, setReadMark } from "./memory";
import { COUNT_EVERY_MS, UnreadCounter } from "./unread";

function message(id: number, mentions: string[] = []): Message {
  return { id, at: id, actor: "zoe", text: "Salut", mentions };
}

/** A page in no room, and a server whose other rooms hold these messages; it answers when `answers` are called. */
function setUp(messages: Message[], isSlow = false) {
  const store = new Store();
  const joined = {
    me: "me",
    position: { epoch: "e", seq: 1 },
    snapshot: { id: "p", rooms: [], members: [], classes: [] },
    events: null,
    roster: { names: [] },
    presence: [],
    server_time: 0,
  } as unknown as ProjectJoined;
  store.dispatch({ type: "project-joined", joined });
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const history = async ({ room }: ChatHistory): Promise<HistoryPage> => {
    asked.push(room);
    if (isSlow) {
      await new Promise<void>((resolve) => answers.push(resolve));
    }
    return { messages: [...messages], more: false };
  };
  return { store, asked, answers, counter: new UnreadCounter(store, history) };
}

async function answered(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await Promise.resolve();
  }
}

beforeEach(() => {
  vi.stubGlobal("document", { removeEventListener: () => undefined });
  vi.stubGlobal("localStorage", new FakeStorage());
});

describe("a message that calls the reader", () => {
  it("is counted at once, with those before it", async () => {
    const { store, counter } = setUp([message(3), message(4), message(5, ["me"])]);
    setReadMark("me", "other", 3);
    counter.onMentioned("other", 5);
    await answered();
    const { unread, mentioned } = store.getState();
    expect([unread.other, mentioned.other]).toEqual([2, true]);
  });

  it("is new in a room that was never read on this device", async () => {
    const { store, counter } = setUp([message(3), message(4, ["me"])]);
    counter.onMentioned("other", 4);
    await answered();
    expect([store.getState().unread.other, readMark("me", "other")]).toEqual([1, 3]);
  });

  it("asks for nothing in the open room", async () => {
    const { asked, counter } = setUp([message(3, ["me"])]);
    counter.setOpenRoom("other");
    counter.onMentioned("other", 3);
    await answered();
    expect(asked).toEqual([]);
  });
});

describe("many messages that call the reader", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("are counted at once and at the end, however many they are", async () => {
    const messages = [message(3)];
    const { store, asked, counter } = setUp(messages);
    setReadMark("me", "other", 3);
    for (let id = 4; id < 14; id += 1) {
      messages.push(message(id, ["me"]));
      counter.onMentioned("other", id);
      await answered();
    }
    counter.onMentioned("another", 1);
    expect(asked).toEqual(["other", "another"]);
    expect(store.getState().unread.other).toBe(1);
    await vi.advanceTimersByTimeAsync(COUNT_EVERY_MS);
    expect(asked).toEqual(["other", "another", "other"]);
    expect(store.getState().unread.other).toBe(10);
    await vi.advanceTimersByTimeAsync(10 * COUNT_EVERY_MS);
    expect(asked).toHaveLength(3);
  });

  it("are not counted again when they are known", async () => {
    const { asked, counter } = setUp([message(3), message(5, ["me"])]);
    for (const id of [4, 4, 5, 3]) {
      counter.onMentioned("other", id);
      await vi.advanceTimersByTimeAsync(COUNT_EVERY_MS);
    }
    expect(asked).toEqual(["other"]);
  });

  it("wait for the answer that is under way", async () => {
    const { asked, counter, answers } = setUp([message(3)], true);
    counter.onMentioned("other", 4);
    counter.onMentioned("other", 5);
    await vi.advanceTimersByTimeAsync(10 * COUNT_EVERY_MS);
    expect(asked).toEqual(["other"]);
    answers.pop()?.();
    await answered();
    expect(asked).toEqual(["other", "other"]);
  });

  it("are counted no more where the reader has gone, or after the end", async () => {
    const { asked, counter } = setUp([message(3)]);
    for (const room of ["other", "another"]) {
      counter.onMentioned(room, 4);
      counter.onMentioned(room, 5);
    }
    await answered();
    counter.setOpenRoom("other");
    await vi.advanceTimersByTimeAsync(COUNT_EVERY_MS);
    expect(asked).toEqual(["other", "another", "another"]);
    counter.onMentioned("another", 6);
    counter.stop();
    await vi.advanceTimersByTimeAsync(COUNT_EVERY_MS);
    expect(asked).toHaveLength(3);
  });
});
