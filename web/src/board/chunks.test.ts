import { describe, expect, it } from "vitest";
import type { Element } from "../protocol/generated";
import { CHANGES_MAX } from "../protocol/generated";
import { inParts, takeChunk } from "./chunks";
import { COMMAND_BYTES_MAX, fitStroke, STROKE_POINTS_KEPT, sizeOf } from "./fitting";
import { packedSize } from "./packedSize";
import { arrow, rectangle, stroke, text } from "./samples";

const ALL = Number.POSITIVE_INFINITY;

/** What each command holds when all are taken one after the other. */
function commands(elements: Element[], groupsMax = ALL): string[][] {
  let waiting = elements.map((element) => ({ element }));
  const taken: string[][] = [];
  while (waiting.length > 0) {
    const chunk = takeChunk(waiting, new Map(), groupsMax);
    expect(chunk.length).toBeGreaterThan(0);
    taken.push(chunk.map(({ element }) => element.id));
    waiting = waiting.filter((item) => !chunk.includes(item));
  }
  return taken;
}

function longStroke(id: string, points: number): Element {
  return stroke(
    id,
    Array.from({ length: points }, (_, index) => [index + 0.5, -index - 0.5] as const),
  );
}

describe("commands", () => {
  it("hold as many changes as the server takes", () => {
    const ids = Array.from({ length: CHANGES_MAX + 20 }, (_, index) => String(index));
    const all = commands(ids.map((id) => rectangle(id)));
    expect(all.flat()).toEqual(ids);
    expect(all.every((chunk) => chunk.length <= CHANGES_MAX)).toBe(true);
  });

  it("hold as many bytes as the server takes", () => {
    const strokes = Array.from({ length: 9 }, (_, index) => longStroke(String(index), 1_500));
    const all = commands(strokes);
    expect(all).toHaveLength(3);
    for (const ids of all) {
      const changes = strokes
        .filter(({ id }) => ids.includes(id))
        .map((element) => ({ base: 1, element }));
      expect(packedSize(changes)).toBeLessThan(COMMAND_BYTES_MAX + 100);
    }
  });

  it("hold together what is bound to each other", () => {
    const elements = [
      longStroke("0", 2_000),
      { ...longStroke("1", 1_500), boundElements: [{ id: "2", type: "arrow" as const }] },
      arrow("2", "1", null),
      longStroke("3", 2_000),
    ];
    expect(commands(elements)).toEqual([["0", "1", "2"], ["3"]]);
    expect(commands([longStroke("0", 4_000), ...elements.slice(1)])[1]).toEqual(["1", "2", "3"]);
  });

  it("begin with the shapes where what is bound together does not fit into one", () => {
    const arrows = Array.from({ length: CHANGES_MAX }, (_, index) => arrow(`a${index}`, "s", null));
    const label = text("t", { containerId: "a0" });
    const all = commands([label, ...arrows, rectangle("s")]);
    expect(all.length).toBeGreaterThan(1);
    expect(all[0]?.[0]).toBe("s");
    const commandOf = (id: string) => all.findIndex((ids) => ids.includes(id));
    expect(commandOf("t")).toBeGreaterThanOrEqual(commandOf("a0"));
    expect(all.flat()).toHaveLength(arrows.length + 2);
  });

  it("hold no more groups than they are to", () => {
    const elements = [rectangle("1"), text("2", { containerId: "1" }), rectangle("3")];
    expect(commands(elements, 1)).toEqual([["1", "2"], ["3"]]);
  });
});

describe("what is shown again", () => {
  it("is named in parts that are not too much at once, in order", () => {
    const long = Array.from({ length: 30 }, (_, index) => longStroke(`s${index}`, 3_000));
    const board = new Map(long.map((element) => [element.id, { element }]));
    const small = Array.from({ length: CHANGES_MAX }, (_, index) => `x${index}`);
    const ids = [...board.keys(), ...small];
    const parts = inParts(ids, board);
    expect(parts.flat()).toEqual(ids);
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.length).toBeLessThan(6);
    for (const part of parts) {
      expect(part.length).toBeLessThanOrEqual(CHANGES_MAX);
      const sizes = part.map((id) => sizeOf(board.get(id)?.element ?? rectangle("none")));
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(700_000);
    }
    expect(inParts(["1", "2"], new Map())).toEqual([["1", "2"]]);
  });
});

describe("a stroke", () => {
  it("fits into a command, whatever its length", () => {
    const points = Array.from(
      { length: 20_000 },
      (_, index) => [index + 0.5, index + 0.5] as const,
    );
    const pressures = points.map(() => 0.5);
    const long = stroke("1", points, { pressures, simulatePressure: false });
    const fitting = fitStroke(long);
    expect(sizeOf(fitting)).toBeLessThan(COMMAND_BYTES_MAX);
    expect(fitting).toMatchObject({ pressures: { length: STROKE_POINTS_KEPT } });
    const short = longStroke("2", STROKE_POINTS_KEPT);
    expect(fitStroke(short)).toBe(short);
  });
});
