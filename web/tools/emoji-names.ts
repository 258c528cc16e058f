/** What the emoji of the picker are called, and what one may look for them by: of Unicode's words those that are used. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";
import { PICTURES } from "../src/chat/emoji/emoji.ts";

/** Of each emoji its name, and its search words with a blank between them. */
export type EmojiWords = Record<string, readonly [name: string, words: string]>;

/** Unicode CLDR, "annotations": `tts` is the short name, `default` are the keywords (UTS 35, part 7). */
interface Annotations {
  annotations: { annotations: Record<string, { default?: string[]; tts?: string[] }> };
}

const ANNOTATIONS = join(import.meta.dirname, "../node_modules/cldr-annotations-full/annotations");
const REQUEST = /\/([\w-]+)\.json\?emoji-names$/;

/** Lets `fr.json?emoji-names` be imported, beside each catalogue: the emoji's words in that language. */
export function emojiNames(): Plugin {
  return {
    name: "emoji-names",
    enforce: "pre",

    load(id) {
      const language = REQUEST.exec(id)?.[1];
      return language === undefined
        ? null
        : { code: JSON.stringify(emojiWords(language)), moduleType: "json" };
    },
  };
}

/** Fails for a language that CLDR does not have, and for an emoji that it does not name in it. */
function emojiWords(language: string): EmojiWords {
  const file = readFileSync(join(ANNOTATIONS, language, "annotations.json"), "utf8");
  const known = (JSON.parse(file) as Annotations).annotations.annotations;
  const words: EmojiWords = {};
  for (const emoji of Object.values(PICTURES).flat()) {
    const found = known[emoji] ?? known[withoutSelector(emoji)];
    const name = found?.tts?.[0];
    if (name === undefined) {
      throw new Error(`Unicode has no name for ${emoji} in the language ${language}.`);
    }
    words[emoji] = [name, (found?.default ?? []).filter((word) => word !== name).join(" ")];
  }
  return words;
}

/** CLDR leaves out U+FE0F, which asks for the drawing in colours. */
function withoutSelector(emoji: string): string {
  return emoji.replaceAll("\ufe0f", "");
}
