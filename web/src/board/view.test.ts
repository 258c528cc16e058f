import { describe, expect, it } from "vitest";
import { rectOf, showing } from "./view";

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

  it("stays within what the editor can zoom", () => {
    expect(showing({ x: 0, y: 0, width: 0, height: 0 }, SCREEN).zoom).toBe(30);
    expect(showing({ x: 0, y: 0, width: 1e6, height: 1 }, SCREEN).zoom).toBe(0.1);
  });
});
