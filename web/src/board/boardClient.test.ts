import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CommandFailed } from "../connection/failure";
import type { StrokeLook } from "../protocol/generated";
import { UNDO_CLEAR_MS } from "./clearings";
import { FakePage, LUCAS, openPage, TEACHER, turns, ZOSIA } from "./fakePage";
import { FakeBoard } from "./fakeServer";
import { COMMAND_BYTES_MAX, STROKE_POINTS_KEPT } from "./fitting";
import { EVENT_EXPECTED_MS } from "./follower";
import { PRESENTING_AGAIN_MS } from "./following";
import { packedSize } from "./packedSize";
import { arrow, deleted, rectangle, stroke, text } from "./samples";

vi.mock("./pages", () => ({
  readPage: async (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)),
}));

/** Longer than any wait before the next try. */
const LONG_MS = 60_000;

const LOOK: StrokeLook = { x: 1, y: 2, color: "#1e1e1e", width: 2, opacity: 100 };

let server: FakeBoard;

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeBoard();
});
afterEach(() => vi.useRealTimers());

describe("an open board", () => {
  it("loads all pages, then shows the board and follows it", async () => {
    server.draw(LUCAS.id, ...["1", "2", "3", "4", "5"].map((id) => rectangle(id)));
    const page = new FakePage(server, ZOSIA);
    expect(page.state).toMatchObject({ phase: "loading", refusal: null });
    await page.join();
    expect(page.state).toMatchObject({ phase: "ready", pages: { done: 2, total: 2 }, seq: 1 });
    server.draw(LUCAS.id, rectangle("6"));
    await turns();
    expect(page.shown).toEqual(["1", "2", "3", "4", "5", "6"]);
  });

  it("keeps what happens while its pages come, and tells how far they are", async () => {
    server.draw(LUCAS.id, ...["1", "2", "3", "4"].map((id) => rectangle(id)));
    const page = new FakePage(server, ZOSIA);
    page.slow();
    await page.join();
    page.link.serve();
    page.link.deliver();
    await turns();
    expect(page.state).toMatchObject({ phase: "loading", pages: { done: 1, total: 2 } });
    server.draw(LUCAS.id, deleted(rectangle("4")), rectangle("5"));
    await page.prompt();
    expect(page.shown).toEqual(["1", "2", "3", "5"]);
  });

  it("comes back from where it was, with events only", async () => {
    const page = await openPage(server, ZOSIA);
    server.draw(LUCAS.id, rectangle("1"));
    await turns();
    page.cut();
    server.draw(LUCAS.id, rectangle("2"));
    await page.reconnect();
    expect(page.link.of("board.join")).toEqual([
      { board: "r", position: { epoch: "epoch-1", seq: 1 } },
    ]);
    expect(page.shown).toEqual(["1", "2"]);
  });

  it("takes a new snapshot of another log", async () => {
    const page = await openPage(server, ZOSIA);
    server.draw(LUCAS.id, rectangle("1"));
    server.draw(LUCAS.id, rectangle("2"));
    await turns();
    server.restore(1, "epoch-2");
    await page.reconnect();
    expect(page.shown).toEqual(["1"]);
    expect(page.state.seq).toBe(1);
  });

  it("reads the log where it missed something", async () => {
    const page = await openPage(server, ZOSIA);
    page.slow();
    server.draw(LUCAS.id, rectangle("1"));
    page.link.inbox.shift();
    server.draw(LUCAS.id, rectangle("2"));
    await page.prompt();
    expect(page.shown).toEqual(["1", "2"]);
    expect(page.link.of("board.join")).toHaveLength(2);
  });

  it("takes a new snapshot when a clearing was undone", async () => {
    const page = await openPage(server, ZOSIA);
    server.draw(LUCAS.id, rectangle("1"));
    const clear = server.append(TEACHER.id, null, { kind: "board.cleared", member: LUCAS.id });
    await turns();
    expect(page.shown).toEqual([]);
    server.append(TEACHER.id, null, { kind: "board.clear_undone", clear });
    await turns();
    expect(page.shown).toEqual(["1"]);
    expect(page.link.of("board.join").at(-1)).toEqual({ board: "r" });
  });

  it("tells teachers what they can undo, and how long", async () => {
    const teacher = await openPage(server, TEACHER);
    const pupil = await openPage(server, ZOSIA);
    server.draw(LUCAS.id, rectangle("1"));
    const clear = server.append(TEACHER.id, null, { kind: "board.cleared", member: null });
    await turns();
    expect(teacher.state.undoable).toEqual([{ clear, until: Date.now() + UNDO_CLEAR_MS }]);
    expect(pupil.state.undoable).toEqual([]);
    await vi.advanceTimersByTimeAsync(UNDO_CLEAR_MS);
    expect(teacher.state.undoable).toEqual([]);
  });

  it("is refused where it may not be seen, and comes back when the room is joined again", async () => {
    const page = new FakePage(server, ZOSIA);
    server.draw(LUCAS.id, rectangle("1"));
    await page.join();
    page.client.refuse("room_banned");
    expect(page.state).toMatchObject({ phase: "refused", refusal: "room_banned" });
    expect(page.shown).toEqual([]);
    await page.join();
    expect(page.state).toMatchObject({ phase: "ready", refusal: null });
    expect(page.shown).toEqual(["1"]);
  });

  it("shows the rights that it is told of", async () => {
    const page = await openPage(server, ZOSIA);
    expect(page.state.rights.draw).toBeNull();
    page.client.takeRights({ board: "r", denied: { draw: "board_read_only" } });
    expect(page.state.rights.draw).toBe("board_read_only");
  });

  it("tells its listeners once of what comes together, and leaves the board when it is closed", async () => {
    const page = await openPage(server, ZOSIA);
    const listener = vi.fn();
    page.client.subscribe(listener);
    server.draw(LUCAS.id, rectangle("1"));
    server.draw(LUCAS.id, rectangle("2"));
    await turns();
    expect(listener).toHaveBeenCalledTimes(1);
    page.client.close();
    expect(page.link.of("board.leave")).toEqual([{ board: "r" }]);
  });

  it("leaves what it was just joining when it is closed", async () => {
    const page = new FakePage(server, ZOSIA);
    page.slow();
    await page.join();
    page.client.close();
    await page.prompt();
    expect(page.link.of("board.leave")).toEqual([{ board: "r" }]);
    expect(server.links.size).toBe(0);
  });

  it("that is closed sends what was drawn last before it leaves", async () => {
    const page = await openPage(server, ZOSIA);
    page.client.change([rectangle("1")]);
    page.client.close();
    expect(page.link.of("board.leave")).toEqual([]);
    await turns();
    expect([...server.elements.keys()]).toEqual(["1"]);
    expect(page.link.of("board.leave")).toEqual([{ board: "r" }]);
  });

  it("that is closed offline sends what was drawn when the room is joined again", async () => {
    const page = await openPage(server, ZOSIA);
    page.cut();
    page.client.change([rectangle("1")]);
    page.client.close();
    await page.reconnect();
    expect([...server.elements.keys()]).toEqual(["1"]);
    expect(page.link.of("board.leave")).toEqual([{ board: "r" }]);
  });
});

