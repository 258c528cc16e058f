import i18next, { type TFunction } from "i18next";
import { useEffect, useState } from "react";
import { type Language, loadCatalogue } from "../locales/languages";

/**
 * The words of cards in the language of the class, which need not be that of the page; null until they are here. When
 * they cannot be fetched, those of the page: a card in another language is better than none.
 */
export function useCardWords(language: Language): TFunction | null {
  const [words, setWords] = useState<TFunction | null>(null);
  useEffect(() => {
    let isGone = false;
    void loadCatalogue(language, "sheet")
      .then((sheet) => {
        i18next.addResourceBundle(language, "translation", sheet, true);
        return i18next.getFixedT(language);
      })
      .catch(() => i18next.getFixedT(i18next.language))
      .then((found) => isGone || setWords(() => found));
    return () => {
      isGone = true;
    };
  }, [language]);
  return words;
}
