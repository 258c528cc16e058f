import { describe, expect, it, vi } from "vitest";
import { mayMoveFocus } from "./lateFocus";

describe("the focus after a late answer", () => {
  const body = {};
  const button = {};
  const composer = {};
  const card = { contains: (other: unknown) => other === button } as unknown as Element;

  function at(activeElement: unknown): boolean {
    vi.stubGlobal("document", { activeElement, body });
    return mayMoveFocus(card);
  }

  it("is moved when it is where it was asked from, or nowhere", () => {
    expect([at(button), at(body), at(null)]).toEqual([true, true, true]);
  });

  it("stays where somebody writes by now", () => {
    expect(at(composer)).toBe(false);
    expect(mayMoveFocus(null)).toBe(false);
  });
});
