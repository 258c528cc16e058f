/** The language of the page: one catalogue per language, English where a sentence is missing. */

import i18next, { type TFunction } from "i18next";
import { initReactI18next } from "react-i18next";
import type { FailureCode } from "../connection/failure";
import { recall, remember } from "../connection/memory";
import { filling } from "./filling";
import { oneFullStop } from "./fullStop";
import {
  directionOf,
  ENGLISH,
  ENGLISH_CATALOGUE,
  isLanguage,
  type Language,
  type LaterPart,
  loadCatalogue,
  type Part,
} from "./languages";

const REMEMBERED = "language";

export async function startTranslations(): Promise<void> {
  await i18next
    .use(initReactI18next)
    .use(filling)
    .use(oneFullStop)
    .init({
      lng: ENGLISH,
      fallbackLng: ENGLISH,
      resources: { [ENGLISH]: { translation: ENGLISH_CATALOGUE } },
      postProcess: oneFullStop.name,
      // React escapes; text is never HTML here
      interpolation: { escapeValue: false, alwaysFormat: true },
    });
  await applyLanguage(guessLanguage(recall(REMEMBERED), navigator.languages));
}

/** Choose a language and remember it on this device. */
export async function chooseLanguage(language: Language): Promise<void> {
  remember(REMEMBERED, language);
  await applyLanguage(language);
}

/** The one that was chosen before, else the first of the browser's languages that there is. */
export function guessLanguage(remembered: string | null, preferred: readonly string[]): Language {
  const wanted = [remembered ?? "", ...preferred].map((tag) => tag.toLowerCase().split("-")[0]);
  return wanted.find(isLanguage) ?? ENGLISH;
}

/** Have the words of a part too, in this language and in each that is chosen from now on. Fails without the server. */
export async function addPart(part: LaterPart): Promise<void> {
  await addWords(i18next.language, part);
  parts.add(part);
}

/** What is needed of each language. */
const parts = new Set<Part>(["first"]);

/** What has been fetched. */
const fetched = new Set([`${ENGLISH} first`]);

async function addWords(language: Language, part: Part): Promise<void> {
  if (!fetched.has(`${language} ${part}`)) {
    const words = await loadCatalogue(language, part);
    i18next.addResourceBundle(language, "translation", words, true);
    fetched.add(`${language} ${part}`);
  }
}

async function applyLanguage(language: Language): Promise<void> {
  try {
    await Promise.all([...parts].map((part) => addWords(language, part)));
  } catch {
    return; // offline just now: stay with what is there
  }
  // Before anything is drawn in that language: a page that turns round under one's eyes is a page to be lost on.
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
  await i18next.changeLanguage(language);
}

/** What went wrong and what to do next, in the reader's language; the server's words for a code not known here. */
export function failureText(t: TFunction, code: FailureCode, serverMessage: string): string {
  return t(`errors.${code}`, { defaultValue: serverMessage });
}
