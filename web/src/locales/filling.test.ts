/** What is filled into sentences. */

import i18next from "i18next";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { filling, isolated, numberWords } from "./filling";

beforeEach(() => {
  vi.stubGlobal("navigator", { languages: ["en-GB"] });
});

describe("isolated", () => {
  it("leaves a text of the sentence's own direction alone", () => {
    expect(isolated("Zosia (7a)", "ltr")).toBe("Zosia (7a)");
    expect(isolated("Зоя", "ltr")).toBe("Зоя");
    expect(isolated("ليلى (٧أ)", "rtl")).toBe("ليلى (٧أ)");
  });

  it("leaves alone what has no direction", () => {
    expect(isolated("10:05", "rtl")).toBe("10:05");
    expect(isolated("👍 !", "rtl")).toBe("👍 !");
  });

  it("keeps a text of the other direction together", () => {
    expect(isolated("Zosia (7a)", "rtl")).toBe("\u2068Zosia (7a)\u2069");
    expect(isolated("ليلى", "ltr")).toBe("\u2068ليلى\u2069");
  });

  it("keeps a text of both directions together", () => {
    expect(isolated("ليلى i Zosia", "rtl")).toBe("\u2068ليلى i Zosia\u2069");
    expect(isolated("ليلى i Zosia", "ltr")).toBe("\u2068ليلى i Zosia\u2069");
  });
});

describe("numberWords", () => {
  it("groups and writes digits as the language does", () => {
    expect(numberWords(1234.5, "de")).toBe("1.234,5");
    expect(numberWords(1234, "en")).toBe("1,234");
  });

  it("writes the digits of the reader's own country", () => {
    vi.stubGlobal("navigator", { languages: ["fa-IR"] });
    expect(numberWords(45, "fa")).toBe("۴۵");
  });
});

describe("a sentence", () => {
  it("is filled in its language", async () => {
    const translations = i18next.createInstance();
    await translations.use(filling).init({
      lng: "ar",
      resources: { ar: { translation: { chat: { announceOne: "من {{name}}، {{text}}!" } } } },
      interpolation: { escapeValue: false, alwaysFormat: true },
    });
    expect(translations.t("chat.announceOne", { name: "Zosia!", text: 3 })).toBe(
      "من \u2068Zosia!\u2069، 3!",
    );
    expect(translations.t("chat.announceOne", { name: "ليلى", text: "" })).toBe("من ليلى، !");
  });
});
