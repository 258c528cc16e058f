import { describe, expect, it } from "vitest";
import { isWithin, rectOf, showing, withMargin } from "./view";

const SCREEN = { width: 800, height: 600 };

describe("the view", () => {
  it("is where one has scrolled and zoomed to", () => {
    expect(rectOf({ scrollX: -100, scrollY: 50, zoom: 2, ...SCREEN })).toEqual({
      x: 100,
      y: -50,
      width: 400,
      height: 300,
    });
  });

  it("shows the whole of what another screen shows, in the middle", () => {
    const view = showing({ x: 0, y: 0, width: 400, height: 100 }, SCREEN);
    expect(view.zoom).toBe(2);
    const seen = rectOf({ ...view, ...SCREEN });
    expect([seen.x + 0, seen.y, seen.width, seen.height]).toEqual([0, -100, 400, 300]);
  });

  it("leaves space around, and shows nothing larger than asked for", () => {
    const rect = withMargin({ x: 0, y: 0, width: 85, height: 170 });
    expect(rect).toEqual({ x: -7.5, y: -15, width: 100, height: 200 });
    const view = showing(rect, SCREEN, 1);
    expect(view.zoom).toBe(1);
    const { x, y, width, height } = rectOf({ ...view, ...SCREEN });
    expect([x + width / 2, y + height / 2]).toEqual([42.5, 85]);
  });

  it("tells whether all of something is in it", () => {
    const seen = { x: 0, y: 0, width: 100, height: 100 };
    expect(isWithin({ x: 0, y: 10, width: 100, height: 90 }, seen)).toBe(true);
    for (const rect of [{ x: -1 }, { y: -1 }, { x: 51 }, { y: 51 }]) {
      expect(isWithin({ x: 0, y: 0, width: 50, height: 50, ...rect }, seen)).toBe(false);
    }
  });

  it("stays within what the editor can zoom", () => {
    expect(showing({ x: 0, y: 0, width: 0, height: 0 }, SCREEN).zoom).toBe(30);
    expect(showing({ x: 0, y: 0, width: 1e6, height: 1 }, SCREEN).zoom).toBe(0.1);
  });
});
