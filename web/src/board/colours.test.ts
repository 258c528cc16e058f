import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CLASS_COLOURS, colourOfClass, NO_CLASS_COLOUR } from "./colours";

describe("the colours of classes", () => {
  const tokens = readFileSync(join(import.meta.dirname, "../ui/tokens.css"), "utf8");
  const inPage = (name: string) => tokens.match(new RegExp(`--class-${name}: (#\\w+);`))?.[1];

  it("are those of the light page", () => {
    expect(CLASS_COLOURS.map((_, index) => inPage(String(index + 1)))).toEqual(CLASS_COLOURS);
    expect(inPage("none")).toBe(NO_CLASS_COLOUR);
  });

  it("begin again after the last one", () => {
    expect(colourOfClass(CLASS_COLOURS.length)).toBe(colourOfClass(0));
    expect(colourOfClass(null)).toBe(NO_CLASS_COLOUR);
  });
});