describe("a change", () => {
  it("is shown at once, by the state as well, and then as the server has it", async () => {
    const page = await openPage(server, ZOSIA);
    page.client.change([rectangle("1", { x: 1.23456 })]);
    expect(page.state.elements.get("1")).toMatchObject({
      version: 0,
      creator: "zosia",
      class_id: "1a",
      element: { x: 1.23 },
    });
    expect(page.state.pending).toBe(1);
    await turns();
    expect(page.state.elements.get("1")).toMatchObject({ version: 1, element: { x: 1.23 } });
    expect(page.state.pending).toBe(0);
    expect(page.link.of("board.change")).toMatchObject([{ changes: [{ base: 0 }] }]);
  });

  it("of a file is sent exactly as it is", async () => {
    const server = new FakeBoard();
    const page = await openPage(server, ZOSIA);
    page.client.add([rectangle("1", { x: 1.23456 })]);
    await turns();
    expect(server.elements.get("1")?.element.x).toBe(1.23456);
    expect(page.state.elements.get("1")).toMatchObject({ version: 1, element: { x: 1.23456 } });
  });

  it("that is none is not sent", async () => {
    const page = await openPage(server, ZOSIA);
    page.client.change([rectangle("1"), deleted(rectangle("2"))]);
    await turns();
    page.client.change([rectangle("1", { x: 0.001 })]);
    page.client.change([rectangle("3")]);
    page.client.change([deleted(rectangle("3"))]);
    await turns();
    expect(page.link.of("board.change")).toHaveLength(1);
    expect(page.state.pending).toBe(0);
  });

  it("waits for the one before, and knows what that became", async () => {
    const page = await openPage(server, ZOSIA);
    page.slow();
    page.client.change([rectangle("1")]);
    await turns();
    page.client.change([rectangle("1", { x: 1 })]);
    page.client.change([rectangle("1", { x: 2 })]);
    await turns();
    expect(page.link.of("board.change")).toHaveLength(1);
    await page.prompt();
    expect(page.link.of("board.change").at(-1)).toMatchObject({
      changes: [{ base: 1, element: { x: 2 } }],
    });
    expect(page.state.elements.get("1")).toMatchObject({ version: 2, element: { x: 2 } });
  });

  it("keeps the place that the server gave to the one before", async () => {
    server.draw(LUCAS.id, rectangle("1", { index: "a1" }));
    const page = await openPage(server, ZOSIA);
    page.slow();
    page.client.change([rectangle("2", { index: "a1" })]);
    await turns();
    page.client.change([rectangle("2", { index: "a1", x: 5 })]);
    await page.prompt();
    expect(page.state.elements.get("2")).toMatchObject({ element: { index: "a1V", x: 5 } });
    expect(server.log).toHaveLength(3);
  });

  it("of somebody else who was first stands, and one's own is lost", async () => {
    server.draw(LUCAS.id, rectangle("1"));
    server.policy = { change_others: true };
    const page = await openPage(server, ZOSIA);
    page.slow();
    page.client.change([rectangle("1", { x: 1 })]);
    await turns();
    server.draw(LUCAS.id, rectangle("1", { x: 7 }));
    await page.prompt();
    expect(page.state.elements.get("1")).toMatchObject({ version: 2, element: { x: 7 } });
    expect(page.state.lost).toMatchObject([
      { mine: { id: "1", x: 1 }, code: "element_changed", by: "lucas" },
    ]);
  });

  it("made without having seen somebody else's overwrites nothing, and can be kept as a copy", async () => {
    server.draw(LUCAS.id, rectangle("1"));
    server.policy = { change_others: true };
    const page = await openPage(server, ZOSIA);
    server.draw(LUCAS.id, rectangle("1", { x: 7 }));
    await turns();
    page.client.change([rectangle("1", { x: 1 })], new Map([["1", 1]]));
    await turns();
    expect(page.state.elements.get("1")).toMatchObject({ version: 2, element: { x: 7 } });
    expect(page.state.lost).toMatchObject([
      { mine: { id: "1", x: 1 }, code: "element_changed", by: "lucas" },
    ]);
    page.client.keepLost("1");
    await turns();
    expect([...page.state.elements.values()].map(({ element }) => element.x)).toEqual([7, 21]);
  });

  it("upon one's own that is under way knows better than what was seen", async () => {
    const page = await openPage(server, ZOSIA);
    page.slow();
    page.client.change([rectangle("1")]);
    await turns();
    page.client.change([rectangle("1", { x: 1 })], new Map([["1", 0]]));
    await page.prompt();
    expect(page.state.elements.get("1")).toMatchObject({ version: 2, element: { x: 1 } });
    expect(page.state.lost).toEqual([]);
  });

  it("shows the version that it is made upon, not the one that others have made since", async () => {
    server.draw(LUCAS.id, rectangle("1"));
    server.policy = { change_others: true };
    const page = await openPage(server, ZOSIA);
    page.slow();
    page.client.change([rectangle("1", { x: 1 })]);
    await turns();
    server.draw(LUCAS.id, rectangle("1", { x: 7 }));
    page.link.deliver();
    await turns();
    expect(page.state.elements.get("1")).toMatchObject({ version: 1, element: { x: 1 } });
  });

  it("that others made just so is not lost", async () => {
    server.draw(LUCAS.id, rectangle("1"));
    server.policy = { change_others: true };
    const page = await openPage(server, ZOSIA);
    page.slow();
    page.client.change([rectangle("1", { x: 1 })]);
    await turns();
    server.draw(LUCAS.id, rectangle("1", { x: 1, index: "a5" }));
    await page.prompt();
    expect(page.state.lost).toEqual([]);
  });

  it("made upon one that was lost is lost with it", async () => {
    server.draw(LUCAS.id, rectangle("1"));
    server.policy = { change_others: true };
    const page = await openPage(server, ZOSIA);
    page.slow();
    page.client.change([rectangle("1", { x: 1 })]);
    await turns();
    page.client.change([rectangle("1", { x: 2 })]);
    server.draw(LUCAS.id, rectangle("1", { x: 7 }));
    await page.prompt();
    expect(page.state.elements.get("1")).toMatchObject({ element: { x: 7 } });
    expect(page.state.lost).toMatchObject([{ mine: { x: 2 } }]);
    expect(page.state.pending).toBe(0);
  });

  it("is taken back: one's own deletion, but nobody else's", async () => {
    const page = await openPage(server, ZOSIA);
    page.client.change([rectangle("1"), rectangle("2")]);
    await turns();
    page.client.change([deleted(rectangle("1"))]);
    await turns();
    expect(page.shown).toEqual(["2"]);
    page.client.change([rectangle("1")]);
    await turns();
    expect(page.state.elements.get("1")?.version).toBe(3);
    server.draw(LUCAS.id, deleted(rectangle("2")));
    await turns();
    page.client.change([rectangle("2")]);
    await turns();
    expect(page.shown).toEqual(["1"]);
    expect(page.state.lost).toMatchObject([{ mine: { id: "2" }, code: "element_gone", by: null }]);
  });

  it("that is too large is lost before it is sent, and the others go", async () => {
    const page = await openPage(server, ZOSIA);
    const points = Array.from({ length: 7_000 }, (_, index) => [index + 0.5, index] as const);
    const line = { ...arrow("1", null, null), points };
    page.client.change([line, rectangle("2")]);
    await turns();
    expect(page.state.lost).toMatchObject([{ mine: { id: "1" }, code: "too_large", by: null }]);
    expect([...server.elements.keys()]).toEqual(["2"]);
  });

  it("of a stroke that is too long loses points, not its length", async () => {
    const page = await openPage(server, ZOSIA);
    const points = Array.from({ length: 9_000 }, (_, index) => [index + 0.5, index] as const);
    const pressures = points.map((_, index) => index / points.length);
    page.client.change([stroke("1", points, { pressures, simulatePressure: false })]);
    await turns();
    const element = server.elements.get("1")?.element;
    const kept = element?.type === "freedraw" ? element : null;
    expect(kept?.points).toHaveLength(STROKE_POINTS_KEPT);
    expect(kept?.pressures).toHaveLength(STROKE_POINTS_KEPT);
    expect(kept?.points[0]).toEqual(points[0]);
    expect(kept?.points.at(-1)).toEqual(points.at(-1));
    expect(packedSize(page.link.of("board.change")[0])).toBeLessThan(COMMAND_BYTES_MAX);
  });
});

