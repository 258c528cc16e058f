import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type BoardStroke,
  type BoardStrokeDrawn,
  STROKE_POINTS_MAX,
  type StrokeLook,
} from "../protocol/generated";
import { CURSOR_INTERVAL_MS, Pointing, VIEWPORT_INTERVAL_MS } from "./pointing";
import type { Cursor } from "./ports";
import { STROKE_EXPIRES_MS, STROKE_INTERVAL_MS, StrokeReceiver, StrokeSender } from "./strokes";

const LOOK: StrokeLook = { x: 1.239, y: 2, color: "#1e1e1e", width: 2, opacity: 100 };

type Sent = Omit<BoardStroke, "board">;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function line(length: number): [number, number][] {
  return Array.from({ length }, (_, index) => [index, index + 0.126]);
}

describe("one's own stroke", () => {
  let sent: Sent[];
  let isOnline: boolean;
  let sender: StrokeSender;

  beforeEach(() => {
    sent = [];
    isOnline = true;
    sender = new StrokeSender({
      canSend: () => isOnline,
      send: (params) => {
        sent.push(params);
      },
    });
  });

  it("goes out as what was appended, each point once, the look with the first", () => {
    sender.draw("s", LOOK, line(2));
    sender.draw("s", LOOK, line(3));
    sender.draw("s", LOOK, line(5));
    vi.advanceTimersByTime(STROKE_INTERVAL_MS);
    sender.draw("s", LOOK, line(6));
    vi.advanceTimersByTime(STROKE_INTERVAL_MS);
    expect(sent).toEqual([
      {
        stroke: "s",
        offset: 0,
        points: [
          [0, 0.13],
          [1, 1.13],
        ],
        look: { ...LOOK, x: 1.24 },
      },
      {
        stroke: "s",
        offset: 2,
        points: [
          [2, 2.13],
          [3, 3.13],
          [4, 4.13],
        ],
      },
      { stroke: "s", offset: 5, points: [[5, 5.13]] },
    ]);
  });

  it("that was held up goes on in parts that the server takes, by and by", () => {
    isOnline = false;
    sender.draw("s", LOOK, line(300));
    vi.advanceTimersByTime(STROKE_INTERVAL_MS);
    expect(sent).toEqual([]);
    isOnline = true;
    sender.draw("s", LOOK, line(301));
    expect(sent).toHaveLength(1);
    vi.advanceTimersByTime(10 * STROKE_INTERVAL_MS);
    expect(sent.map(({ offset, points }) => [offset, points.length])).toEqual([
      [0, STROKE_POINTS_MAX],
      [120, STROKE_POINTS_MAX],
      [240, 61],
    ]);
  });

  it("is not sent any more once it is finished", () => {
    sender.draw("s", LOOK, line(1));
    sender.draw("s", LOOK, line(2));
    sender.finish("s");
    sender.drop("s");
    vi.advanceTimersByTime(10 * STROKE_INTERVAL_MS);
    expect(sent).toHaveLength(1);
  });

  it("that is given up is ended at the others', when they have seen some", () => {
    sender.draw("s", LOOK, line(1));
    sender.drop("s");
    sender.drop("never");
    expect(sent.slice(1)).toEqual([{ stroke: "s", offset: 1, points: [], over: true }]);
  });

  it("takes turns with another finger's", () => {
    sender.draw("s", LOOK, line(300));
    sender.draw("t", LOOK, line(300));
    vi.advanceTimersByTime(10 * STROKE_INTERVAL_MS);
    expect(sent.map(({ stroke }) => stroke)).toEqual(["s", "s", "t", "s", "t", "t"]);
  });
});

