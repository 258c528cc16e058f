import { describe, expect, it, vi } from "vitest";
import type { HistoryPage, Message, RoomJoined } from "../protocol/generated";
import { Store } from "../state/store";
import { ChatClient } from "./chatClient";
import { CommandFailed } from "./failure";

function message(id: number): Message {
  return { id, at: id, actor: "zoe", text: `text ${id}` };
}

function messages(...ids: number[]): Message[] {
  return ids.map(message);
}

/** A room of which 90 to 99 are at hand, and a server that answers history with `pages`, one after the other. */
function setUp(...pages: (HistoryPage | Error)[]) {
  const store = new Store();
  const joined: RoomJoined = {
    room: "r",
    position: { epoch: "e", seq: 99 },
    snapshot: { messages: messages(90, 95, 99), more: true },
    events: null,
    rights: { room: "r", denied: {} },
  };
  store.dispatch({ type: "room-joined", joined });
  const asked: [string, object][] = [];
  const answer = async (name: string, params: object) => {
    asked.push([name, params]);
    const page = pages.shift();
    if (page instanceof Error) {
      throw page;
    }
    return page;
  };
  const client = new ChatClient({
    store,
    request: answer as ConstructorParameters<typeof ChatClient>[0]["request"],
    change: answer as ConstructorParameters<typeof ChatClient>[0]["change"],
  });
  const ids = () => {
    const room = store.getState().rooms.r;
    return (room?.past ?? room)?.messages.map(({ id }) => id);
  };
  return { store, client, asked, ids };
}

describe("a jump", () => {
  it("to what is at hand asks nobody", async () => {
    const { client, asked } = setUp();
    expect(await client.reach("r", 95)).toBe(true);
    expect(asked).toEqual([]);
  });

  it("to what is far away opens the past around it", async () => {
    const { client, asked, ids } = setUp({ messages: messages(20, 30, 40), more: true });
    expect(await client.reach("r", 30)).toBe(true);
    expect(asked).toEqual([["chat.history", { room: "r", before: 55, limit: 50 }]]);
    expect(ids()).toEqual([20, 30, 40]);
    expect(await client.reach("r", 95)).toBe(true);
    expect(ids()).toEqual([90, 95, 99]);
  });

  it("to what is not there says so", async () => {
    const { client } = setUp({ messages: messages(20), more: true });
    expect(await client.reach("r", 30)).toBe(false);
    expect(await client.reach("elsewhere", 30)).toBe(false);
  });

  it("to the first unread message goes on from there until now", async () => {
    const pages = [
      { messages: messages(11, 12), more: true },
      { messages: messages(13, 89), more: false },
    ];
    const { store, client, asked, ids } = setUp(...pages);
    expect(await client.reachAfter("r", 10)).toBe(11);
    expect(ids()).toEqual([11, 12]);
    expect(store.getState().rooms.r?.past?.after).toBe(10);
    await client.loadLater("r");
    expect(asked.map(([, params]) => params)).toEqual([
      { room: "r", before: 90, after: 10 },
      { room: "r", before: 90, after: 12 },
    ]);
    expect(ids()).toEqual([11, 12, 13, 89, 90, 95, 99]);
  });
});

describe("earlier messages", () => {
  it("are those before what is shown, in the past too", async () => {
    const { client, asked, ids } = setUp(
      { messages: messages(20, 30), more: true },
      { messages: messages(10), more: false },
      { messages: messages(80), more: true },
    );
    await client.reach("r", 30);
    await client.loadEarlier("r");
    expect(ids()).toEqual([10, 20, 30]);
    client.leavePast("r");
    await client.loadEarlier("r");
    expect(ids()).toEqual([80, 90, 95, 99]);
    expect(asked.at(-1)?.[1]).toEqual({ room: "r", before: 90 });
  });
});

describe("the original of a reply", () => {
  it("is asked for once, however many quote it", async () => {
    const { client, asked, store } = setUp({ messages: messages(7), more: true });
    client.fetchOriginal("r", 7);
    client.fetchOriginal("r", 7);
    await vi.waitFor(() => expect(store.getState().rooms.r?.originals[7]?.id).toBe(7));
    client.fetchOriginal("r", 7);
    client.fetchOriginal("r", 95);
    expect(asked).toEqual([["chat.history", { room: "r", before: 8, limit: 1 }]]);
  });

  it("that is not there is known not to be", async () => {
    const { client, store } = setUp({ messages: messages(6), more: true });
    client.fetchOriginal("r", 7);
    await vi.waitFor(() => expect(store.getState().rooms.r?.originals).toEqual({ 7: null }));
  });

  it("is asked for again after the line was lost", async () => {
    const { client, store } = setUp(new CommandFailed("no_answer", "", true), {
      messages: messages(7),
      more: true,
    });
    client.fetchOriginal("r", 7);
    await vi.waitFor(() => {
      client.fetchOriginal("r", 7);
      expect(store.getState().rooms.r?.originals[7]?.id).toBe(7);
    });
  });
});
