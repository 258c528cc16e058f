import "fake-indexeddb/auto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { settle } from "../call/fakes";
import type { Accepted, ChatPost } from "../protocol/generated";
import type { Outgoing, SendingFile } from "../state/outgoing";
import { CommandFailed, noAnswer } from "./failure";
import { Outbox } from "./outbox";
import { MemoryStore, type OutboxStore, openOutboxStore } from "./outboxStore";

interface Desk {
  outbox: Outbox;
  sent: ChatPost[];
  held: () => Outgoing[];
  accepted: Map<string, number>;
}

const open: Outbox[] = [];
let owners = 0;

function newOwner(): string {
  owners += 1;
  return `p/m${owners}`;
}

function makeDesk(
  owner: string,
  store: OutboxStore,
  send: (post: ChatPost) => Promise<Accepted>,
): Desk {
  const sent: ChatPost[] = [];
  const accepted = new Map<string, number>();
  let held: Outgoing[] = [];
  const outbox = new Outbox({
    owner,
    store,
    send: (post) => {
      sent.push(post);
      return send(post);
    },
    onChange: (now) => {
      held = now;
    },
    onAccepted: (nonce, seq) => accepted.set(nonce, seq),
  });
  open.push(outbox);
  return { outbox, sent, held: () => held, accepted };
}

function counting(): (post: ChatPost) => Promise<Accepted> {
  let seq = 0;
  return async () => ({ seq: ++seq });
}

afterEach(() => {
  vi.useRealTimers();
  for (const outbox of open.splice(0)) {
    outbox.close();
  }
});

