import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Attention } from "../protocol/generated";
import { Store } from "../state/store";
import { callAttention, firstTime, forget, isOwn, partOf } from "./attention";

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

describe("the end of a call for attention", () => {
  it("is its own: one that has come meanwhile is said", () => {
    const store = new Store();
    const call = (part: Attention["part"]) => {
      store.dispatch({ type: "attention", attention: { room: "hall", part, by: "claire" } });
      return store.getState().lesson.attention as Attention;
    };
    const first = call("board");
    const second = call("chat");
    forget(store, first);
    expect(store.getState().lesson.attention).toBe(second);
    forget(store, second);
    expect(store.getState().lesson.attention).toBeNull();
  });
});

describe("who has sent a call for attention", () => {
  const view = { x: 1, y: 2, width: 300, height: 200 };
  let room = 0;
  let here: Attention;
  beforeEach(() => {
    room += 1;
    here = { room: `hall-${room}`, part: "board", by: "claire", board: "rivers", view };
  });

  async function send({ by: _, ...call }: Attention, request = vi.fn().mockResolvedValue({})) {
    await callAttention(request, call);
    return request;
  }

  it("is this page when it has asked for it", async () => {
    const request = await send(here);
    expect(request).toHaveBeenCalledExactlyOnceWith("attention.call", {
      room: here.room,
      part: "board",
      board: "rivers",
      view,
    });
    expect(isOwn({ ...here, view: { ...view } }, "claire")).toBe(true);
  });

  it("is this page before its answer has come, too", () => {
    void send(here, vi.fn().mockReturnValue(new Promise(() => {})));
    expect(isOwn(here, "claire")).toBe(true);
  });

  it("is another page of the same teacher, or somebody else, when it has not", async () => {
    expect(isOwn(here, "claire")).toBe(false);
    await send(here);
    expect(isOwn(here, "ewa")).toBe(false);
    expect(isOwn({ ...here, view: { ...view, x: 7 } }, "claire")).toBe(false);
    expect(isOwn({ ...here, board: null, view: null }, "claire")).toBe(false);
  });

  it("is not this page when it was refused, and still is when only the second was", async () => {
    const refuse = () => vi.fn().mockRejectedValue(new Error("too many"));
    await expect(send(here, refuse())).rejects.toThrow();
    expect(isOwn(here, "claire")).toBe(false);
    await send(here);
    await expect(send(here, refuse())).rejects.toThrow();
    expect(isOwn(here, "claire")).toBe(true);
  });
});
