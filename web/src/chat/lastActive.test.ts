import { afterEach, describe, expect, it, vi } from "vitest";
import { comeTo, goFrom, isLast, onSpots } from "./lastActive";

const focused = Symbol("focused");
const pointed = Symbol("pointed");

afterEach(() => {
  goFrom(focused);
  goFrom(pointed);
});

describe("the message one was at last", () => {
  it("is one at a time, and the one before when that is left", () => {
    comeTo(focused);
    comeTo(pointed);
    expect([isLast(focused), isLast(pointed)]).toEqual([false, true]);
    goFrom(pointed);
    expect([isLast(focused), isLast(pointed)]).toEqual([true, false]);
    goFrom(focused);
    expect(isLast(focused)).toBe(false);
  });

  it("is the one with the focus again when a key is pressed, though the pointer still rests elsewhere", () => {
    comeTo(focused);
    comeTo(pointed);
    comeTo(focused);
    expect([isLast(focused), isLast(pointed)]).toEqual([true, false]);
  });

  it("is told when it changes, and only then", () => {
    const heard = vi.fn();
    const stop = onSpots(heard);
    comeTo(focused);
    comeTo(focused);
    goFrom(pointed);
    expect(heard).toHaveBeenCalledTimes(1);
    stop();
    comeTo(pointed);
    expect(heard).toHaveBeenCalledTimes(1);
  });
});
