import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import {
  type Appearance,
  CHOICES,
  type DeviceWishes,
  parseAppearance,
  resolve,
} from "./appearance";

const early = readFileSync(join(import.meta.dirname, "appearance-early.js"), "utf8");

/** What the script in the head of the page sets. */
function setEarly(kept: string | null, wishes: DeviceWishes): object {
  const dataset = {};
  const granted = {
    "(prefers-color-scheme: dark)": wishes.dark,
    "(prefers-contrast: more)": wishes.contrast,
    "(prefers-reduced-motion: reduce)": wishes.stillness,
  };
  runInNewContext(early, {
    document: { documentElement: { dataset } },
    localStorage: { getItem: (key: string) => (key === "rtserver.appearance" ? kept : "?") },
    matchMedia: (query: keyof typeof granted) => {
      expect(granted).toHaveProperty([query]);
      return { matches: granted[query] };
    },
  });
  return dataset;
}

function every(): Appearance[] {
  const { theme, contrast, text, motion } = CHOICES;
  return theme.flatMap((t) =>
    contrast.flatMap((c) =>
      text.flatMap((x) => motion.map((m) => ({ theme: t, contrast: c, text: x, motion: m }))),
    ),
  );
}

const WISHES: DeviceWishes[] = [
  { dark: false, contrast: false, stillness: false },
  { dark: true, contrast: true, stillness: true },
];

describe("the looks of the page", () => {
  it("are the same before the first paint and after", () => {
    for (const wishes of WISHES) {
      for (const chosen of every()) {
        expect(setEarly(JSON.stringify(chosen), wishes)).toEqual(resolve(chosen, wishes));
      }
      for (const kept of [null, "", "null", "[]", "7", "{", '{"theme":"pink","text":3}']) {
        expect(setEarly(kept, wishes), String(kept)).toEqual(
          resolve(parseAppearance(kept), wishes),
        );
      }
    }
  });

  it("follow the device until somebody chooses", () => {
    const chosen = parseAppearance(null);
    expect(resolve(chosen, { dark: true, contrast: true, stillness: true })).toEqual({
      theme: "dark",
      contrast: "high",
      text: "normal",
      motion: "less",
    });
    expect(
      resolve({ ...chosen, theme: "light" }, { dark: true, contrast: false, stillness: false }),
    ).toEqual({
      theme: "light",
      contrast: "normal",
      text: "normal",
      motion: "full",
    });
  });
});
