import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PAUSES_MS, patiently } from "./laterParts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class FakeLink {
  rel: string;
  href: string;
  isRemoved = false;
  onload: () => void = () => {};
  onerror: () => void = () => {};

  constructor(rel = "", href = "") {
    this.rel = rel;
    this.href = href;
  }

  remove(): void {
    this.isRemoved = true;
  }
}

/** A document that asks for what is appended to its head, and hears of links that fail. */
function fakePage() {
  const listeners = new Set<(event: { target: unknown }) => void>();
  const asked: FakeLink[] = [];
  const fail = (link: FakeLink) => {
    for (const listener of listeners) {
      listener({ target: link });
    }
  };
  vi.stubGlobal("HTMLLinkElement", FakeLink);
  vi.stubGlobal("document", {
    addEventListener: (_: string, listener: () => void) => listeners.add(listener),
    createElement: () => new FakeLink(),
    head: { append: (link: FakeLink) => asked.push(link) },
  });
  return { asked, fail };
}

describe("a part of the page that comes later", () => {
  it("is asked for again after each pause, and once it is there no more", async () => {
    const load = vi.fn().mockRejectedValueOnce(new Error("no line")).mockResolvedValue("part");
    const loading = patiently(load);
    await vi.advanceTimersByTimeAsync(PAUSES_MS[0] ?? 0);
    expect(await loading).toBe("part");
    await vi.runAllTimersAsync();
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("has its style, which did not come at first either", async () => {
    const page = fakePage();
    const style = new FakeLink("stylesheet", "/assets/Part.css");
    const load = vi
      .fn()
      .mockImplementationOnce(() => {
        page.fail(style);
        page.fail(new FakeLink("icon", "/icon.svg"));
        return Promise.reject(new Error("Unable to preload CSS"));
      })
      .mockResolvedValue("part");
    const [loading, another] = [patiently(load), patiently(async () => "another")];
    expect(await another).toBe("another");
    expect(style.isRemoved).toBe(true);
    await vi.advanceTimersByTimeAsync(PAUSES_MS[0] ?? 0);
    expect(page.asked).toMatchObject([{ rel: "stylesheet", href: "/assets/Part.css" }]);
    expect(load).toHaveBeenCalledTimes(1); // not without the style
    page.fail(page.asked[0] ?? style);
    page.asked[0]?.onerror();
    await vi.advanceTimersByTimeAsync(PAUSES_MS[1] ?? 0);
    expect(page.asked).toHaveLength(2);
    page.asked[1]?.onload();
    expect(await loading).toBe("part");
    expect(await patiently(async () => "later")).toBe("later");
    expect(page.asked).toHaveLength(2);
  });

  it("is given up after the last pause", async () => {
    const load = vi.fn().mockRejectedValue(new Error("gone"));
    const loading = expect(patiently(load)).rejects.toThrow("gone");
    await vi.runAllTimersAsync();
    await loading;
    expect(load).toHaveBeenCalledTimes(PAUSES_MS.length + 1);
  });
});
