import i18next from "i18next";
import { describe, expect, it } from "vitest";
import { ENGLISH_CATALOGUE } from "../locales/languages";
import { announced } from "./announced";

const NAMES = { m_ewa: "Ewa Kowalska", m_leo: "Léo" };

async function english() {
  const translations = i18next.createInstance();
  await translations.init({
    lng: "en",
    resources: { en: { translation: ENGLISH_CATALOGUE } },
    interpolation: { escapeValue: false },
  });
  return translations.t;
}

describe("a message that is read out", () => {
  it("has names where its text has ids", async () => {
    const message = { actor: "m_leo", text: "Look, <@m_ewa>!" };
    expect(announced(await english(), message, NAMES)).toBe("Léo: Look, @Ewa Kowalska!");
  });

  it("is read so far that one knows whether to look", async () => {
    const message = { actor: "m_gone", text: "a".repeat(1_000) };
    const said = announced(await english(), message, NAMES);
    expect(said.length).toBeLessThan(300);
    expect(said).toContain("aaa");
  });
});
