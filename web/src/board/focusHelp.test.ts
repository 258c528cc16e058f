import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { focusHelp } from "./focusHelp";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the focus in the editor's help", () => {
  function setUp() {
    const help = { focus: vi.fn() };
    const page = { isOpen: true, isDrawn: false, looks: 0 };
    vi.stubGlobal("document", {
      querySelector: () => {
        page.looks += 1;
        return page.isDrawn ? help : null;
      },
    });
    vi.stubGlobal("requestAnimationFrame", (work: () => void) => setTimeout(work, 16));
    focusHelp(() => page.isOpen);
    return { help, page };
  }

  it("comes when a busy browser has drawn it, once", () => {
    const { help, page } = setUp();
    vi.advanceTimersByTime(2_000);
    page.isDrawn = true;
    vi.advanceTimersByTime(2_000);
    expect(help.focus).toHaveBeenCalledOnce();
  });

  it("is not waited for for ever", () => {
    const { help, page } = setUp();
    vi.advanceTimersByTime(4_000);
    page.isDrawn = true;
    vi.advanceTimersByTime(4_000);
    expect(help.focus).not.toHaveBeenCalled();
  });

  it("is not looked for when it was closed meanwhile", () => {
    const { page } = setUp();
    page.isOpen = false;
    vi.advanceTimersByTime(100);
    const { looks } = page;
    vi.advanceTimersByTime(4_000);
    expect(page.looks).toBe(looks);
  });
});
