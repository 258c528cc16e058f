/** The page works from right to left: no style names the left or the right where the beginning or the end is meant. */

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const SOURCES = join(import.meta.dirname, "..");

/** Declarations that mean the side itself, in every language, and why. */
const MEANT: Record<string, string> = {
  "board/board.css: left: 0": "a pointer's place on the board is counted from the board's left",
};

/** What `--forward` (base.css) or a container that is "ltr" makes right has to be written with it. */
const FORWARD = "var(--forward)";

interface Declaration {
  property: string;
  value: string;
}

function filesOf(folder: string, kind: RegExp): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesOf(path, kind) : kind.test(entry.name) ? [path] : [];
  });
}

/** The declarations of a stylesheet, wherever they stand in it. */
function declarationsOf(css: string): Declaration[] {
  const bare = css.replace(/\/\*[\s\S]*?\*\//g, "");
  return [...bare.matchAll(/(?<=[{;]\s*)([\w-]+)\s*:\s*([^;{}]+)(?=[;}])/g)].map(
    ([, property = "", value = ""]) => ({ property, value: value.trim().replace(/\s+/g, " ") }),
  );
}

/** Parts of a value at its spaces, but not at those within brackets. */
function partsOf(value: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const character of value) {
    depth += character === "(" ? 1 : character === ")" ? -1 : 0;
    if (character === " " && depth === 0) {
      parts.push("");
    } else {
      parts[parts.length - 1] += character;
    }
  }
  return parts;
}

const SIDED_PROPERTY =
  /^(left|right|(margin|padding|scroll-margin|scroll-padding)-(left|right)|border-(left|right)(-\w+)?|border-(top|bottom)-(left|right)-radius)$/;
const SIDED_VALUE = /^(text-align|float|clear|justify-content|justify-items|justify-self)$/;
const FOUR_SIDES =
  /^(margin|padding|inset|border-(width|color|style)|scroll-(margin|padding)|border-radius)$/;

/** Whether a declaration does something else on the left than on the right. */
function isSided({ property, value }: Declaration): boolean {
  if (SIDED_PROPERTY.test(property)) {
    return true;
  }
  if (SIDED_VALUE.test(property)) {
    return /\b(left|right)\b/.test(value);
  }
  if (FOUR_SIDES.test(property)) {
    const [first = "", second = first, third = first, fourth = second] = partsOf(value);
    return property === "border-radius"
      ? first !== second || third !== fourth // corners, from the upper left on
      : second !== fourth;
  }
  if (property === "transform" || property === "translate") {
    const across = /translate(?:X|3d)?\(\s*([^,)]+)/.exec(value)?.[1] ?? "0";
    const moves = property === "translate" ? (partsOf(value)[0] ?? "0") : across;
    return !["0", "0px", "none"].includes(moves) && !value.includes(FORWARD);
  }
  if (property === "transform-origin") {
    return !/^(center|top|bottom|50%)/.test(value) && !value.includes(FORWARD);
  }
  return false;
}

describe("the stylesheets", () => {
  const sheets = filesOf(SOURCES, /\.css$/);

  it("speak of the beginning and the end of a line, not of its left and right", () => {
    const found = sheets.flatMap((path) =>
      declarationsOf(readFileSync(path, "utf8"))
        .filter(isSided)
        .map(({ property, value }) => `${relative(SOURCES, path)}: ${property}: ${value}`),
    );
    expect(found.sort()).toEqual(Object.keys(MEANT).sort());
  });

  it("are found", () => {
    expect(sheets.length).toBeGreaterThan(10);
    const count = sheets.flatMap((path) => declarationsOf(readFileSync(path, "utf8"))).length;
    expect(count).toBeGreaterThan(1000);
  });
});

describe("the styles that components set", () => {
  /** `board/` counts pixels from the left of a board; React knows no logical names for a transform. */
  const sided =
    /\b(marginLeft|marginRight|paddingLeft|paddingRight|borderLeft\w*|borderRight\w*|scrollLeft)\b|style=\{\{[^}]*\b(left|right):/;

  it("speak of the beginning and the end too", () => {
    const found = filesOf(SOURCES, /(?<!\.test)\.tsx?$/).filter((path) =>
      sided.test(readFileSync(path, "utf8")),
    );
    expect(found.map((path) => relative(SOURCES, path))).toEqual([]);
  });
});

describe("isSided", () => {
  const rule = (css: string) => declarationsOf(`a { ${css} }`).some(isSided);

  it("finds what names a side", () => {
    expect(rule("margin-left: auto;")).toBe(true);
    expect(rule("border-right-color: red;")).toBe(true);
    expect(rule("border-top-left-radius: 0;")).toBe(true);
    expect(rule("text-align: right;")).toBe(true);
    expect(rule("padding: 0 1px 0 2px;")).toBe(true);
    expect(rule("padding: 0 max(1px, 2px) 0 calc(1px + 2px);")).toBe(true);
    expect(rule("border-radius: 4px 14px 14px;")).toBe(true);
    expect(rule("transform: translateX(-50%);")).toBe(true);
    expect(rule("translate: 20px 0;")).toBe(true);
    expect(rule("transform-origin: left;")).toBe(true);
  });

  it("lets pass what is the same on both sides, or turns", () => {
    expect(rule("margin: 0 1px 2px 1px;")).toBe(false);
    expect(rule("padding: 0 1px 2px;")).toBe(false);
    expect(rule("border-radius: 4px 4px 14px 14px;")).toBe(false);
    expect(rule("inset: 0;")).toBe(false);
    expect(rule("text-align: start;")).toBe(false);
    expect(rule("transform: translateY(2px);")).toBe(false);
    expect(rule("transform: translate(0, 2px);")).toBe(false);
    expect(rule("transform: translateX(calc(20px * var(--forward)));")).toBe(false);
    expect(rule("inset-inline-start: 0;")).toBe(false);
  });
});