describe("the outbox", () => {
  it("keeps nothing of a person who has signed out", async () => {
    const store = await openOutboxStore();
    const leaving = makeDesk(newOwner(), store, counting());
    const owner = `p/m${owners}`;
    const staying = makeDesk(newOwner(), store, counting());
    await leaving.outbox.add("r", "a secret");
    await staying.outbox.add("r", "not mine");
    await leaving.outbox.clear();
    expect(leaving.held()).toEqual([]);
    expect(await store.all(owner)).toEqual([]);
    expect(staying.held().map(({ text }) => text)).toEqual(["not mine"]);
  });

  it("sends in order, one after the other", async () => {
    const { outbox, sent, held } = makeDesk(newOwner(), new MemoryStore(), counting());
    await outbox.add("r", "one");
    await outbox.add("r", "two");
    await outbox.add("r", "three");
    expect(sent).toEqual([]);
    expect(held().map(({ text }) => text)).toEqual(["one", "two", "three"]);
    await outbox.resume();
    await vi.waitFor(() => expect(held()).toEqual([]));
    expect(sent.map(({ text }) => text)).toEqual(["one", "two", "three"]);
  });

  it("keeps the order of what is written quickly, in the store too", async () => {
    const texts = Array.from({ length: 30 }, (_, index) => `message ${index}`);
    const owner = newOwner();
    const store = await openOutboxStore();
    const { outbox, sent, held } = makeDesk(owner, store, counting());
    await Promise.all(texts.map((text) => outbox.add("r", text)));
    expect(held().map(({ text }) => text)).toEqual(texts);
    expect((await store.all(owner)).map(({ text }) => text)).toEqual(texts);
    await outbox.resume();
    await vi.waitFor(() => expect(held()).toEqual([]));
    expect(sent.map(({ text }) => text)).toEqual(texts);
  });

  it("shows a message at once, before it is stored", () => {
    const { outbox, held } = makeDesk(newOwner(), new MemoryStore(), counting());
    void outbox.add("r", "now");
    return vi.waitFor(() => expect(held()).toMatchObject([{ text: "now", refusal: null }]));
  });

  it("keeps messages through a reload and sends them with the same nonce", async () => {
    const owner = newOwner();
    const before = makeDesk(owner, await openOutboxStore(), () => Promise.reject(noAnswer()));
    await before.outbox.resume();
    await before.outbox.add("r", "kept");
    await vi.waitFor(() => expect(before.sent).toHaveLength(1));
    before.outbox.close();

    const after = makeDesk(owner, await openOutboxStore(), counting());
    await after.outbox.load();
    expect(after.held()).toMatchObject([{ text: "kept", refusal: null }]);
    await after.outbox.resume();
    await vi.waitFor(() => expect(after.held()).toEqual([]));
    expect(after.sent[0]).toEqual(before.sent[0]);
  });

  it("keeps the order when one is to be tried again", async () => {
    let isBusy = true;
    const send = counting();
    const desk = makeDesk(newOwner(), new MemoryStore(), (post) => {
      if (isBusy) {
        isBusy = false;
        return Promise.reject(new CommandFailed("too_many_requests", "Wait.", true));
      }
      return send(post);
    });
    await desk.outbox.add("r", "one");
    await desk.outbox.add("r", "two");
    await desk.outbox.resume();
    await vi.waitFor(() => expect(desk.held()).toEqual([]), 3_000);
    expect(desk.sent.map(({ text }) => text)).toEqual(["one", "one", "two"]);
    expect(desk.sent[0]?.nonce).toBe(desk.sent[1]?.nonce);
  });

  it("keeps a refused one with its reason, sends the others, and sends it on request", async () => {
    let isClosed = true;
    const send = counting();
    const desk = makeDesk(newOwner(), new MemoryStore(), (post) =>
      isClosed && post.text === "refused"
        ? Promise.reject(new CommandFailed("room_closed", "Closed.", false))
        : send(post),
    );
    await desk.outbox.resume();
    await desk.outbox.add("r", "refused");
    await desk.outbox.add("r", "fine");
    const refused = { text: "refused", refusal: { code: "room_closed", message: "Closed." } };
    await vi.waitFor(() => expect(desk.held()).toMatchObject([refused]));
    isClosed = false;
    await desk.outbox.retry(desk.held()[0]?.nonce ?? "");
    await vi.waitFor(() => expect(desk.held()).toEqual([]));
    expect(desk.sent.map(({ text }) => text)).toEqual(["refused", "fine", "refused"]);
  });

  it("forgets what is discarded", async () => {
    const store = new MemoryStore();
    const owner = newOwner();
    const desk = makeDesk(owner, store, counting());
    await desk.outbox.add("r", "no");
    await desk.outbox.discard(desk.held()[0]?.nonce ?? "");
    expect(desk.held()).toEqual([]);
    expect(await store.all(owner)).toEqual([]);
  });

  it("does not hold up other rooms", async () => {
    const desk = makeDesk(newOwner(), new MemoryStore(), (post) =>
      post.room === "slow" ? new Promise(() => {}) : Promise.resolve({ seq: 1 }),
    );
    await desk.outbox.resume();
    await desk.outbox.add("slow", "waits");
    await desk.outbox.add("quick", "goes");
    await vi.waitFor(() => expect(desk.held()).toMatchObject([{ room: "slow" }]));
  });

  it("sends in every room at once when the connection is back", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let isThere = false;
    const desk = makeDesk(newOwner(), new MemoryStore(), () =>
      isThere ? Promise.resolve({ seq: 1 }) : Promise.reject(noAnswer()),
    );
    await desk.outbox.resume();
    await desk.outbox.add("class", "one");
    await desk.outbox.add("group", "two");
    await settle();
    expect(desk.sent.map(({ text }) => text)).toEqual(["one", "two"]);
    isThere = true;
    await desk.outbox.resume(); // none of the rooms waits for its time
    await settle();
    expect(desk.held()).toEqual([]);
  });

  it("shares with another tab of the same person, and nothing is lost or sent twice at once", async () => {
    const owner = newOwner();
    const store = new MemoryStore();
    const first = makeDesk(owner, store, counting());
    const second = makeDesk(owner, store, counting());
    await first.outbox.resume();
    await second.outbox.resume();
    await Promise.all([first.outbox.add("r", "from one"), second.outbox.add("r", "from two")]);
    await vi.waitFor(() => {
      expect(first.held()).toEqual([]);
      expect(second.held()).toEqual([]);
    });
    const nonces = new Set([...first.sent, ...second.sent].map(({ nonce }) => nonce));
    expect(nonces.size).toBe(2);
    expect(new Set([...first.accepted.keys(), ...second.accepted.keys()])).toEqual(nonces);
  });

  it("keeps persons apart", async () => {
    const store = await openOutboxStore();
    const zosia = makeDesk(newOwner(), store, counting());
    const lucas = makeDesk(newOwner(), store, counting());
    await zosia.outbox.add("r", "from Zosia");
    await lucas.outbox.load();
    expect(lucas.held()).toEqual([]);
  });

  it("knows whether what waits is there after a reload", async () => {
    const kept = makeDesk(newOwner(), await openOutboxStore(), counting());
    expect(kept.outbox.survivesReload).toBe(true);
    const adding = kept.outbox.add("r", "Salut");
    expect(kept.outbox.survivesReload).toBe(false);
    await adding;
    expect(kept.outbox.survivesReload).toBe(true);
    const forgotten = makeDesk(newOwner(), new MemoryStore(), counting());
    expect(forgotten.outbox.survivesReload).toBe(false);
  });

  it("has the files kept before their message, and each once", async () => {
    const { outbox, sent, uploads, failNext } = makeFileDesk();
    failNext();
    await outbox.resume();
    await outbox.add("r", "", null, [picture("a.png"), picture("b.png")]);
    await vi.waitFor(() => expect(sent).toHaveLength(1), { timeout: 5_000 });
    expect(uploads).toEqual(["a.png", "b.png", "b.png"]); // the second one's line was lost once
    expect(sent[0]).toMatchObject({
      text: "",
      files: [
        { file: "id of a.png", name: "a.png" },
        { file: "id of b.png", name: "b.png" },
      ],
    });
  });

  it("sends nothing of a message that is discarded while its file goes", async () => {
    const { outbox, sent, held, hold, cancelled } = makeFileDesk();
    const going = hold();
    await outbox.resume();
    await outbox.add("r", "", null, [picture("a.png")]);
    await going.begun;
    const nonce = held()[0]?.nonce ?? "";
    await outbox.discard(nonce);
    expect(cancelled).toEqual([nonce]);
    going.finish();
    await outbox.add("r", "after it");
    await vi.waitFor(() => expect(sent.map(({ text }) => text)).toEqual(["after it"]));
    expect(held()).toEqual([]);
  });

  it("goes to another room with its files when its own has refused it", async () => {
    const { outbox, sent, uploads, held } = makeFileDesk({ refusals: 1 });
    await outbox.resume();
    await outbox.add("group", "see", 7, [picture("a.png")]);
    await vi.waitFor(() => expect(held()[0]?.refusal?.code).toBe("unknown_file"));
    await outbox.redirect(held()[0]?.nonce ?? "", "class");
    await vi.waitFor(() => expect(held()).toEqual([]));
    expect(uploads).toEqual(["a.png", "a.png"]); // files are kept for one room
    const [refused, other] = sent;
    expect(other).toMatchObject({ room: "class", text: "see", files: [{ name: "a.png" }] });
    expect(other).not.toHaveProperty("reply"); // what it answers is not there
    expect(other?.nonce).not.toBe(refused?.nonce);
  });

  it("uploads again what the server does not know any more", async () => {
    const { outbox, sent, uploads, held } = makeFileDesk({ refusals: 1 });
    await outbox.resume();
    await outbox.add("r", "", null, [picture("a.png")]);
    await vi.waitFor(() => expect(held()[0]?.refusal?.code).toBe("unknown_file"));
    await outbox.retry(held()[0]?.nonce ?? "");
    await vi.waitFor(() => expect(held()).toEqual([]));
    expect(uploads).toEqual(["a.png", "a.png"]);
    expect(sent).toHaveLength(2);
  });
});

