/** What the build does with catalogues: ours in parts, and of other people's the languages that the page has itself. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/** The languages of the page, by their BCP 47 tags: the names of its catalogues. */
export const PAGE_LANGUAGES: ReadonlySet<string> = new Set(
  readdirSync(join(import.meta.dirname, "../src/locales"))
    .filter((file) => file.endsWith(".json") && file !== "notes.json")
    .map((file) => file.slice(0, -".json".length)),
);

/**
 * What of a catalogue comes later, with the code that needs it: keys, or paths to keys. All the rest is in the first load.
 *
 * A new part is named here and in src/locales/languages.ts, which says how it is fetched.
 */
export const LATER = {
  boards: ["boardMenu", "boardTemplates"],
  call: [
    "call.announce",
    "call.bandwidth",
    "call.bar",
    "call.devices",
    "call.everyone",
    "call.hands",
    "call.lobby",
    "call.note",
    "call.quality",
    "call.settings",
    "call.tile",
    "call.trouble",
  ],
  lesson: ["lesson"],
  groups: ["groups"],
  files: ["files"],
  emoji: ["emoji"],
  sheet: ["sheet"],
  rehearsal: ["rehearsal"],
  report: ["report"],
  transcript: ["transcript"],
} as const satisfies Record<string, readonly string[]>;

const PART = /^(.*\.json)\?([a-z]+)$/;
const FIRST = "first";

interface Words {
  [key: string]: string | Words;
}

/** Lets `fr.json?first`, `fr.json?boards` and so on be imported: together they are `fr.json`. */
export function catalogueParts(): Plugin {
  return {
    name: "catalogue-parts",
    enforce: "pre",

    load(id) {
      const [, path, part] = PART.exec(id) ?? [];
      if (path === undefined || part === undefined || !(part === FIRST || part in LATER)) {
        return null;
      }
      this.addWatchFile(path);
      const words = JSON.parse(readFileSync(path, "utf8")) as Words;
      return { code: JSON.stringify(wordsOf(words, part)), moduleType: "json" };
    },
  };
}

/** The words of `catalogue` that are in one part. */
export function wordsOf(catalogue: Words, part: string, above = ""): Words {
  const found: Words = {};
  for (const [key, words] of Object.entries(catalogue)) {
    const path = above + key;
    const isBranch = typeof words !== "string" && partOf(path) === FIRST;
    if (!isBranch && partOf(path) === part) {
      found[key] = words;
    }
    const below = isBranch ? wordsOf(words, part, `${path}.`) : {};
    if (Object.keys(below).length > 0) {
      found[key] = below;
    }
  }
  return found;
}

function partOf(path: string): string {
  for (const [part, paths] of Object.entries(LATER)) {
    if ((paths as readonly string[]).includes(path)) {
      return part;
    }
  }
  return FIRST;
}

const NO_LANGUAGE = "\0components-without-this-language";
const STRINGS = /\/react-(?:aria|stately|aria-components)\/dist\/(?:\w+\/)*intlStrings\.mjs$/;
const CATALOGUE = /\/intl\/(?:[\w-]+\/)*([a-z]+)-[A-Z]+\.mjs$/;

/** React Aria's words ("Dismiss") come in 34 languages, all of them in the first load. */
export function componentLanguages(): Plugin {
  let left = 0;
  return {
    name: "component-languages",
    apply: "build",
    enforce: "pre",

    resolveId(source, importer) {
      if (importer === undefined || !STRINGS.test(importer)) {
        return null;
      }
      const language = CATALOGUE.exec(source)?.[1];
      if (language === undefined || PAGE_LANGUAGES.has(language)) {
        return null;
      }
      left += 1;
      return NO_LANGUAGE;
    },

    load(id) {
      return id === NO_LANGUAGE ? "export default {}" : null;
    },

    generateBundle() {
      if (left === 0) {
        throw new Error("React Aria has changed: its catalogues are not where they were.");
      }
    },
  };
}