describe("somebody else's stroke", () => {
  let emitted: BoardStrokeDrawn[];
  let receiver: StrokeReceiver;

  beforeEach(() => {
    emitted = [];
    receiver = new StrokeReceiver("r", (stroke) => emitted.push(stroke));
  });

  function drawn(offset: number, length: number, changes = {}): BoardStrokeDrawn {
    const points = line(offset + length).slice(offset);
    const look = offset === 0 ? LOOK : null;
    return {
      board: "r",
      member: "lucas",
      stroke: "s",
      offset,
      points,
      look,
      over: false,
      ...changes,
    };
  }

  /** The points put together, as who shows them would. */
  function shown(): number {
    let length = 0;
    for (const { offset, points } of emitted) {
      expect(offset).toBe(length);
      length += points.length;
    }
    return length;
  }

  it("is put together by offset, what comes twice once", () => {
    receiver.receive(drawn(0, 3));
    receiver.receive(drawn(2, 3));
    receiver.receive(drawn(1, 2));
    receiver.receive(drawn(5, 1));
    expect(shown()).toBe(6);
    expect(emitted.map(({ look }) => look !== null)).toEqual([true, false, false]);
  });

  it("with a hole is not continued, and stays until its end", () => {
    receiver.receive(drawn(0, 3));
    receiver.receive(drawn(4, 3));
    receiver.receive(drawn(3, 9));
    expect(shown()).toBe(3);
    receiver.end("s");
    expect(emitted.at(-1)).toMatchObject({ stroke: "s", over: true, offset: 3, points: [] });
  });

  it("that was begun before one came is not shown", () => {
    receiver.receive(drawn(4, 3));
    receiver.end("s");
    expect(emitted).toEqual([]);
  });

  it("is not continued by another member", () => {
    receiver.receive(drawn(0, 3));
    receiver.receive(drawn(3, 3, { member: "zosia" }));
    receiver.receive(drawn(3, 3, { member: "zosia", over: true }));
    expect(emitted).toHaveLength(1);
  });

  it("ends with its author's word, and when the author leaves", () => {
    receiver.receive(drawn(0, 3));
    receiver.receive(drawn(3, 0, { over: true }));
    receiver.receive(drawn(0, 3, { stroke: "t" }));
    receiver.receive(drawn(0, 3, { stroke: "u", member: "zosia" }));
    receiver.leave("lucas");
    expect(emitted.filter(({ over }) => over).map(({ stroke }) => stroke)).toEqual(["s", "t"]);
    receiver.clear();
    expect(emitted.at(-1)).toMatchObject({ stroke: "u", over: true });
  });

  it("ends some time after its last news", () => {
    receiver.receive(drawn(0, 3));
    vi.advanceTimersByTime(STROKE_EXPIRES_MS - 1);
    receiver.receive(drawn(3, 1));
    vi.advanceTimersByTime(STROKE_EXPIRES_MS - 1);
    expect(emitted).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(emitted.at(-1)?.over).toBe(true);
  });
});

describe("pointing", () => {
  const cursor: Cursor = { x: 0, y: 0, tool: "pointer", pressed: false, selected: [] };

  it("tells the newest place only, not too often, and nothing twice", () => {
    const sent: number[] = [];
    const views: number[] = [];
    const pointing = new Pointing({
      mayPoint: () => true,
      mayLead: () => true,
      sendCursor: ({ x }) => {
        sent.push(x);
      },
      sendViewport: ({ x }) => {
        views.push(x);
      },
    });
    for (const x of [1, 2, 3]) {
      pointing.point({ ...cursor, x });
      pointing.showViewport({ x, y: 0, width: 1, height: 1 });
    }
    vi.advanceTimersByTime(CURSOR_INTERVAL_MS);
    expect([sent, views]).toEqual([[1, 3], [1]]);
    vi.advanceTimersByTime(VIEWPORT_INTERVAL_MS);
    expect(views).toEqual([1, 3]);
    pointing.point({ ...cursor, x: 3.001 });
    vi.advanceTimersByTime(CURSOR_INTERVAL_MS);
    expect(sent).toEqual([1, 3]);
    pointing.stop();
    pointing.point({ ...cursor, x: 3 });
    expect(sent).toEqual([1, 3, 3]);
  });

  it("names a bounded number of selected elements", () => {
    const selected = Array.from({ length: 60 }, (_, index) => String(index));
    const told: (readonly string[] | undefined)[] = [];
    const pointing = new Pointing({
      mayPoint: () => true,
      mayLead: () => false,
      sendCursor: (sent) => {
        told.push(sent.selected);
      },
      sendViewport: () => expect.unreachable(),
    });
    pointing.point({ ...cursor, selected });
    pointing.showViewport({ x: 0, y: 0, width: 1, height: 1 });
    expect(told).toEqual([selected.slice(0, 50)]);
  });
});
