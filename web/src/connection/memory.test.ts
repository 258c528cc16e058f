import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  draftKey,
  draftReplyKey,
  emojiKey,
  forgetPerson,
  noticesKey,
  readMark,
  recall,
  remember,
  setReadMark,
} from "./memory";

class Storage {
  [key: string]: unknown;

  getItem(key: string): string | null {
    return (this[key] as string | undefined) ?? null;
  }
  setItem(key: string, value: string): void {
    this[key] = value;
  }
  removeItem(key: string): void {
    delete this[key];
  }
}

beforeEach(() => vi.stubGlobal("localStorage", new Storage()));
afterEach(() => vi.unstubAllGlobals());

describe("what this device remembers", () => {
  it("is forgotten with the person, and only with that one", () => {
    remember("language", "fr");
    for (const member of ["m1", "m12"]) {
      remember(draftKey(member, "r"), "half a sentence");
      remember(draftReplyKey(member, "r"), "5");
      remember(noticesKey(member), "on");
      remember(emojiKey(member), "🎉");
      setReadMark(member, "r", 7);
    }
    forgetPerson("m1");
    expect([recall(emojiKey("m1")), recall(emojiKey("m12"))]).toEqual([null, "🎉"]);
    expect([recall(draftKey("m1", "r")), readMark("m1", "r")]).toEqual([null, null]);
    expect([recall(draftReplyKey("m1", "r")), recall(noticesKey("m1"))]).toEqual([null, null]);
    expect([recall(draftReplyKey("m12", "r")), recall(noticesKey("m12"))]).toEqual(["5", "on"]);
    expect([recall(draftKey("m12", "r")), readMark("m12", "r")]).toEqual(["half a sentence", 7]);
    expect(recall("language")).toBe("fr");
  });
});
