import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeStorage } from "./fakeStorage";
import {
  draftKey,
  emojiKey,
  forgetPerson,
  noticesKey,
  readMark,
  recall,
  remember,
  setReadMark,
} from "./memory";

beforeEach(() => vi.stubGlobal("localStorage", new FakeStorage()));
afterEach(() => vi.unstubAllGlobals());

describe("what this device remembers", () => {
  it("is forgotten with the person, and only with that one", () => {
    remember("language", "fr");
    for (const member of ["m1", "m12"]) {
      remember(draftKey(member, "r", "tab1"), "half a sentence");
      remember(draftKey(member, "r", "tab2"), "half of another");
      remember(noticesKey(member), "on");
      remember(emojiKey(member), "🎉");
      setReadMark(member, "r", 7);
    }
    forgetPerson("m1");
    expect([recall(emojiKey("m1")), recall(emojiKey("m12"))]).toEqual([null, "🎉"]);
    expect(["tab1", "tab2"].map((tab) => recall(draftKey("m1", "r", tab)))).toEqual([null, null]);
    expect([recall(noticesKey("m1")), readMark("m1", "r")]).toEqual([null, null]);
    expect(recall(draftKey("m12", "r", "tab1"))).toBe("half a sentence");
    expect([recall(noticesKey("m12")), readMark("m12", "r")]).toEqual(["on", 7]);
    expect(recall("language")).toBe("fr");
  });
});
