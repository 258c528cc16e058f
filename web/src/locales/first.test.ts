/** What the page says before anything was loaded later is in the first part of the catalogues. */

import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { wordsOf } from "../../tools/languages";
import en from "./en.json";

const SOURCES = join(import.meta.dirname, "..");
const IMPORT =
  /^(?:import|export)\s(?!type\s)(?:[^;"]*?from\s)?"(\.[^"?]+)(?:\?[a-z]+)?";|^import\s"(\.[^"]+)";/gm;
const PLURAL = /_(?:zero|one|two|few|many|other)$/;

describe("the first part", () => {
  it("has every sentence that the modules of the first load ask for", () => {
    const first = new Set(keysOf(wordsOf(en, "first")));
    const later = [...keysOf(en)].filter((key) => !first.has(key));
    const modules = modulesOf(join(SOURCES, "main.tsx"));
    expect(modules.size).toBeGreaterThan(50);
    expect(later.length).toBeGreaterThan(100);
    const asked = later.filter((key) =>
      [...modules.values()].some((source) => source.includes(`t("${key}"`)),
    );
    expect(asked).toEqual([]);
  });
});

/** Keys without their plural forms, as the sources ask for them. */
function keysOf(words: object, above = ""): string[] {
  return Object.entries(words).flatMap(([key, below]) =>
    typeof below === "string"
      ? [above + key.replace(PLURAL, "")]
      : keysOf(below as object, `${above}${key}.`),
  );
}

/** A module and what it imports at once, by path, with their sources. */
function modulesOf(start: string): Map<string, string> {
  const found = new Map<string, string>();
  const waiting = [start];
  for (const path of waiting) {
    if (!found.has(path)) {
      const source = readFileSync(path, "utf8");
      found.set(path, source);
      for (const [, named, plain] of source.matchAll(IMPORT)) {
        const file = fileOf(join(dirname(path), named ?? plain ?? ""));
        if (file !== undefined) {
          waiting.push(file);
        }
      }
    }
  }
  return found;
}

function fileOf(path: string): string | undefined {
  return [`${path}.ts`, `${path}.tsx`].find(
    (file) => statSync(file, { throwIfNoEntry: false }) !== undefined,
  );
}
