import { describe, expect, it } from "vitest";
import { fileName } from "./saveFile";

describe("fileName", () => {
  it("has the day, and nothing that a system refuses", () => {
    const day = new Date(2026, 10, 2);
    expect(fileName("Klasa 4/5: „Woda”?", day, "png")).toBe("Klasa 4 5  „Woda” 2026-11-02.png");
  });
});
