import { describe, expect, it } from "vitest";
import { byName, isForeign, languageName } from "./languageOf";

describe("the language of a message", () => {
  it("is told to whom it is not the own", () => {
    expect(isForeign("pl", "en")).toBe(true);
    expect(isForeign("en-GB", "en")).toBe(false);
    expect(isForeign(null, "en")).toBe(false);
    expect(isForeign(undefined, "en")).toBe(false);
  });

  it("stands among others by its name in the reader's language", () => {
    expect(byName(["pl", "de", "uk"], "en").map(({ tag }) => tag)).toEqual(["de", "pl", "uk"]);
    expect(byName(["pl", "de", "uk"], "fr").map(({ tag }) => tag)).toEqual(["de", "pl", "uk"]);
    expect(byName(["de", "cs"], "de").map(({ name }) => name)).toEqual(["Deutsch", "Tschechisch"]);
  });

  it("has a name in the reader's language", () => {
    expect(languageName("pl", "en")).toBe("Polish");
    expect(languageName("pl", "fr")).toBe("polonais");
    expect(languageName("not a tag", "fr")).toBe("not a tag");
  });
});
