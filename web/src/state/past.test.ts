import { describe, expect, it } from "vitest";
import type { Message } from "../protocol/generated";
import { openPast, readBackInPast, readOnInPast, type Shelves } from "./past";

function messages(...ids: number[]): Message[] {
  return ids.map((id) => ({ id, at: id, actor: "zoe", text: `text ${id}` }));
}

function ids(of: readonly Message[] | undefined): number[] {
  return (of ?? []).map(({ id }) => id);
}

const now: Shelves = { messages: messages(90, 95, 99), more: true, past: null };
const jumped = openPast(now, { messages: messages(20, 30), more: true }, 35);

describe("a look into the past", () => {
  it("stands beside what is at hand, with a hole between them", () => {
    expect(ids(jumped.past?.messages)).toEqual([20, 30]);
    expect(ids(jumped.messages)).toEqual([90, 95, 99]);
  });

  it("is no other list when it reaches what is at hand", () => {
    const near = openPast(now, { messages: messages(70, 80, 90, 95), more: false }, 97);
    expect(near).toEqual({ messages: messages(70, 80, 90, 95, 99), more: false, past: null });
  });

  it("changes nothing when all of it is at hand", () => {
    const same = openPast(now, { messages: messages(90, 95), more: false }, 96);
    expect(same).toEqual(now);
  });

  it("goes back, and takes what comes twice once", () => {
    const page = { messages: messages(5, 10), more: false };
    const back = readBackInPast(jumped, page, 20);
    expect(ids(back.past?.messages)).toEqual([5, 10, 20, 30]);
    expect(back.past?.more).toBe(false);
    expect(readBackInPast(back, page, 20)).toBe(back);
  });

  it("goes on, and takes what comes twice once", () => {
    const page = { messages: messages(40, 50), more: true };
    const on = readOnInPast(jumped, page, 30, 90);
    expect(ids(on.past?.messages)).toEqual([20, 30, 40, 50]);
    expect(readOnInPast(on, page, 30, 90)).toBe(on);
  });

  it("takes no page of another one, which would leave a hole", () => {
    const elsewhere = openPast(jumped, { messages: messages(60, 70), more: true }, 75);
    const back = readBackInPast(elsewhere, { messages: messages(5, 10), more: false }, 20);
    expect(back).toBe(elsewhere);
    const before = openPast(jumped, { messages: messages(3, 4), more: true }, 5);
    const on = readOnInPast(before, { messages: messages(40, 80), more: false }, 30, 90);
    expect(on).toBe(before);
  });

  it("ends where what is at hand begins: then both are one list", () => {
    const on = readOnInPast(jumped, { messages: messages(40, 80), more: false }, 30, 90);
    expect(ids(on.messages)).toEqual([20, 30, 40, 80, 90, 95, 99]);
    expect(on).toMatchObject({ past: null, more: true });
  });

  it("does not end when what is at hand has been read anew meanwhile, and begins later", () => {
    const later: Shelves = { ...jumped, messages: messages(120) };
    const on = readOnInPast(later, { messages: messages(40), more: false }, 30, 90);
    expect(ids(on.past?.messages)).toEqual([20, 30, 40]);
  });

  it("that was left takes no more pages", () => {
    expect(readOnInPast(now, { messages: messages(40), more: false }, 30, 90)).toBe(now);
    expect(readBackInPast(now, { messages: messages(10), more: false }, 20)).toBe(now);
  });
});
