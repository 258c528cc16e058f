/** The language of the page: one catalogue per language, English where a sentence is missing. */

import i18next, { type TFunction } from "i18next";
import { initReactI18next } from "react-i18next";
import type { FailureCode } from "../connection/failure";
import { recall, remember } from "../connection/memory";
import en from "./en.json";

/** Each language by its own name: whoever looks for theirs reads that one. */
export const LANGUAGES = { en: "English", fr: "Français", pl: "Polski" } as const;

export type Language = keyof typeof LANGUAGES;

const REMEMBERED = "language";

/** English is in the first load, to fall back on. The others come when they are chosen. */
const CATALOGUES: Record<Exclude<Language, "en">, () => Promise<{ default: object }>> = {
  fr: () => import("./fr.json"),
  pl: () => import("./pl.json"),
};

export async function startTranslations(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false }, // React escapes; text is never HTML here
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
  return wanted.find(isLanguage) ?? "en";
}

function isLanguage(tag: string | undefined): tag is Language {
  return tag !== undefined && Object.hasOwn(LANGUAGES, tag);
}

async function applyLanguage(language: Language): Promise<void> {
  if (language !== "en" && !i18next.hasResourceBundle(language, "translation")) {
    try {
      const { default: catalogue } = await CATALOGUES[language]();
      i18next.addResourceBundle(language, "translation", catalogue);
    } catch {
      return; // offline just now: stay with what is there
    }
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

/** What went wrong and what to do next, in the reader's language; the server's words for a code not known here. */
export function failureText(t: TFunction, code: FailureCode, serverMessage: string): string {
  return t(`errors.${code}`, { defaultValue: serverMessage });
}
