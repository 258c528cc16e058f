/**
 * A sentence whose last word is filled in ends with one full stop, also when that word has one: "with Zoe L." Names do,
 * and so do rooms and questions that people wrote.
 */

import type { PostProcessorModule } from "i18next";

/** What `isolated` (filling.ts) may have put behind a word, and behind the last one of a list. */
const POP_ISOLATE = "\u2069";
const ENDS_WITH_STOP = /\.\u2069*$/u;

export const oneFullStop: PostProcessorModule = {
  type: "postProcessor",
  name: "oneFullStop",
  process(sentence: string, _, filled: Record<string, unknown>) {
    const words = Object.values(filled).filter(
      (one): one is string => typeof one === "string" && ENDS_WITH_STOP.test(one),
    );
    return words
      .flatMap((word) => [word, word + POP_ISOLATE])
      .reduce((text, word) => text.replaceAll(`${word}.`, word), sentence);
  },
};
