/** The catalogues: complete, used, translated, and of one shape in all languages. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import en from "./en.json";
import fr from "./fr.json";
import { guessLanguage } from "./i18n";
import notes from "./notes.json";
import pl from "./pl.json";

const CATALOGUES: Record<string, object> = { en, fr, pl };

/** Asked for with a part that only the running page knows, such as the code of an error. */
const ASKED_BY_PART = ["errors.", "roles.", "blocked.title.", "blocked.text."];

/** Other keys that the sources do not hold in one piece. */
const ASKED_IN_PIECES = [
  ...["connecting", "online", "offline", "reconnecting"].map((phase) => `connection.${phase}`),
  ...["here", "away", "elsewhere"].map((presence) => `people.${presence}`),
  ...["stopWriting", "allowWriting", "keepOut", "letIn", "letIntoCall", "invite", "remove"].map(
    (action) => `people.${action}`,
  ),
  ...["removed", "signedOut", "notStarted", "outdated"].map((why) => `ended.${why}Title`),
];

/** The same word in both languages, on purpose. */
const SAME_ON_PURPOSE: Record<string, string[]> = {
  fr: ["app.name", "boardMenu.types.rectangle"],
  pl: ["app.name", "invitation.link", "boardMenu.import.which"],
};

/** What i18next appends. `errors.too_many` only looks like it. */
const PLURAL_FORM = /(?<!^errors\..*)_(zero|one|two|few|many|other)$/;

function flatten(catalogue: object, prefix = ""): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, value] of Object.entries(catalogue)) {
    if (typeof value === "string") {
      texts.set(prefix + key, value);
    } else {
      for (const [inner, text] of flatten(value, `${prefix}${key}.`)) {
        texts.set(inner, text);
      }
    }
  }
  return texts;
}

function withoutForm(key: string): string {
  return key.replace(PLURAL_FORM, "");
}

function placeholders(text: string): string[] {
  return [...new Set(text.match(/\{\{\w+\}\}/g) ?? [])].sort();
}

function sources(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        return sources(path);
      }
      return /(?<!\.test)\.tsx?$/.test(entry.name) ? readFileSync(path, "utf8") : "";
    })
    .join("\n");
}

const english = flatten(en);
const keys = new Set([...english.keys()].map(withoutForm));

describe.each(Object.entries(CATALOGUES))("the catalogue %s", (language, catalogue) => {
  const texts = flatten(catalogue);

  it("has every key of English and no other", () => {
    expect(new Set([...texts.keys()].map(withoutForm))).toEqual(keys);
  });

  it("has exactly the plural forms of its language", () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const plurals = new Set([...english.keys()].filter((key) => PLURAL_FORM.test(key)));
    for (const key of new Set([...plurals].map(withoutForm))) {
      const present = [...texts.keys()].filter((other) => withoutForm(other) === key);
      expect(present.sort()).toEqual(forms.map((form) => `${key}_${form}`).sort());
    }
  });

  it("fills in the same things as English", () => {
    for (const [key, text] of texts) {
      const model = english.get(key) ?? english.get(`${withoutForm(key)}_other`) ?? "";
      expect(placeholders(text), key).toEqual(placeholders(model));
    }
  });

  it("is translated", () => {
    const same = [...texts]
      .filter(([key, text]) => language !== "en" && english.get(key) === text)
      .map(([key]) => key);
    expect(same).toEqual(SAME_ON_PURPOSE[language] ?? []);
  });

  it("has no empty text and no space at an end", () => {
    for (const [key, text] of texts) {
      expect(text, key).toBe(text.trim());
      expect(text, key).not.toBe("");
    }
  });
});

describe("the keys", () => {
  const code = sources(join(import.meta.dirname, ".."));

  it("are all asked for by the page", () => {
    const unused = [...keys].filter(
      (key) =>
        !code.includes(`"${key}"`) &&
        !ASKED_IN_PIECES.includes(key) &&
        !ASKED_BY_PART.some((part) => key.startsWith(part)),
    );
    expect(unused).toEqual([]);
  });

  it("hold a sentence for every code of the server", () => {
    const generated = readFileSync(join(import.meta.dirname, "../protocol/generated.ts"), "utf8");
    const declaration = /type ErrorCode =([^;]+);/.exec(generated)?.[1] ?? "";
    const codes = [...declaration.matchAll(/"(\w+)"/g)].map(([, name]) => name);
    expect(codes.length).toBeGreaterThan(40);
    expect(codes.filter((name) => !keys.has(`errors.${name}`))).toEqual([]);
  });

  it("are what the notes for translators speak of", () => {
    const known = [...keys];
    const unknown = Object.keys(notes).filter(
      (note) => !known.some((key) => key === note || key.startsWith(`${note}.`)),
    );
    expect(unknown).toEqual([]);
  });
});

describe("guessLanguage", () => {
  it("takes what was chosen before", () => {
    expect(guessLanguage("pl", ["fr-FR"])).toBe("pl");
  });

  it("takes the first of the browser's languages that there is", () => {
    expect(guessLanguage(null, ["ka-GE", "fr-CH", "en"])).toBe("fr");
  });

  it("falls back to English", () => {
    expect(guessLanguage("xx", ["ka"])).toBe("en");
    expect(guessLanguage("toString", [])).toBe("en");
  });
});
