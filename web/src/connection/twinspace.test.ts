import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { callView, participant } from "../call/fakeCall";
import { FakeBrowser, settle } from "../call/fakes";
import type {
  Commands,
  ConnectAuth,
  ErrorCode,
  Event,
  Position,
  ProjectJoined,
  RoomJoined,
} from "../protocol/generated";
import { Store } from "../state/store";
import { CommandFailed } from "./failure";
import type { CommandName, Link, LinkHandlers } from "./link";
import { MemoryStore } from "./outboxStore";
import { TwinSpaceConnection } from "./twinspace";

const PROJECT: ProjectJoined = {
  position: { epoch: "e", seq: 1 },
  snapshot: {
    id: "p",
    title: "Rivers",
    national: false,
    phase: "active",
    classes: [],
    members: [],
    rooms: [],
  },
  events: null,
  me: "me",
  roster: { names: [] },
  presence: [],
  server_time: 0,
};

/** An event of a room's log. */
function said(room: string, seq: number): Event {
  const body = { kind: "chat.posted", text: `text ${seq}` } as const;
  return { stream: `room:${room}`, seq, at: seq, actor: "zoe", nonce: null, body };
}

function roomJoined(room: string, seq: number): RoomJoined {
  return {
    room,
    position: { epoch: "e", seq },
    snapshot: { messages: [], more: false },
    events: null,
    rights: { room, denied: {} },
  };
}

/** A server that knows in which rooms a page is. Answers to `room.join` may be kept back. */
class FakeHub {
  /** Those in which the connection that is open now is. */
  rooms = new Set<string>();
  refused: Record<string, ErrorCode> = {};
  /** Where the logs of rooms end. */
  end = 1;
  /** The positions from which a room was joined. */
  readonly joinedFrom: (Position | undefined)[] = [];
  isSlow = false;
  /** How long the project's answer is on its way. */
  wayMs = 0;
  /** The nonces of the persons who were added. */
  readonly added: string[] = [];
  #handlers: LinkHandlers | null = null;
  #late: (() => void)[] = [];

  /** What was shown each time. */
  readonly shown: ConnectAuth[] = [];

  readonly openLink = ({ auth }: { auth: ConnectAuth }, handlers: LinkHandlers): Link => {
    this.shown.push(auth);
    this.#handlers = handlers;
    this.rooms = new Set();
    this.#late = [];
    return {
      request: (name, params) => this.#answer(name, params) as never,
      close: () => handlers.onClose(null),
      transport: () => "websocket",
    };
  };

  get handlers(): LinkHandlers {
    if (this.#handlers === null) {
      throw new Error("Nobody has connected");
    }
    return this.#handlers;
  }

  async letIn(): Promise<void> {
    this.handlers.onOpen();
    await settle();
  }

  /** What was kept back, in order. */
  async answer(): Promise<void> {
    for (const answer of this.#late.splice(0)) {
      answer();
    }
    await settle();
  }