describe("what is bound to each other", () => {
  const bound = (id: string, type: "arrow" | "text") => ({ boundElements: [{ id, type }] });

  it("goes into one command", async () => {
    const page = await openPage(server, ZOSIA);
    page.client.change([rectangle("1", bound("2", "text")), text("2", { containerId: "1" })]);
    await turns();
    expect(page.link.of("board.change")).toHaveLength(1);
    expect(page.shown).toEqual(["1", "2"]);
  });

  it("stays when what it is bound to was changed by others, without the binding", async () => {
    server.draw(LUCAS.id, rectangle("1"), rectangle("2"));
    const page = await openPage(server, ZOSIA);
    page.slow();
    page.client.change([
      arrow("3", "1", "2"),
      rectangle("1", bound("3", "arrow")),
      rectangle("2", bound("3", "arrow")),
    ]);
    await turns();
    server.draw(LUCAS.id, rectangle("1", { x: 9 }));
    await page.prompt();
    expect(page.state.elements.get("3")).toMatchObject({
      creator: "zosia",
      element: { startBinding: null, endBinding: null },
    });
    expect(page.state.lost).toEqual([]);
    expect(page.state.pending).toBe(0);
  });

  it("stays when its container is gone, as a text of its own", async () => {
    server.draw(LUCAS.id, rectangle("1"));
    const page = await openPage(server, ZOSIA);
    page.slow();
    page.client.change([text("2", { containerId: "1" }), rectangle("1", bound("2", "text"))]);
    await turns();
    server.draw(LUCAS.id, deleted(rectangle("1")));
    await page.prompt();
    expect(page.state.elements.get("2")).toMatchObject({ element: { containerId: null } });
    expect(page.shown).toEqual(["2"]);
  });

  it("names who is to blame, not who drew what was fine", async () => {
    server.policy = { change_others: true };
    server.draw(ZOSIA.id, rectangle("1", bound("2", "arrow")));
    server.draw(ZOSIA.id, arrow("2", "1", null));
    const page = await openPage(server, ZOSIA);
    page.slow();
    page.client.change([
      rectangle("1", { ...bound("2", "arrow"), x: 5 }),
      arrow("2", "1", null, { x: 5 }),
    ]);
    await turns();
    server.draw(LUCAS.id, arrow("2", "1", null, { x: 8 }));
    await page.prompt();
    expect(page.state.lost).toMatchObject([
      { mine: { id: "1" }, by: "lucas" },
      { mine: { id: "2" }, by: "lucas" },
    ]);
  });
});

