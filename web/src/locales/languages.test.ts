/** The languages of the page, as they are found, named and laid out. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LATER } from "../../tools/languages";
import {
  directionOf,
  isLanguage,
  LANGUAGES,
  type LaterPart,
  loadCatalogue,
  ownName,
  type Part,
} from "./languages";

interface Words {
  [key: string]: string | Words;
}

const PARTS: Part[] = ["first", ...(Object.keys(LATER) as LaterPart[])];

/** Adds `part` to `whole`; that nothing is in two parts is seen here. */
function merge(whole: Words, part: object): void {
  for (const [key, words] of Object.entries(part as Words)) {
    const there = whole[key];
    if (there === undefined) {
      whole[key] = words;
    } else if (typeof there === "string" || typeof words === "string") {
      throw new Error(`${key} is in two parts`);
    } else {
      merge(there, words);
    }
  }
}

describe("the languages", () => {
  it("are those that have a catalogue, notes are none", () => {
    const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".json"));
    const tags = files.map((file) => file.slice(0, -".json".length));
    expect([...LANGUAGES].sort()).toEqual(tags.filter((tag) => tag !== "notes").sort());
    expect(LANGUAGES.length).toBeGreaterThanOrEqual(8);
  });

  it("are called by their own names, in the order of these", () => {
    const names = LANGUAGES.map(ownName);
    expect(names).toEqual([...names].sort((one, other) => one.localeCompare(other, "en")));
    expect(names).toContain("Français");
    expect(names).toContain("Українська");
    expect(names).toContain("العربية");
  });

  it("run as their scripts do", () => {
    expect(LANGUAGES.filter((language) => directionOf(language) === "rtl")).toEqual(["ar"]);
    expect(["he", "fa", "ur", "ug", "dv"].map(directionOf)).toEqual(Array(5).fill("rtl"));
    expect(["az", "ka", "tr", "el"].map(directionOf)).toEqual(Array(4).fill("ltr"));
  });

  it("can all be loaded, in parts that are the whole together", async () => {
    for (const language of LANGUAGES) {
      const path = join(import.meta.dirname, `${language}.json`);
      const together = {};
      for (const part of PARTS) {
        merge(together, await loadCatalogue(language, part));
      }
      expect(together, language).toEqual(JSON.parse(readFileSync(path, "utf8")));
    }
  });

  it("are told from other words", () => {
    expect(isLanguage("uk")).toBe(true);
    expect(isLanguage("notes")).toBe(false);
    expect(isLanguage("toString")).toBe(false);
    expect(isLanguage(undefined)).toBe(false);
  });
});
