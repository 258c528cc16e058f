/** The catalogues, whichever there are: complete, used, translated, short enough, and of one shape in all languages. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import en from "./en.json";
import { guessLanguage } from "./i18n";
import notes from "./notes.json";

const NOTES = "notes.json";

const CATALOGUES = new Map<string, object>(
  readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith(".json") && file !== NOTES)
    .map((file) => [
      file.slice(0, -".json".length),
      JSON.parse(readFileSync(join(import.meta.dirname, file), "utf8")),
    ]),
);

/** Asked for with a part that only the running page knows, such as the code of an error. */
const ASKED_BY_PART = ["errors.", "roles.", "blocked.title.", "blocked.text."];

/** In files that the server writes: rtserver/transcripts. */
const ASKED_BY_SERVER = "transcript.file.";

/** Other keys that the sources do not hold in one piece. */
const ASKED_IN_PIECES = [
  ...["connecting", "online", "offline", "reconnecting", "moving"].map(
    (phase) => `connection.${phase}`,
  ),
  ...["here", "away", "elsewhere"].map((presence) => `people.${presence}`),
  ...["stopWriting", "allowWriting", "keepOut", "letIn", "letIntoCall", "invite", "remove"].map(
    (action) => `people.${action}`,
  ),
  ...["removed", "signedOut", "notStarted", "outdated"].map((why) => `ended.${why}Title`),
];

/** A name: the same in all languages. */
const NAMES = ["app.name"];

/** The same word as in English, on purpose. */
const SAME_WORD: Record<string, string[]> = {
  de: [
    ...["people.addName", "invitation.link", "call.bar.hand", "boardMenu.types.text"],
    ...["place.chat", "settings.normal", "transcript.file.columns.name"],
    "lesson.timer.title",
  ],
  es: ["place.chat", "settings.normal", "lesson.poll.no"],
  fr: ["boardMenu.types.rectangle", "lesson.timer.minutes_one", "lesson.timer.minutes_other"],
  it: ["invitation.link", "place.chat", "lesson.timer.title", "lesson.poll.no"],
  pl: ["invitation.link"],
};

/**
 * How long a translation may be, in letters, beside an English text of a length: what is right grows by half, and short
 * words by more (W3C, "Text size in translation"). Longer ones are explanations instead of translations.
 */
const ROOM_TO_GROW = { letters: 16, share: 1.6 };

/** A sentence's own marks. A language that is not here is checked for those of a typewriter only. */
const MARKS: Record<string, { quotes: string; never?: RegExp }> = {
  ar: { quotes: "«»", never: /[,;?]/ }, // ، ؛ ؟
  de: { quotes: "„“" },
  en: { quotes: "“”" },
  es: { quotes: "«»", never: /^[^¿]*\?|^[^¡]*!/ },
  fr: { quotes: "«»", never: /[^\u00a0\u202f][!?;»]|[^\u00a0\u202f]:(?!\/\/)|«[^\u00a0\u202f]/ },
  it: { quotes: "«»" },
  pl: { quotes: "„”" },
  uk: { quotes: "«»" },
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

/** What is filled in, and elements. */
function placeholders(text: string): string[] {
  return [...new Set(text.match(/\{\{\w+\}\}|<\/?\w+\s*\/?>/g) ?? [])].sort();
}

/** Letters as one sees them: without the placeholders, and without marks above and below. */
function lengthOf(text: string): number {
  return [...text.replace(/\{\{\w+\}\}|\p{M}/gu, "")].length;
}

/** Whether a plural form is for one number only, so that it may say the number in words ("رسالتان", two messages). */
function isOfOneNumber(language: string, form: string): boolean {
  const rules = new Intl.PluralRules(language);
  const numbers = Array.from({ length: 1000 }, (_, number) => number);
  return numbers.filter((number) => rules.select(number) === form).length === 1;
}

/** The text of English that a text is a translation of. */
function modelOf(key: string): string {
  return english.get(key) ?? english.get(`${withoutForm(key)}_other`) ?? "";
}

/** The longest that a text may be, by the notes for translators: a number of letters that fits its place. */
const MAXIMA = new Map(
  Object.entries(notes).flatMap(([key, note]) =>
    typeof note === "string" ? [] : [[key, note.max] as const],
  ),
);

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

describe.each([...CATALOGUES])("the catalogue %s", (language, catalogue) => {
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
      const form = PLURAL_FORM.exec(key)?.[1] ?? "";
      const mayBeWords = form !== "" && isOfOneNumber(language, form);
      const counted = (found: string[]) =>
        found.filter((placeholder) => !(mayBeWords && placeholder === "{{count}}"));
      expect(counted(placeholders(text)), key).toEqual(counted(placeholders(modelOf(key))));
    }
  });

  it("is translated", () => {
    const hasWords = (text: string) => /\p{L}/u.test(text.replace(/\{\{\w+\}\}/g, ""));
    const same = [...texts]
      .filter(([key, text]) => language !== "en" && modelOf(key) === text && hasWords(text))
      .map(([key]) => key);
    expect(same.sort()).toEqual(
      language === "en" ? [] : [...NAMES, ...(SAME_WORD[language] ?? [])].sort(),
    );
  });

  it("is short enough for its places", () => {
    const tooLong = [...texts]
      .map(([key, text]) => {
        const grown = ROOM_TO_GROW.letters + ROOM_TO_GROW.share * lengthOf(modelOf(key));
        return {
          key,
          length: lengthOf(text),
          max: MAXIMA.get(withoutForm(key)) ?? Math.floor(grown),
        };
      })
      .filter(({ length, max }) => length > max);
    expect(tooLong).toEqual([]);
  });

  it("has the marks of its language, not of a typewriter", () => {
    const { quotes = "“”„«»", never } = MARKS[language] ?? {};
    const wrong = [...texts].filter(([, text]) => {
      const others = [...(text.match(/[“”„«»‹›]/g) ?? [])].filter((mark) => !quotes.includes(mark));
      return /["']|\.\.\./.test(text) || others.length > 0 || never?.test(text) === true;
    });
    expect(wrong).toEqual([]);
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
        !key.startsWith(ASKED_BY_SERVER) &&
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

  it("have a place that is measured only where they are one text", () => {
    expect([...MAXIMA.keys()].filter((key) => !keys.has(key))).toEqual([]);
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