describe("what was lost", () => {
  async function losing(): Promise<FakePage> {
    server.policy = { change_others: true };
    server.draw(LUCAS.id, rectangle("1"));
    const page = await openPage(server, ZOSIA);
    page.slow();
    page.client.change([rectangle("1", { x: 1, groupIds: ["g"] })]);
    await turns();
    server.draw(LUCAS.id, rectangle("1", { x: 7 }));
    await page.prompt();
    return page;
  }

  it("can be kept as a copy beside what is there", async () => {
    const page = await losing();
    page.client.keepLost("1");
    await turns();
    expect(page.state.lost).toEqual([]);
    const copy = [...page.state.elements.values()].find(({ element }) => element.id !== "1");
    expect(copy).toMatchObject({ creator: "zosia", version: 1, element: { x: 21, groupIds: [] } });
    expect(page.state.elements.get("1")).toMatchObject({ element: { x: 7 } });
  });

  it("can be forgotten, and is remembered until then, over a reload too", async () => {
    const page = await losing();
    page.reload();
    await page.join();
    expect(page.state.lost).toMatchObject([{ mine: { id: "1", x: 1 } }]);
    page.client.dismissLost("1");
    expect(page.state.lost).toEqual([]);
    await turns();
    page.reload();
    await page.join();
    expect(page.state.lost).toEqual([]);
  });
});

