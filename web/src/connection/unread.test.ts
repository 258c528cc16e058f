import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ChatHistory, HistoryPage, Message, ProjectJoined } from "../protocol/generated";
import { Store } from "../state/store";
import { readMark, setReadMark } from "./memory";
import { UnreadCounter } from "./unread";

function message(id: number, mentions: string[] = []): Message {
  return { id, at: id, actor: "zoe", text: "Salut", mentions };
}

/** A page in no room, and a server whose other room holds these messages. */
function setUp(...messages: Message[]) {
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
  const history = async ({ room }: ChatHistory): Promise<HistoryPage> => {
    asked.push(room);
    return { messages, more: false };
  };
  return { store, asked, counter: new UnreadCounter(store, history) };
}

async function answered(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await Promise.resolve();
  }
}

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
});

describe("a message that calls the reader", () => {
  it("is counted at once, with those before it", async () => {
    const { store, counter } = setUp(message(3), message(4), message(5, ["me"]));
    setReadMark("me", "other", 3);
    counter.onMentioned("other", 5);
    await answered();
    const { unread, mentioned } = store.getState();
    expect([unread.other, mentioned.other]).toEqual([2, true]);
  });

  it("is new in a room that was never read on this device", async () => {
    const { store, counter } = setUp(message(3), message(4, ["me"]));
    counter.onMentioned("other", 4);
    await answered();
    expect([store.getState().unread.other, readMark("me", "other")]).toEqual([1, 3]);
  });

  it("asks for nothing in the open room", async () => {
    const { asked, counter } = setUp(message(3, ["me"]));
    counter.setOpenRoom("other");
    counter.onMentioned("other", 3);
    await answered();
    expect(asked).toEqual([]);
  });
});
