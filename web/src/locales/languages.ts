/**
 * The languages of the page: one catalogue of sentences each, beside this file. To add a language, add its file.
 *
 * A catalogue is named by its BCP 47 tag (`pl.json`), and all else is derived from that: its own name, the direction in
 * which it is written, its plural forms. Nobody keeps a list.
 */

import type { LATER } from "../../tools/languages";
import en from "./en.json?first";

/** A BCP 47 tag of which there is a catalogue. */
export type Language = string;

export const ENGLISH: Language = "en";

/** English is in the first load, to fall back on. The others come when they are chosen. */
export const ENGLISH_CATALOGUE = en;

type Words = { default: object };

/** What comes with the code that needs it: tools/languages.ts says which words are in which. */
export type LaterPart = keyof typeof LATER;

/** All parts; a page begins with the first. */
export type Part = "first" | LaterPart;

type Loaders = Record<string, () => Promise<Words>>;

// Vite wants each of these written out.
const LOADERS: Record<Part, Loaders> = {
  first: import.meta.glob<Words>(["./*.json", "!./en.json", "!./notes.json"], { query: "?first" }),
  boards: import.meta.glob<Words>(["./*.json", "!./notes.json"], { query: "?boards" }),
  call: import.meta.glob<Words>(["./*.json", "!./notes.json"], { query: "?call" }),
  lesson: import.meta.glob<Words>(["./*.json", "!./notes.json"], { query: "?lesson" }),
  groups: import.meta.glob<Words>(["./*.json", "!./notes.json"], { query: "?groups" }),
  files: import.meta.glob<Words>(["./*.json", "!./notes.json"], { query: "?files" }),
  emoji: import.meta.glob<Words>(["./*.json", "!./notes.json"], { query: "?emoji" }),
  sheet: import.meta.glob<Words>(["./*.json", "!./notes.json"], { query: "?sheet" }),
  rehearsal: import.meta.glob<Words>(["./*.json", "!./notes.json"], { query: "?rehearsal" }),
  report: import.meta.glob<Words>(["./*.json", "!./notes.json"], { query: "?report" }),
  transcript: import.meta.glob<Words>(["./*.json", "!./notes.json"], { query: "?transcript" }),
};

/** Scripts of living languages that are written from right to left (Unicode, UAX 9). */
const RIGHT_TO_LEFT = ["Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Syrc", "Thaa"];

export type Direction = "ltr" | "rtl";

/** All languages, in the order of their own names. */
export const LANGUAGES: readonly Language[] = Object.keys(LOADERS.boards)
  .map((path) => path.slice("./".length, -".json".length))
  .sort((one, other) => ownName(one).localeCompare(ownName(other), ENGLISH));

export function isLanguage(tag: string | undefined): tag is Language {
  return tag !== undefined && LANGUAGES.includes(tag);
}

/** What a language is called by those who speak it: whoever looks for theirs reads that one. */
export function ownName(language: Language): string {
  const name = new Intl.DisplayNames([language], { type: "language" }).of(language) ?? language;
  const [first = "", ...rest] = name;
  return first.toLocaleUpperCase(language) + rest.join("");
}

export function directionOf(language: Language): Direction {
  const script = new Intl.Locale(language).maximize().script ?? "";
  return RIGHT_TO_LEFT.includes(script) ? "rtl" : "ltr";
}

/** Fetch a part of a catalogue. Fails when the server cannot be reached. */
export async function loadCatalogue(language: Language, part: Part): Promise<object> {
  const load = LOADERS[part][`./${language}.json`];
  return load === undefined ? ENGLISH_CATALOGUE : (await load()).default;
}
