import { describe, expect, it, vi } from "vitest";
import { settle } from "../call/fakes";
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

/** The answer to what is asked, which the test gives when it likes. */
class Later {
  readonly come: (page: HistoryPage) => void;
  readonly page: Promise<HistoryPage>;

  constructor() {
    let come: Later["come"] = () => {};
    this.page = new Promise((resolve) => {
      come = resolve;
    });
    this.come = come;
  }
}

/** A room of which 90 to 99 are at hand, and a server that answers history with `pages`, one after the other. */
function setUp(...pages: (HistoryPage | Later | Error)[]) {
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
    return page instanceof Later ? page.page : page;
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

describe("of two ways that a reader goes", () => {
  const far = { messages: messages(20, 30), more: true };
  const nearer = { messages: messages(60, 70), more: true };

  it("the later jump holds, whichever answer comes last", async () => {
    const late = new Later();
    const { client, ids } = setUp(late, nearer);
    const first = client.reach("r", 30);
    expect(await client.reach("r", 60)).toBe(true);
    late.come(far);
    expect(await first).toBe(true); // nothing is wrong with it
    expect(ids()).toEqual([60, 70]);
  });

  it("the way back to now holds, and nobody is on a way any more", async () => {
    const late = new Later();
    const { store, client, ids } = setUp(late);
    store.dispatch({ type: "jump", jump: { room: "r", message: 30 } });
    const jump = client.reach("r", 30);
    client.leavePast("r"); // as whoever writes does, too
    expect(store.getState().jump).toBeNull();
    late.come(far);
    expect(await jump).toBe(true);
    expect(ids()).toEqual([90, 95, 99]);
  });

  it("the jump holds that came after the way to the first unread message", async () => {
    const late = new Later();
    const { client, ids } = setUp(late, nearer);
    const first = client.reachAfter("r", 10);
    await client.reach("r", 60);
    late.come({ messages: messages(11, 12), more: true });
    expect(await first).toBeNull();
    expect(ids()).toEqual([60, 70]);
  });

  it("the way to the first unread message ends the jump before it", async () => {
    const late = new Later();
    const { store, client, ids } = setUp(late, { messages: messages(11, 12), more: true });
    store.dispatch({ type: "jump", jump: { room: "r", message: 60 } });
    const first = client.reach("r", 60);
    expect(await client.reachAfter("r", 10)).toBe(11);
    expect(store.getState().jump).toBeNull();
    late.come(nearer);
    await first;
    expect(ids()).toEqual([11, 12]);
  });

  it("the later jump gets no page that was asked for where the first one led", async () => {
    const [earlier, later] = [new Later(), new Later()];
    const { client, ids } = setUp(nearer, earlier, later, far);
    await client.reach("r", 60);
    const pages = [client.loadEarlier("r"), client.loadLater("r")];
    await client.reach("r", 30);
    earlier.come({ messages: messages(50, 55), more: true });
    later.come({ messages: messages(80), more: false });
    await Promise.all(pages);
    expect(ids()).toEqual([20, 30]);
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

  it("is asked for again, once, when the line that was lost is back", async () => {
    const { client, asked, store } = setUp(new CommandFailed("no_answer", "", true), {
      messages: messages(7),
      more: true,
    });
    client.fetchOriginal("r", 7);
    await settle();
    expect(asked).toHaveLength(1);
    client.pause();
    client.resume();
    await settle();
    expect(store.getState().rooms.r?.originals[7]?.id).toBe(7);
    client.resume();
    await settle();
    expect(asked).toHaveLength(2);
    client.close();
  });
});
