import { describe, expect, it } from "vitest";
import type { BoardElement, Body, Event } from "../../protocol/generated";
import { type Elements, KEYFRAME_STEPS_MIN, PAUSE_MAX_MS, Replay, STEP_MIN_MS } from "./replay";
import { board, item } from "./samples";

const NOTHING: Elements = new Map();

function log(...bodies: Body[]): Event[] {
  return bodies.map((body, index) => ({
    stream: "board:b",
    seq: index + 1,
    at: 1_000 * (index + 1),
    actor: "anna",
    nonce: null,
    body,
  }));
}

function changed(...elements: BoardElement[]): Body {
  return { kind: "board.changed", elements };
}

function line(id: string, version = 1, about: Partial<BoardElement> = {}): BoardElement {
  return item({ type: "line", id, x: version }, { version, ...about });
}

function gone(id: string, version: number): BoardElement {
  return item({ type: "line", id, isDeleted: true }, { version });
}

function whole(events: readonly Event[], about: object = {}): Replay {
  return new Replay({ events, pruned: 0, now: NOTHING, seesHidden: false, ...about });
}

/** A long log of drawing, changing and deleting, and the board at its end, made without the replay. */
function busyHour(count: number): { events: Event[]; now: Map<string, BoardElement> } {
  const now = new Map<string, BoardElement>();
  const versions = new Map<string, number>();
  const bodies = Array.from({ length: count }, (_, index) => {
    const id = `e${(index * 7919) % 97}`; // some hundred elements in no order
    const version = (versions.get(id) ?? 0) + 1;
    versions.set(id, version);
    if (index % 5 === 4 && now.has(id)) {
      now.delete(id);
      return changed(gone(id, version));
    }
    const drawn = line(id, version);
    now.set(id, drawn);
    return changed(drawn);
  });
  return { events: log(...bodies), now };
}

describe("a replay of the whole log", () => {
  const { events, now } = busyHour(1_000);

  it("begins empty and ends with the board", () => {
    const replay = whole(events);
    expect(replay.at(0).size).toBe(0);
    expect(replay.steps).toHaveLength(1_000);
    expect(replay.at(replay.steps.length)).toEqual(now);
  });

  it("shows the same board at a step, however one got there", () => {
    const forward = whole(events);
    const boards = Array.from({ length: 1_001 }, (_, step) => new Map(forward.at(step)));
    const jumping = whole(events);
    for (const step of [1_000, 0, 999, 3, 500, 501, 499, 64, 63, 65, 128, 1_000, 1]) {
      expect(jumping.at(step)).toEqual(boards[step]);
    }
    const backward = whole(events);
    for (let step = 1_000; step >= 0; step -= 1) {
      expect(backward.at(step)).toEqual(boards[step]);
    }
  });

  it("stays within its steps", () => {
    const replay = whole(events.slice(0, 3));
    expect(replay.at(-5)).toEqual(replay.at(0));
    expect(replay.at(99)).toEqual(replay.at(3));
  });

  it("does not change a board that it has given out", () => {
    const replay = whole(events);
    const early = replay.at(10);
    const kept = new Map(early);
    replay.at(KEYFRAME_STEPS_MIN + 20);
    replay.at(5);
    expect(early).toEqual(kept);
  });
});

describe("the steps", () => {
  it("say what was done, by whom and to how many", () => {
    const replay = whole(
      log(
        changed(line("a"), line("b")),
        changed(line("a", 2)),
        changed(gone("b", 2)),
        { kind: "board.cleared", member: null },
        { kind: "board.clear_undone", clear: 4 },
      ),
    );
    expect(replay.steps.map(({ deed, count, actor }) => [deed, count, actor])).toEqual([
      ["drew", 2, "anna"],
      ["changed", 1, "anna"],
      ["deleted", 1, "anna"],
      ["cleared", 1, "anna"],
      ["restored", 1, "anna"],
    ]);
  });

  it("leave out what shows nothing", () => {
    const replay = whole(
      log(
        { kind: "board.policy_set", policy: {} },
        { kind: "hidden" },
        changed(gone("never", 1)),
        { kind: "board.cleared", member: null },
        { kind: "board.clear_undone", clear: 99 },
      ),
    );
    expect(replay.steps).toEqual([]);
  });

  it("are played without the pauses, each long enough to be seen", () => {
    const events = log(changed(line("a")), changed(line("b")), changed(line("c")));
    const [first, second, third] = events as [Event, Event, Event];
    const replay = whole([first, { ...second, at: first.at }, { ...third, at: 9e9 }]);
    expect(replay.steps.map(({ playAt }) => playAt)).toEqual([
      STEP_MIN_MS,
      2 * STEP_MIN_MS,
      2 * STEP_MIN_MS + PAUSE_MAX_MS,
    ]);
    expect(replay.stepAt(0)).toBe(0);
    expect(replay.stepAt(replay.playedAt(2))).toBe(2);
    expect(replay.stepAt(replay.playedAt(3) - 1)).toBe(2);
    expect(replay.stepAt(9e9)).toBe(3);
  });
});

describe("clearing", () => {
  const events = log(
    changed(line("a"), line("b", 1, { creator: "ben" })),
    { kind: "board.cleared", member: "ben" },
    changed(line("b", 5)),
    { kind: "board.clear_undone", clear: 2 },
  );

  it("takes one person's work", () => {
    expect([...whole(events).at(2).keys()]).toEqual(["a"]);
  });

  it("is undone for what is not there again", () => {
    expect(whole(events).at(9).get("b")?.version).toBe(5);
    const undone = whole(events.filter(({ seq }) => seq !== 3));
    expect(undone.at(9).get("b")?.version).toBe(2);
  });
});

describe("what was put aside", () => {
  const events = log(
    changed(line("a"), line("b")),
    { kind: "board.hidden", elements: ["a"] },
    { kind: "board.shown", elements: [line("a")] },
  );

  it("is gone for pupils until it is shown again", () => {
    const replay = whole(events);
    expect([...replay.at(2).keys()]).toEqual(["b"]);
    expect([...replay.at(3).keys()].sort()).toEqual(["a", "b"]);
  });

  it("stays for teachers", () => {
    const replay = whole(events, { seesHidden: true });
    expect(replay.steps).toHaveLength(1);
    expect(replay.at(1).size).toBe(2);
  });
});

describe("a log that was pruned", () => {
  it("begins with what was there, and ends with the board", () => {
    const { events, now } = busyHour(600);
    const kept = events.slice(400);
    const replay = new Replay({ events: kept, pruned: 400, now, seesHidden: false });
    const before = whole(events).at(400);
    expect([...before.keys()].filter((id) => !replay.at(0).has(id))).toEqual([]);
    expect(replay.at(replay.steps.length)).toEqual(now);
  });

  it("shows as they are now those that no event speaks of, but not what came after it was read", () => {
    const events = log(changed(line("a", 2, { at: 1_000 }))).map((event) => ({ ...event, seq: 9 }));
    const now = board(
      line("a", 2),
      line("old", 3, { at: 500 }),
      line("later", 1, { at: 5_000 }),
      line("unsent", 0, { at: 0 }),
    );
    const replay = new Replay({ events, pruned: 8, now, seesHidden: false });
    expect([...replay.at(0).keys()].sort()).toEqual(["a", "old"]);
  });

  it("shows what was deleted later", () => {
    const replay = new Replay({
      events: log(changed(gone("a", 4))),
      pruned: 7,
      now: NOTHING,
      seesHidden: false,
    });
    expect(replay.at(0).get("a")?.element.isDeleted).toBe(false);
    expect(replay.at(1).size).toBe(0);
  });
});