function picture(name: string): SendingFile {
  return { name, blob: new Blob([name], { type: "image/png" }), width: 2, height: 1 };
}

/** An outbox whose files go to nobody; the line may be lost at the second one, or be held. */
function makeFileDesk({ refusals = 0 } = {}) {
  const sent: ChatPost[] = [];
  const uploads: string[] = [];
  const cancelled: string[] = [];
  let held: Outgoing[] = [];
  let refused = 0;
  let isToFail = false;
  let wait: Promise<void> = Promise.resolve();
  let begin = () => {};
  const outbox = new Outbox({
    owner: newOwner(),
    store: new MemoryStore(),
    send: async (post) => {
      sent.push(post);
      if (post.files !== undefined && refused < refusals) {
        refused += 1;
        throw new CommandFailed("unknown_file", "", false);
      }
      return { seq: sent.length };
    },
    upload: async (_message, file) => {
      uploads.push(file.name);
      begin();
      await wait;
      if (isToFail && file.name === "b.png") {
        isToFail = false;
        throw noAnswer();
      }
      return `id of ${file.name}`;
    },
    cancelUpload: (nonce) => void cancelled.push(nonce),
    onChange: (now) => {
      held = now;
    },
    onAccepted: () => {},
  });
  open.push(outbox);
  return {
    outbox,
    sent,
    uploads,
    cancelled,
    held: () => held,
    failNext() {
      isToFail = true;
    },
    hold() {
      let finish = () => {};
      wait = new Promise((resolve) => {
        finish = resolve;
      });
      const begun = new Promise<void>((resolve) => {
        begin = resolve;
      });
      return { begun, finish: () => finish() };
    },
  };
}
