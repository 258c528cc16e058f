/** The emoji of the picker: each is one, once, and has a name in each language of the page. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LANGUAGES } from "../../locales/languages";
import { REACTIONS } from "../../protocol/generated";
import { EMOJI_COLUMNS } from "../EmojiGrid";
import { FLAG_COUNTRIES, PICTURES } from "./emoji";
import { findEmoji, loadNames, type NamedEmoji } from "./names";

/** Recommended for general interchange, drawn in colours: UTS 51, ED-27. */
const SEQUENCE = "^\\p{RGI_Emoji}$";
const EMOJI = new RegExp(SEQUENCE, "v");

/** UTS 51: the signs that make people female or male, and the five colours of skin. */
const OF_A_KIND_OF_PEOPLE = /\u2640|\u2642|\p{Emoji_Modifier}/u;

const pictures = Object.values(PICTURES).flat();

function found(all: readonly NamedEmoji[], query: string): string[] {
  return findEmoji(all, query).map(({ emoji }) => emoji);
}

describe("the emoji", () => {
  it("are emoji, each once, of no sex or colour of skin", () => {
    expect(pictures.filter((emoji) => !EMOJI.test(emoji))).toEqual([]);
    expect(pictures.filter((emoji) => OF_A_KIND_OF_PEOPLE.test(emoji))).toEqual([]);
    expect(new Set(pictures).size).toBe(pictures.length);
  });

  it("fill their rows", () => {
    for (const group of Object.values(PICTURES)) {
      expect(group.length % EMOJI_COLUMNS).toBe(0);
    }
  });

  it("hold what can be a reaction, so that one finds it in both places", () => {
    expect(REACTIONS.filter((reaction) => !pictures.includes(reaction))).toEqual([]);
  });

  it("have the flags of the countries of the programme", () => {
    const file = join(import.meta.dirname, "../../../../rooms/data/countries.json");
    const { countries } = JSON.parse(readFileSync(file, "utf8")) as {
      countries: { code: string }[];
    };
    expect(FLAG_COUNTRIES).toEqual(countries.map(({ code }) => code));
  });
});

describe.each(LANGUAGES)("their names in %s", (language) => {
  it("are there, and different", async () => {
    const all = await loadNames(language);
    const names = all.map(({ name }) => name);
    expect(all).toHaveLength(pictures.length + FLAG_COUNTRIES.length);
    expect(all.filter(({ name, emoji }) => name.trim() === "" || name === emoji)).toEqual([]);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(all.filter(({ nameWords }) => nameWords.length === 0)).toEqual([]);
  });
});

describe("the search", () => {
  it("finds by the beginnings of words, by names before other words", async () => {
    const english = await loadNames("en");
    expect(found(english, "dog")[0]).toBe("🐶");
    expect(found(english, "dog fa")).toEqual(["🐶"]);
    expect(found(english, "star").slice(0, 2)).toEqual(["⭐", "🤩"]);
    expect(found(english, "teacher")).toContain("🧑‍🏫");
    expect(found(english, "  ")).toEqual([]);
    expect(found(english, "xyzzy")).toEqual([]);
  });

  it.each([
    ["fr", "ecole", "🏫"],
    ["de", "BÄR", "🐻"],
    ["pl", "zolw", "🐢"],
    ["pl", "wlochy", "🇮🇹"],
    ["uk", "сонце", "☀️"],
    ["ar", "مدرسه", "🏫"],
    ["it", "cuore", "❤️"],
    ["es", "musica", "🎵"],
  ])("knows no accents in %s: %s", async (language, query, emoji) => {
    expect(found(await loadNames(language), query)).toContain(emoji);
  });
});
