/** Reckons the contrast of what tokens.css puts together: text on its ground, and what marks a control. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const css = readFileSync(join(import.meta.dirname, "tokens.css"), "utf8");

/** The custom properties of a rule, by its selector. */
function rule(selector: string): Record<string, string> {
  const start = css.indexOf(`\n${selector} {`);
  if (start < 0) {
    throw new Error(`tokens.css has no rule for ${selector}`);
  }
  const body = css.slice(start, css.indexOf("\n}", start));
  return Object.fromEntries(
    [...body.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]),
  );
}

const [light, dark] = [rule(":root"), rule(':root[data-theme="dark"]')];
const THEMES = {
  light,
  dark: { ...light, ...dark },
  "light, high contrast": { ...light, ...rule(':root[data-contrast="high"]') },
  "dark, high contrast": {
    ...light,
    ...dark,
    ...rule(':root[data-theme="dark"][data-contrast="high"]'),
  },
};

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const GROUNDS = ["paper", "surface", "raised", "sunken"];
const CLASSES = ["1", "2", "3", "4", "5", "6", "none"];

/** Text, and the grounds on which it stands. */
const TEXTS: [string, string[]][] = [
  [
    "ink",
    [
      ...GROUNDS,
      "accent-tint",
      "warn-tint",
      "danger-tint",
      ...CLASSES.map((n) => `class-${n}-tint`),
    ],
  ],
  ["ink-soft", GROUNDS],
  ["accent", [...GROUNDS, "accent-tint"]],
  ["accent-strong", [...GROUNDS, "accent-tint"]],
  ["on-accent", ["accent", "accent-strong"]],
  ["surface", ["danger"]],
  ["warn", ["surface", "raised", "warn-tint"]],
  ["danger", ["surface", "raised", "danger-tint"]],
  ["ok", ["paper", "surface", "raised"]],
  ...CLASSES.map((n): [string, string[]] => [
    `class-${n}`,
    ["paper", "surface", "raised", `class-${n}-tint`],
  ]),
];

/** What shows where a control is, or that the keyboard is there: WCAG 2.2, 1.4.11. */
const MARKS: [string, string[]][] = [
  ["line-strong", ["paper", "surface", "raised"]],
  ["focus", GROUNDS],
  ["accent", GROUNDS],
];

describe.each(Object.entries(THEMES))("the colours %s", (name, tokens) => {
  const isHigh = name.includes("high");
  const tooLow = (pairs: [string, string[]][], least: number) =>
    pairs.flatMap(([front, grounds]) =>
      grounds
        .map(
          (ground) => [front, ground, contrast(tokens[front] ?? "", tokens[ground] ?? "")] as const,
        )
        .filter(([, , ratio]) => !(ratio >= least))
        .map(([, ground, ratio]) => `${front} on ${ground}: ${ratio.toFixed(2)}`),
    );

  it("let text be read", () => {
    expect(tooLow(TEXTS, isHigh ? 7 : 4.5)).toEqual([]);
  });

  it("let controls and the focus be seen", () => {
    expect(tooLow(MARKS, isHigh ? 4.5 : 3)).toEqual([]);
  });
});

it("reckons contrast as WCAG does", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
});
