import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import en from "../../locales/en.json";
import fr from "../../locales/fr.json";
import pl from "../../locales/pl.json";
import type { LeftOut } from "./importFile";
import { leftOutWords } from "./leftOut";

const CATALOGUES = { en: { translation: en }, fr: { translation: fr }, pl: { translation: pl } };
const translations = i18next.createInstance();
beforeAll(async () => {
  await translations.init({ resources: CATALOGUES, interpolation: { escapeValue: false } });
});

function words(language: string, ...leftOut: LeftOut[]): string[] {
  return leftOutWords(translations.getFixedT(language), language, leftOut);
}

const wide = (text: string): LeftOut => ({ why: "outOfReach", what: { type: "rectangle", text } });

describe("what a board does not take", () => {
  it("is named with the reason", () => {
    expect(words("en", wide("Europe"), { why: "unknown", what: null }, wide(""))).toEqual([
      "2 things that are too large, or too far out, for the board: Rectangle “Europe” and Rectangle",
      "1 thing of a kind that the board does not know",
    ]);
  });

  it("is not named without end, nor twice", () => {
    const [line] = words("en", wide(""), wide(""), ...["a", "b", "c"].map(wide));
    expect(line).toMatch(/^5 things .*: Rectangle, Rectangle “a”, and Rectangle “b”$/);
  });

  it.each(["en", "fr", "pl"])("has words for each reason in %s", (language) => {
    const reasons = ["unknown", "broken", "tooLong", "outOfReach", "hatched"] as const;
    const said = words(language, ...reasons.map((why): LeftOut => ({ why, what: null })));
    expect(new Set(said).size).toBe(reasons.length);
    expect(said.join()).not.toContain("boardMenu");
  });
});
