import { describe, expect, it } from "vitest";
import { firstTime, partOf } from "./attention";

describe("a call for attention", () => {
  it("brings a part of the page, the call for a teacher's face", () => {
    expect(partOf("teacher")).toBe("call");
    expect(partOf("board")).toBe("board");
  });

  it("does so once, and the next one again", () => {
    const call = { room: "hall" };
    expect([firstTime(call), firstTime(call), firstTime({ ...call })]).toEqual([true, false, true]);
  });
});