describe("a lost connection", () => {
  it("lets one draw on, and sends it afterwards, together with what others drew", async () => {
    const page = await openPage(server, ZOSIA);
    page.cut();
    page.client.change([rectangle("1")]);
    server.draw(LUCAS.id, rectangle("2"));
    await turns();
    expect(page.state.pending).toBe(1);
    expect(page.shown).toEqual(["1"]);
    await page.reconnect();
    expect(page.shown).toEqual(["1", "2"]);
    expect([...server.elements.keys()].sort()).toEqual(["1", "2"]);
  });

  it("has the same command sent again, which is taken once", async () => {
    const page = await openPage(server, ZOSIA);
    page.slow();
    page.client.change([rectangle("1"), rectangle("2")]);
    await turns();
    page.link.serve();
    const [before] = page.link.of("board.change");
    await page.reconnect();
    await page.prompt();
    expect(page.link.of("board.change")).toEqual([before]);
    expect(server.log).toHaveLength(1);
    expect(page.state.pending).toBe(0);
    expect(page.state.lost).toEqual([]);
  });

  it("leaves no doubt which of a command's changes were not taken", async () => {
    server.policy = { change_others: true };
    server.draw(LUCAS.id, rectangle("1"));
    const page = await openPage(server, ZOSIA);
    page.slow();
    page.client.change([rectangle("1", { x: 1 }), rectangle("2")]);
    await turns();
    server.draw(LUCAS.id, rectangle("1", { x: 7 }));
    page.link.serve();
    server.draw(LUCAS.id, rectangle("2", { x: 8 }));
    await page.reconnect();
    await page.prompt();
    expect(page.state.lost).toMatchObject([{ mine: { id: "1" }, code: "element_changed" }]);
    expect(page.state.elements.get("2")).toMatchObject({ element: { x: 8 } });
  });

  it("does not lose what was drawn before a reload, nor send it twice", async () => {
    const page = await openPage(server, ZOSIA);
    page.slow();
    page.client.change([rectangle("1")]);
    await turns();
    const [before] = page.link.of("board.change");
    page.client.change([rectangle("1", { x: 3 }), rectangle("2")]);
    await turns();
    page.reload();
    await turns();
    expect(page.state).toMatchObject({ phase: "loading", pending: 2 });
    await page.join();
    await page.prompt();
    expect(page.link.of("board.change")[0]).toEqual(before);
    expect(server.elements.get("1")?.element.x).toBe(3);
    expect(page.shown).toEqual(["1", "2"]);
    expect(page.state.lost).toEqual([]);
    page.reload();
    await turns();
    expect(page.state.pending).toBe(0);
  });

  it("does not bring back what others deleted while events were missed", async () => {
    server.draw(LUCAS.id, rectangle("1"));
    const page = await openPage(server, ZOSIA);
    page.slow();
    page.client.change([
      text("2", { containerId: "1" }),
      rectangle("1", { boundElements: [{ id: "2", type: "text" }] }),
    ]);
    await turns();
    page.link.serve();
    server.draw(LUCAS.id, deleted(text("2", { containerId: "1" })));
    server.pruned = server.seq;
    await page.reconnect();
    await page.prompt();
    expect(page.shown).toEqual(["1"]);
    expect([...server.elements.keys()]).toEqual(["1"]);
    expect(page.state.lost).toMatchObject([{ mine: { id: "2" }, code: "element_gone", by: null }]);
  });

  it("does not let one write over what others did while events were missed", async () => {
    server.policy = { change_others: true };
    const page = await openPage(server, ZOSIA);
    page.slow();
    page.client.change([rectangle("1")]);
    await turns();
    page.client.change([rectangle("1", { x: 1 })]);
    page.link.serve();
    server.draw(LUCAS.id, rectangle("1", { x: 7 }));
    server.pruned = server.seq;
    await page.reconnect();
    await page.prompt();
    expect(server.elements.get("1")?.element.x).toBe(7);
    expect(page.state.lost).toMatchObject([{ mine: { id: "1", x: 1 } }]);
  });

  it("does not let one write over it when only the answer had come, either", async () => {
    server.policy = { change_others: true };
    const page = await openPage(server, ZOSIA);
    page.slow();
    page.client.change([rectangle("1")]);
    await turns();
    page.client.change([rectangle("1", { x: 1 })]);
    page.link.serve();
    page.link.swap();
    page.link.deliver();
    await turns();
    server.draw(LUCAS.id, rectangle("1", { x: 7 }));
    server.pruned = server.seq;
    await page.reconnect();
    await page.prompt();
    expect(server.elements.get("1")?.element.x).toBe(7);
    expect(page.state.lost).toMatchObject([{ mine: { id: "1", x: 1 } }]);
  });

  it("to a server that was put back has the change sent again", async () => {
    const page = await openPage(server, ZOSIA);
    page.slow();
    page.client.change([rectangle("1")]);
    await turns();
    page.link.serve();
    page.link.swap();
    page.link.deliver();
    await turns();
    server.restore(0, "epoch-2");
    await page.reconnect();
    await page.prompt();
    expect(page.shown).toEqual(["1"]);
    expect([...server.elements.keys()]).toEqual(["1"]);
    expect(page.state).toMatchObject({ pending: 0, lost: [] });
  });

  it("is noticed when an answer's event does not come", async () => {
    const page = await openPage(server, ZOSIA);
    page.slow();
    page.client.change([rectangle("1")]);
    await turns();
    page.link.serve();
    page.link.inbox.splice(
      page.link.inbox.findIndex(({ isEvent }) => isEvent),
      1,
    );
    page.link.deliverAll();
    page.link.isPrompt = true;
    await turns();
    expect(page.state.pending).toBe(1);
    await vi.advanceTimersByTimeAsync(EVENT_EXPECTED_MS);
    await turns();
    expect(page.state.pending).toBe(0);
    expect(page.state.seq).toBe(1);
  });
});

