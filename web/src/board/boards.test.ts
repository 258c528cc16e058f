import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { MemberView, Role, RoomView } from "../protocol/generated";
import { Store } from "../state/store";
import { openBoard } from "./boardClient";
import { Boards } from "./boards";
import { FakeLink } from "./fakeLink";
import { fakeTab, LUCAS, turns, ZOSIA } from "./fakePage";
import { FakeBoard } from "./fakeServer";
import { MemoryPendingStore } from "./pendingStore";
import type { Passing } from "./ports";
import { rectangle } from "./samples";

vi.mock("./pages", () => ({
  readPage: async (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)),
}));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

function room(id: string, ...boards: string[]): RoomView {
  return {
    id,
    kind: "group-room",
    name: id,
    open: true,
    locked: [],
    boards: boards.map((board) => ({ id: board, name: "" })),
  };
}

function member(id: string, role: Role): MemberView {
  return { id, role, class_id: "1a", capabilities: [], room_bans: [], removed: false };
}

/** A page of a project with the rooms `r` (boards `r` and `b`) and `q`. */
function setUp(board = "r", role: Role = "pupil") {
  const server = new FakeBoard(board);
  const link = new FakeLink(server, ZOSIA);
  const store = new Store();
  store.dispatch({
    type: "project-joined",
    joined: {
      position: { epoch: "e", seq: 1 },
      snapshot: {
        id: "p",
        title: "Rivers",
        national: false,
        phase: "active",
        classes: [],
        members: [member("zosia", role)],
        rooms: [room("r", "r", "b"), room("q", "q")],
      },
      events: null,
      me: "zosia",
      roster: { names: [] },
      presence: [],
      server_time: 0,
    },
  });
  const pendingStore = new MemoryPendingStore();
  const boards = new Boards({
    request: link.request,
    store,
    owner: "p/zosia",
    openPendingStore: async () => pendingStore,
    tabs: fakeTab(),
  });
  link.onEvent = (event) => boards.onPush({ name: "event", payload: event });
  return { server, link, boards };
}

describe("the boards of a page", () => {
  it("are joined when their room is, whichever comes first", async () => {
    const { boards, link } = setUp("b");
    const client = boards.open("b", openBoard);
    boards.onRoomJoined("q");
    await turns();
    expect(link.of("board.join")).toEqual([]);
    boards.onRoomJoined("r");
    await turns();
    expect(client.getState().phase).toBe("ready");
    client.close();
    const again = boards.open("b", openBoard);
    await turns();
    expect(again.getState().phase).toBe("ready");
    expect(again).not.toBe(client);
  });

  it("are joined once while the room stays joined", async () => {
    const { boards, link } = setUp();
    boards.open("r", openBoard);
    boards.onRoomJoined("r");
    boards.onRoomJoined("r");
    await turns();
    expect(link.of("board.join")).toHaveLength(1);
    boards.onLinkLost();
    boards.onRoomJoined("r");
    await turns();
    expect(link.of("board.join")).toHaveLength(2);
  });

  it("are one for all who opened it, until the last has closed it", async () => {
    const { boards, link } = setUp();
    const first = boards.open("r", openBoard);
    const second = boards.open("r", openBoard);
    boards.onRoomJoined("r");
    await turns();
    first.close();
    expect(link.of("board.leave")).toEqual([]);
    second.close();
    expect(link.of("board.leave")).toEqual([{ board: "r" }]);
  });

  it("are refused when one is put out of their room", async () => {
    const { boards } = setUp();
    const client = boards.open("r", openBoard);
    boards.onRoomJoined("r");
    await turns();
    boards.onRoomLeft("q", "room_banned");
    expect(client.getState().phase).toBe("ready");
    boards.onRoomLeft("r", "room_banned");
    expect(client.getState()).toMatchObject({ phase: "refused", refusal: "room_banned" });
    boards.onRoomJoined("r");
    await turns();
    expect(client.getState().phase).toBe("ready");
    boards.onRoomLeft("r", null);
    expect(client.getState()).toMatchObject({ phase: "refused", refusal: "not_joined" });
  });

  it("get what the server pushes about them", async () => {
    const { boards, server } = setUp();
    const client = boards.open("r", openBoard);
    const passed: Passing[] = [];
    client.onPassing((passing) => passed.push(passing));
    boards.onRoomJoined("r");
    await turns();
    server.draw(LUCAS.id, rectangle("1"));
    boards.onPush({
      name: "board_rights",
      payload: { board: "r", denied: { draw: "board_read_only" } },
    });
    await turns();
    expect(client.getState()).toMatchObject({ seq: 1, rights: { draw: "board_read_only" } });
    const rect = { x: 1, y: 2, width: 3, height: 4 };
    const at = { board: "r", member: "lucas" };
    const cursor = { ...at, x: 1, y: 2, tool: "pointer" as const, pressed: false, selected: [] };
    const look = { x: 0, y: 0, color: "#000", width: 1, opacity: 100 };
    const drawn = { ...at, stroke: "s", offset: 0, points: [[0, 0]] as const, look, over: false };
    boards.onPush({ name: "board_cursor", payload: cursor });
    boards.onPush({ name: "board_cursor", payload: { ...cursor, board: "b" } });
    boards.onPush({ name: "board_viewport", payload: { ...at, ...rect } });
    boards.onPush({ name: "board_brought", payload: { ...at, ...rect } });
    boards.onPush({ name: "board_stroke", payload: drawn });
    boards.onPush({
      name: "presence",
      payload: { changes: [{ member: "lucas", rooms: ["q"] }] },
    });
    expect(passed).toMatchObject([
      { kind: "cursor", cursor },
      { kind: "viewport", member: "lucas", rect },
      { kind: "brought", member: "lucas", rect },
      { kind: "stroke", stroke: drawn },
      { kind: "stroke", stroke: { over: true } },
    ]);
  });

  it("know a teacher, who keeps what is put aside", async () => {
    const shown = async (role: Role) => {
      const { boards, server } = setUp("r", role);
      server.draw(LUCAS.id, rectangle("1"));
      const client = boards.open("r", openBoard);
      boards.onRoomJoined("r");
      await turns();
      server.append("teacher", null, { kind: "board.hidden", elements: ["1"] });
      await turns();
      return [...client.getState().elements.keys()];
    };
    expect(await shown("teacher")).toEqual(["1"]);
    expect(await shown("pupil")).toEqual([]);
  });

  it("keep nothing of a person who has signed out", async () => {
    const { boards } = setUp();
    boards.open("r", openBoard).change([rectangle("1")]);
    await turns();
    await boards.forget();
    const client = boards.open("r", openBoard);
    await turns();
    expect(client.getState().pending).toBe(0);
  });
});
