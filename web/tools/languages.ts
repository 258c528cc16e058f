/** What the build does with catalogues: ours in two parts, and of other people's the languages that the page has itself. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/** The languages of the page, by their BCP 47 tags: the names of its catalogues. */
export const PAGE_LANGUAGES: ReadonlySet<string> = new Set(
  readdirSync(join(import.meta.dirname, "../src/locales"))
    .filter((file) => file.endsWith(".json") && file !== "notes.json")
    .map((file) => file.slice(0, -".json".length)),
);

/** Top keys of a catalogue that nobody needs who has not opened a board. */
const OF_BOARDS = ["boardMenu", "boardTemplates"];

const PART = /^(.*\.json)\?(first|boards)$/;

/** Lets `fr.json?first` and `fr.json?boards` be imported: together they are `fr.json`. */
export function catalogueParts(): Plugin {
  return {
    name: "catalogue-parts",
    enforce: "pre",

    load(id) {
      const [, path, part] = PART.exec(id) ?? [];
      if (path === undefined) {
        return null;
      }
      this.addWatchFile(path);
      const whole = Object.entries(JSON.parse(readFileSync(path, "utf8")) as object);
      const kept = whole.filter(([key]) => OF_BOARDS.includes(key) === (part === "boards"));
      return { code: JSON.stringify(Object.fromEntries(kept)), moduleType: "json" };
    },
  };
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
