/**
 * What is filled into a sentence: numbers in the digits of its language, and words of the other direction kept together.
 *
 * Without the latter, "Zosia (klasa 7a)" in an Arabic sentence ends as ")Zosia (klasa 7a": punctuation beside letters of
 * the other direction is drawn on the wrong side. Isolates (Unicode, UAX 9, section 2.4) are what <bdi> is made of, and
 * work where there are no elements: in labels and titles.
 */

import type { FormatterModule } from "i18next";
import { formatLocale } from "../ui/places";
import { type Direction, directionOf } from "./languages";

const FIRST_STRONG_ISOLATE = "\u2068";
const POP_ISOLATE = "\u2069";

const LETTER = /\p{L}/gu;
const RIGHT_TO_LEFT_LETTER =
  /[\p{sc=Adlam}\p{sc=Arabic}\p{sc=Hebrew}\p{sc=Mandaic}\p{sc=Nko}\p{sc=Hanifi_Rohingya}\p{sc=Syriac}\p{sc=Thaana}]/u;

/** `text` as it may stand in a sentence that is written in `direction`: as it is, where that does no harm. */
export function isolated(text: string, direction: Direction): string {
  const letters = text.match(LETTER) ?? [];
  const isOther = letters.some(
    (letter) => RIGHT_TO_LEFT_LETTER.test(letter) !== (direction === "rtl"),
  );
  return isOther ? `${FIRST_STRONG_ISOLATE}${text}${POP_ISOLATE}` : text;
}

/** A formatter costs more than its use: one per language. */
const numbers = new Map<string, Intl.NumberFormat>();

export function numberWords(value: number, language: string): string {
  const format = numbers.get(language) ?? new Intl.NumberFormat(formatLocale(language));
  numbers.set(language, format);
  return format.format(value);
}

/** i18next's own formats (`{{when, datetime}}`) are not used: a translator would have to know them. */
export const filling: FormatterModule = {
  type: "formatter",
  init: () => {},
  add: () => {},
  addCached: () => {},
  format(value: string | number | undefined, _, language = "en") {
    if (value === undefined) {
      return ""; // that something was not filled in is found by the compiler; nobody should read "undefined"
    }
    return typeof value === "number"
      ? numberWords(value, language)
      : isolated(value, directionOf(language));
  },
};