describe("a refusal", () => {
  it("that passes is waited for", async () => {
    const page = await openPage(server, ZOSIA);
    server.refusals.push(new CommandFailed("unavailable", "Wait.", true));
    server.refusals.push(new CommandFailed("too_many_requests", "Wait.", true));
    page.client.change([rectangle("1")]);
    await turns();
    expect(page.state.pending).toBe(1);
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect(page.state.pending).toBe(0);
    const nonces = page.link.of("board.change").map(({ nonce }) => nonce);
    expect(nonces).toHaveLength(3);
    expect(new Set(nonces).size).toBe(1);
  });

  it("for good is told, and the board is as it was", async () => {
    const page = await openPage(server, ZOSIA);
    server.refusals.push(new CommandFailed("board_read_only", "No.", false));
    page.client.change([rectangle("1"), rectangle("2")]);
    await turns();
    expect(page.shown).toEqual([]);
    expect(page.state.lost).toMatchObject([
      { mine: { id: "1" }, code: "board_read_only", by: null },
      { mine: { id: "2" }, code: "board_read_only", by: null },
    ]);
  });

  it("for one element does not take the others along", async () => {
    const page = await openPage(server, ZOSIA);
    server.isRefused = ({ id }) => (id === "5" ? "invalid" : null);
    const ids = Array.from({ length: 9 }, (_, index) => String(index + 1));
    page.client.change(ids.map((id) => rectangle(id)));
    await turns(300);
    expect(page.shown).toEqual(ids.filter((id) => id !== "5"));
    expect(page.state.lost).toMatchObject([{ mine: { id: "5" }, code: "invalid" }]);
    for (const more of ["x", "y"]) {
      page.client.change(ids.map((id) => rectangle(more + id)));
      await turns(300);
    }
    expect(page.link.of("board.change").at(-1)).toMatchObject({ changes: { length: ids.length } });
  });

  it("of the older state does not take the newer along", async () => {
    const page = await openPage(server, ZOSIA);
    page.slow();
    server.isRefused = ({ x }) => (x === 1 ? "invalid" : null);
    page.client.change([rectangle("1", { x: 1 })]);
    await turns();
    page.client.change([rectangle("1", { x: 2 })]);
    await page.prompt();
    expect(server.elements.get("1")?.element.x).toBe(2);
    expect(page.state.lost).toEqual([]);
  });

  it("of one who is not on the board any more has it joined again", async () => {
    const page = await openPage(server, ZOSIA);
    server.refusals.push(new CommandFailed("not_joined", "Join.", false));
    page.client.change([rectangle("1")]);
    await turns();
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect(page.link.of("board.join")).toHaveLength(2);
    expect(page.state).toMatchObject({ pending: 0, lost: [] });
  });
});

