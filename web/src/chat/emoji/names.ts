/** The emoji of the picker with their names in the reader's language, and how they are found. */

import type { EmojiWords } from "../../../tools/emoji-names";
import { countryName, flagOf } from "../../ui/places";
import { fold, WORD } from "../fold";
import { type EmojiGroup, FLAG_COUNTRIES, PICTURES } from "./emoji";

export interface NamedEmoji {
  emoji: string;
  group: EmojiGroup;
  name: string;
  /** Of the name, folded. */
  nameWords: readonly string[];
  /** What else it may be looked for by, folded. */
  otherWords: readonly string[];
}

const NOT_FOUND = 3;

const LOADERS = import.meta.glob<{ default: EmojiWords }>(
  ["../../locales/*.json", "!../../locales/notes.json"],
  { query: "?emoji-names" },
);

/** All of them, group by group. Without a connection they have no names: each is then called what it is. */
export async function loadNames(language: string): Promise<readonly NamedEmoji[]> {
  const words = await LOADERS[`../../locales/${language}.json`]?.().catch(() => null);
  const groups = Object.entries(PICTURES) as [EmojiGroup, readonly string[]][];
  const pictures = groups.flatMap(([group, emoji]) =>
    emoji.map((each) => named(each, group, ...(words?.default[each] ?? [each, ""]))),
  );
  const flags = FLAG_COUNTRIES.map((country) =>
    named(flagOf(country), "flags", countryName(country, language), country),
  );
  return [...pictures, ...flags];
}

function named(emoji: string, group: EmojiGroup, name: string, words: string): NamedEmoji {
  return { emoji, group, name, nameWords: wordsOf(name), otherWords: wordsOf(words) };
}

/** Those of which each word of `query` begins a word: by the name's beginning, by the name, by others; short names first. */
export function findEmoji(all: readonly NamedEmoji[], query: string): readonly NamedEmoji[] {
  const wanted = wordsOf(query);
  if (wanted.length === 0) {
    return [];
  }
  const begins = (words: readonly string[]) =>
    wanted.every((start) => words.some((word) => word.startsWith(start)));
  const rank = ({ nameWords, otherWords }: NamedEmoji) => {
    if (begins(nameWords)) {
      return nameWords[0]?.startsWith(wanted[0] ?? "") === true ? 0 : 1;
    }
    return begins([...nameWords, ...otherWords]) ? 2 : NOT_FOUND;
  };
  return all
    .map((emoji) => ({ emoji, rank: rank(emoji) }))
    .filter((found) => found.rank !== NOT_FOUND)
    .sort(
      (one, other) =>
        one.rank - other.rank || one.emoji.nameWords.length - other.emoji.nameWords.length,
    )
    .map(({ emoji }) => emoji);
}

function wordsOf(text: string): readonly string[] {
  return fold(text).match(WORD) ?? [];
}
