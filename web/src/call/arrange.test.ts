import { describe, expect, it } from "vitest";
import { type Arrangement, arrange, BARE_MEASURES, GROUP_MEASURES, TILE_RATIO } from "./arrange";

const alone = (tiles: number) => ({ tiles, chips: 0 });

/** What the arrangement takes, computed in another way than it was found. */
function size({ tileWidth, rows, columns }: Arrangement, groups: readonly { tiles: number }[]) {
  const { heading, padding, gap } = GROUP_MEASURES;
  const across = (number: number) => columns[number] ?? 1;
  const width = (number: number) => across(number) * (tileWidth + gap) - gap + 2 * padding;
  const height = (number: number) => {
    const lines = Math.ceil((groups[number]?.tiles ?? 0) / across(number));
    return lines * (Math.ceil(tileWidth / TILE_RATIO) + gap) - gap + 2 * padding + heading;
  };
  return {
    width: Math.max(
      ...rows.map((row) => row.reduce((sum, number) => sum + width(number) + gap, -gap)),
    ),
    height: rows.reduce((sum, row) => sum + Math.max(...row.map(height)) + gap, -gap),
  };
}

describe("arrange", () => {
  it("puts two classes side by side on a wide screen, and one above the other on a phone", () => {
    expect(arrange([alone(1), alone(1)], 900, 500).rows).toEqual([[0, 1]]);
    expect(arrange([alone(1), alone(1)], 390, 500).rows).toEqual([[0], [1]]);
  });

  it.each([
    [[1, 1], 900, 500],
    [[3, 3], 900, 500],
    [[1, 5, 2], 900, 600],
    [[2, 2, 2, 2, 2, 2], 1200, 700],
    [[4, 2], 390, 420],
  ])("fits %j into %d x %d", (counts, width, height) => {
    const groups = counts.map(alone);
    const taken = size(arrange(groups, width, height), groups);
    expect(taken.width).toBeLessThanOrEqual(width);
    expect(taken.height).toBeLessThanOrEqual(height);
  });

  it("holds every group exactly once, in order", () => {
    const { rows, columns } = arrange([alone(3), alone(1), alone(2), alone(9)], 640, 480);
    expect(rows.flat()).toEqual([0, 1, 2, 3]);
    expect(columns).toHaveLength(4);
  });

  it("stays within the width where the height is too small, so that it scrolls one way only", () => {
    const groups = [alone(9), alone(9), alone(9)];
    expect(size(arrange(groups, 390, 200), groups).width).toBeLessThanOrEqual(390);
  });

  it("leaves room for people without a picture", () => {
    const without = arrange([alone(2)], 600, 300).tileWidth;
    expect(arrange([{ tiles: 2, chips: 12 }], 600, 300).tileWidth).toBeLessThan(without);
  });

  it("gives one tile the whole width, without a class around it", () => {
    expect(arrange([alone(1)], 640, 400, BARE_MEASURES).tileWidth).toBe(640);
  });

  it("answers something for no people and for no space", () => {
    expect(arrange([], 640, 400).rows).toEqual([]);
    expect(arrange([alone(2)], 0, 0).columns).toEqual([1]);
  });

  it("makes a class of many of them wide rather than high", () => {
    const { columns, tileWidth } = arrange([{ tiles: 0, chips: 20 }], 800, 400);
    expect((columns[0] ?? 1) * tileWidth).toBeGreaterThan(400);
  });
});