  async #answer<Name extends CommandName>(name: Name, params: Commands[Name]["params"]) {
    const { room = "", position } = params as { room?: string; position?: Position };
    switch (name) {
      case "project.join":
        vi.advanceTimersByTime(this.wayMs);
        return PROJECT;
      case "room.join": {
        this.joinedFrom.push(position);
        const code = this.refused[room];
        if (code === undefined) {
          this.rooms.add(room);
        }
        if (this.isSlow) {
          await new Promise<void>((resolve) => this.#late.push(resolve));
        }
        if (code !== undefined) {
          throw new CommandFailed(code, "", false);
        }
        return roomJoined(room, this.end);
      }
      case "member.add":
        this.added.push((params as { nonce: string }).nonce);
        await new Promise<void>((resolve) => this.#late.push(resolve));
        return { seq: 2 };
      case "room.leave":
        this.rooms.delete(room);
        return {};
      default:
        return {};
    }
  }
}

let stop = (): void => {};

/** A page in the class room, and its server. */
async function setUp() {
  const hub = new FakeHub();
  const store = new Store();
  const connection = new TwinSpaceConnection({
    project: "p",
    credential: { member: "me" },
    store,
    outboxStore: new MemoryStore(),
    openLink: hub.openLink,
    browser: new FakeBrowser().asBrowser,
  });
  stop = () => connection.stop();
  connection.start();
  await connection.openRoom("class");
  await hub.letIn();
  const rooms = () => [...hub.rooms];
  /** The line drops, and is there again: the server has not let the page in yet. */
  const drop = async () => {
    hub.handlers.onClose(null);
    await vi.runOnlyPendingTimersAsync();
  };
  const callers = (room: string) =>
    store.getState().call.views[room]?.participants.map(({ id }) => id) ?? null;
  return { hub, store, connection, rooms, drop, callers };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", { addEventListener: () => {}, removeEventListener: () => {} });
  vi.stubGlobal("document", new EventTarget());
  vi.stubGlobal("navigator", { onLine: true });
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

describe("a page", () => {
  it("gives the same name each time it connects, and no other page's", async () => {
    const { hub, drop } = await setUp();
    await drop();
    stop();
    const other = await setUp();
    const names = [...hub.shown, ...other.hub.shown].map(({ page }) => page);
    expect(names).toHaveLength(3);
    expect(names[0]).toMatch(/^[A-Za-z0-9_-]{8,64}$/);
    expect(names[1]).toBe(names[0]);
    expect(names[2]).not.toBe(names[0]);
  });

  it("gives none to a server that does not know of it yet", async () => {
    const { hub } = await setUp();
    hub.handlers.onClose({ code: "version_unsupported", message: "", retry: false });
    expect(hub.shown.map(({ version, page }) => [version, page === undefined])).toEqual([
      [3, false],
      [2, true],
    ]);
  });
});

describe("the server's clock", () => {
  it("is taken to have been read halfway between asking and hearing", async () => {
    const { hub, store, drop } = await setUp();
    await drop();
    hub.wayMs = 600;
    const asked = performance.now();
    await hub.letIn();
    expect(store.getState().lesson.clock).toBe(PROJECT.server_time - (asked + 300));
  });
});

describe("the room that is open", () => {
  it("is joined, and the one before is left", async () => {
    const { store, connection, rooms } = await setUp();
    expect(rooms()).toEqual(["class"]);
    await connection.openRoom("group");
    expect(rooms()).toEqual(["group"]);
    expect(store.getState().connection.phase).toBe("online");
  });

  it("is joined when it was opened while the one before was joined over a new line", async () => {
    const { hub, store, connection, rooms, drop } = await setUp();
    await connection.openRoom("group");
    await drop();
    hub.isSlow = true;
    await hub.letIn();
    expect(store.getState().connection.phase).toBe("reconnecting");
    void connection.openRoom("class"); // the groups are over, as the project's answer has told
    await hub.answer();
    await hub.answer();
    expect(store.getState().connection.phase).toBe("online");
    expect(rooms()).toEqual(["class"]);
  });

  it("is joined then, too, when the one before is not let in any more", async () => {
    const { hub, store, connection, rooms, drop } = await setUp();
    await connection.openRoom("group");
    await drop();
    hub.isSlow = true;
    hub.refused = { group: "unknown_room" };
    await hub.letIn();
    void connection.openRoom("class");
    await hub.answer();
    await hub.answer();
    expect(store.getState().refusedRooms).toEqual({ group: "unknown_room" });
    expect(rooms()).toEqual(["class"]);
  });

  it("is joined at whatever moment of coming back it was opened", async () => {
    const { hub, connection, rooms, drop } = await setUp();
    let open = "class";
    for (let turns = 0; turns < 40; turns += 1) {
      await drop();
      hub.handlers.onOpen();
      for (let turn = 0; turn < turns; turn += 1) {
        await Promise.resolve();
      }
      open = open === "class" ? "group" : "class";
      void connection.openRoom(open);
      await settle();
      expect(rooms(), `after ${turns} turns`).toEqual([open]);
    }
  });

  it("is joined when one goes away and comes back before the first answer", async () => {
    const { hub, connection, rooms } = await setUp();
    hub.isSlow = true;
    void connection.openRoom("group");
    void connection.openRoom("class");
    void connection.openRoom("group");
    await hub.answer();
    expect(rooms()).toEqual(["group"]);
  });
});

describe("a room of which something was missed", () => {
  const missed = (hub: FakeHub, seq: number) =>
    hub.handlers.onPush({ name: "event", payload: said("class", seq) });

  it("is joined once more, however much comes meanwhile", async () => {
    const { hub, store } = await setUp();
    const looks = vi.spyOn(store, "getState");
    hub.isSlow = true;
    hub.end = 4;
    missed(hub, 3);
    missed(hub, 4);
    await settle();
    const before = looks.mock.calls.length;
    await settle();
    const after = looks.mock.calls.length;
    await hub.answer();
    expect(after - before, "it waits for the answer and does nothing else").toBe(0);
    expect(hub.joinedFrom).toEqual([undefined, { epoch: "e", seq: 1 }]);
    expect(store.getState().rooms.class).toMatchObject({ behind: false, position: { seq: 4 } });
  });

  it("is not asked for again and again when it lets one in no more", async () => {
    const { hub, store } = await setUp();
    hub.isSlow = true;
    hub.refused = { class: "room_banned" };
    missed(hub, 3);
    await hub.answer();
    expect(hub.joinedFrom).toHaveLength(2);
    expect(store.getState().refusedRooms).toEqual({ class: "room_banned" });
  });
});

describe("a person who is added", () => {
  const EWA = { role: "pupil", class_id: null, roster_name: "Ewa", alias: "Ewa" } as const;

  it("is known when the server takes long, for the event leaves it with the ack", async () => {
    const { hub, connection } = await setUp();
    const added = connection.addMember(EWA);
    const nonce = hub.added[0] ?? null;
    await vi.advanceTimersByTimeAsync(14_000);
    await hub.answer();
    const body = { kind: "member.added", member: "ewa", role: "pupil", class_id: null } as const;
    const event = { stream: "project:p", seq: 2, at: 2, actor: "me", nonce, body };
    hub.handlers.onPush({ name: "event", payload: event });
    expect(await added).toBe("ewa");
  });

  it("is not known when the event does not come", async () => {
    const { hub, connection } = await setUp();
    const added = connection.addMember(EWA);
    const failing = expect(added).rejects.toMatchObject({ code: "no_answer" });
    await hub.answer();
    await vi.advanceTimersByTimeAsync(10_000);
    await failing;
  });
});

describe("the call of a room", () => {
  const ewa = participant("ewa");
  const zoe = participant("zoe");

  it("is forgotten with the room: the next one there counts from the beginning", async () => {
    const { hub, connection, callers } = await setUp();
    const nine = callView([ewa, participant("leo")], { room: "class", revision: 9 });
    hub.handlers.onPush({ name: "call", payload: nine });
    expect(callers("class")).toEqual(["ewa", "leo"]);
    await connection.openRoom("group");
    expect(callers("class")).toBeNull();
    await connection.openRoom("class");
    expect(callers("class")).toBeNull();
    const one = callView([zoe], { room: "class", revision: 1 });
    hub.handlers.onPush({ name: "call", payload: one });
    expect(callers("class")).toEqual(["zoe"]);
  });

  it("is forgotten, too, when its last words come after one has left", async () => {
    const { hub, connection, callers } = await setUp();
    await connection.openRoom("group");
    const late = callView([ewa], { room: "class", revision: 9 });
    hub.handlers.onPush({ name: "call", payload: late });
    await connection.openRoom("class");
    expect(callers("class")).toBeNull();
  });

  it("is forgotten when one is put out of the room", async () => {
    const { hub, callers } = await setUp();
    hub.handlers.onPush({ name: "call", payload: callView([ewa], { room: "class" }) });
    hub.handlers.onPush({ name: "expelled", payload: { room: "class", code: "room_banned" } });
    expect(callers("class")).toBeNull();
  });
});
