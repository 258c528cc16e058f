import i18next from "i18next";
import { describe, expect, it } from "vitest";
import { filling } from "./filling";
import { oneFullStop } from "./fullStop";

async function wordsIn(language: string, sentence: string) {
  const translations = i18next.createInstance();
  await translations
    .use(filling)
    .use(oneFullStop)
    .init({
      lng: language,
      resources: { [language]: { translation: { groups: { strip: { with: sentence } } } } },
      postProcess: oneFullStop.name,
      interpolation: { escapeValue: false, alwaysFormat: true },
    });
  return (group: string, names: string) => translations.t("groups.strip.with", { group, names });
}

describe("a sentence", () => {
  it("ends with one full stop, whatever its last word ends with", async () => {
    const said = await wordsIn("en", "You are in {{group}} with {{names}}.");
    expect(said("Oder", "Zoe")).toBe("You are in Oder with Zoe.");
    expect(said("Oder", "Leo and Zoe L.")).toBe("You are in Oder with Leo and Zoe L.");
  });

  it("keeps the full stops inside it, and those that somebody wrote", async () => {
    const said = await wordsIn("pl", "Twój pokój: {{group}}. Razem z Tobą: {{names}}.");
    expect(said("Grupa B.", "Zoe L.")).toBe("Twój pokój: Grupa B. Razem z Tobą: Zoe L.");
    expect(said("1..2", "Zoe")).toBe("Twój pokój: 1..2. Razem z Tobą: Zoe.");
  });

  it("has one too where the word is of the other direction", async () => {
    const said = await wordsIn("ar", "أنت في {{group}} مع {{names}}.");
    expect(said("Oder", "Zoe L.")).toBe("أنت في \u2068Oder\u2069 مع \u2068Zoe L.\u2069");
    expect(said("Oder", "ليلى و\u2068Zoe L.\u2069")).toBe(
      "أنت في \u2068Oder\u2069 مع \u2068ليلى و\u2068Zoe L.\u2069\u2069",
    );
  });
});
