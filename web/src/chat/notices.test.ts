import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeStorage } from "../connection/fakeStorage";
import { areNoticesOn, noticePermission, showNotice, switchNotices } from "./notices";

function browserThat(answers: "granted" | "denied", now: NotificationPermission = "default") {
  const shown: { text: string; tag: string | undefined; onclick?: () => void; close(): void }[] =
    [];
  class FakeNotification {
    static permission: NotificationPermission = now;
    static async requestPermission() {
      FakeNotification.permission = answers;
      return answers;
    }
    onclick?: () => void;
    readonly text: string;
    readonly tag: string | undefined;
    constructor(text: string, options: { tag?: string }) {
      this.text = text;
      this.tag = options.tag;
      shown.push(this);
    }
    close() {}
  }
  vi.stubGlobal("Notification", FakeNotification);
  return shown;
}

beforeEach(() => {
  vi.stubGlobal("localStorage", new FakeStorage());
});
afterEach(() => vi.unstubAllGlobals());

describe("notices about mentions", () => {
  it("are off until somebody switches them on, and the browser lets us", async () => {
    browserThat("granted");
    expect(areNoticesOn("m_1")).toBe(false);
    expect(await switchNotices("m_1", true)).toBe(true);
    expect([areNoticesOn("m_1"), areNoticesOn("m_2")]).toEqual([true, false]);
    expect(await switchNotices("m_1", false)).toBe(false);
    expect(areNoticesOn("m_1")).toBe(false);
  });

  it("stay off when the browser does not let us", async () => {
    browserThat("denied");
    expect(await switchNotices("m_1", true)).toBe(false);
    expect([areNoticesOn("m_1"), noticePermission()]).toEqual([false, "denied"]);
  });

  it("are impossible where there are none", async () => {
    expect("Notification" in globalThis).toBe(false);
    expect(noticePermission()).toBe("impossible");
    expect(await switchNotices("m_1", true)).toBe(false);
  });

  it("lead to what they are about", () => {
    const shown = browserThat("granted", "granted");
    const focus = vi.fn();
    vi.stubGlobal("window", { focus });
    const onPress = vi.fn();
    showNotice({ text: "Zoe mentions you", room: "r", onPress });
    expect(shown[0]).toMatchObject({ text: "Zoe mentions you", tag: "r" });
    shown[0]?.onclick?.();
    expect([focus.mock.calls.length, onPress.mock.calls.length]).toEqual([1, 1]);
  });

  it("are left out where the browser refuses to show them", () => {
    vi.stubGlobal("Notification", () => {
      throw new TypeError("Illegal constructor");
    });
    expect(() => showNotice({ text: "x", room: "r", onPress: () => {} })).not.toThrow();
  });
});