describe("what passes", () => {
  it("is sent while one may draw, and not kept for later", async () => {
    const page = await openPage(server, ZOSIA);
    page.cut();
    page.client.point({ x: 1, y: 1, tool: "pointer", pressed: false, selected: [] });
    page.client.stroke("s", LOOK, [[0, 0]]);
    await vi.advanceTimersByTimeAsync(LONG_MS);
    await page.reconnect();
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect(page.link.of("board.cursor")).toEqual([]);
    expect(page.link.of("board.stroke")).toEqual([]);
    page.client.point({ x: 1.239, y: 2, tool: "laser", pressed: true, selected: ["1"] });
    expect(page.link.of("board.cursor")).toEqual([
      { board: "r", x: 1.24, y: 2, tool: "laser", pressed: true, selected: ["1"] },
    ]);
    page.client.takeRights({ board: "r", denied: { draw: "board_read_only" } });
    await vi.advanceTimersByTimeAsync(LONG_MS);
    page.client.point({ x: 5, y: 5, tool: "pointer", pressed: false, selected: [] });
    expect(page.link.of("board.cursor")).toHaveLength(1);
  });

  it("of a mouse that moves sixty times a second stays within what the server takes", async () => {
    const page = await openPage(server, ZOSIA);
    const points: [number, number][] = [];
    for (let frame = 0; frame < 600; frame += 1) {
      points.push([frame, frame]);
      page.client.point({ x: frame, y: 0, tool: "pointer", pressed: true, selected: [] });
      page.client.stroke("s", LOOK, [...points]);
      await vi.advanceTimersByTimeAsync(1_000 / 60);
    }
    const cursors = page.link.of("board.cursor").length;
    const strokes = page.link.of("board.stroke").length;
    expect(cursors).toBeLessThanOrEqual(10 * 20 + 1);
    expect(strokes).toBeLessThanOrEqual(10 * 25 + 1);
    expect(strokes).toBeGreaterThan(10 * 15);
  });

  it("says again and again that one presents, also while nothing moves", async () => {
    const page = await openPage(server, TEACHER);
    for (let second = 0; second < 3; second += 1) {
      page.client.showViewport({ x: 0, y: 0, width: 10, height: 10 });
      page.client.point({ x: 1, y: 1, tool: "pointer", pressed: false, selected: [] });
      await vi.advanceTimersByTimeAsync(PRESENTING_AGAIN_MS);
    }
    expect(page.link.of("board.viewport")).toHaveLength(3);
    expect(page.link.of("board.cursor")).toHaveLength(1);
  });

  it("ends a stroke of somebody else after its element is shown", async () => {
    const page = await openPage(server, ZOSIA);
    const told: string[] = [];
    page.client.subscribe(() => told.push(`element ${page.state.elements.has("s")}`));
    page.client.onPassing((passing) => {
      told.push(passing.kind === "stroke" ? `stroke ${passing.stroke.over}` : passing.kind);
    });
    const drawn = { board: "r", member: "lucas", stroke: "s", offset: 0, look: LOOK, over: false };
    page.client.takeStroke({ ...drawn, points: [[0, 0]] });
    server.draw(LUCAS.id, stroke("s", [[0, 0]]));
    await turns();
    expect(told).toEqual(["stroke false", "element true", "stroke true"]);
  });

  it("ends the strokes of who has left the room", async () => {
    const page = await openPage(server, ZOSIA);
    const drawn = { board: "r", stroke: "s", offset: 0, look: LOOK, over: false };
    page.client.takeStroke({ ...drawn, member: "lucas", points: [[0, 0]] });
    page.client.takePresence([{ member: "lucas", rooms: ["r"] }]);
    expect(page.passed).toHaveLength(1);
    page.client.takePresence([{ member: "lucas", rooms: null }]);
    expect(page.passed.at(-1)).toMatchObject({ kind: "stroke", stroke: { over: true } });
  });

  it("reaches the server as teachers ask for it", async () => {
    const page = await openPage(server, TEACHER);
    await page.client.callTo({ x: 1.001, y: 2, width: 3, height: 4 });
    await page.client.callTo(null);
    await page.client.clear("lucas");
    await page.client.undoClear(3);
    await page.client.setHidden(["1"], true);
    await page.client.setPolicy({ drawers: "teachers" });
    await page.client.history(7);
    page.client.showViewport({ x: 1, y: 2, width: 3, height: 4 });
    const asked = page.link.history.slice(1).map(({ name, params }) => [name, params] as const);
    const nonce = expect.stringMatching(/^[0-9a-f]{32}$/);
    expect(asked).toEqual([
      [
        "attention.call",
        { room: "r", part: "board", board: "r", view: { x: 1, y: 2, width: 3, height: 4 } },
      ],
      ["attention.call", { room: "r", part: "board", board: "r", view: null }],
      ["board.clear", { board: "r", nonce, member: "lucas" }],
      ["board.undo_clear", { board: "r", nonce, clear: 3 }],
      ["board.set_hidden", { board: "r", nonce, elements: ["1"], hidden: true }],
      ["board.set_policy", { board: "r", nonce, policy: { drawers: "teachers" } }],
      ["board.history", { board: "r", after: 7 }],
      ["board.viewport", { board: "r", x: 1, y: 2, width: 3, height: 4 }],
    ]);
  });
});
