/** The words of the board's editor: what a pupil may meet is translated, by its makers or by us. */

import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { ourWords, ourWordsFile, type Words, withOurWords } from "../../tools/editor-words";
import { LANGUAGES } from "../locales/languages";

const require = createRequire(import.meta.url);
const catalogues = join(dirname(require.resolve("@excalidraw/excalidraw")), "locales");
const files = readdirSync(catalogues);

/** The editor's own. By Node's loader: the one of tests would pass it through the build, which adds ours. */
function wordsOfEditor(language: string): Words {
  const file = files.find((name) => name.startsWith(`${language}-`)) ?? "";
  return (require(join(catalogues, file)) as { default: Words }).default;
}

/** What is behind a part of the editor that boards do not have: other sites, libraries, themes, links, machines that draw. */
const NOT_MET = new RegExp(
  `^(?:${[
    "labels\\.(?:clearCanvas|loadScene|theme|link\\..*|textToDiagram|prompt|followUs|discordChat|installPWA)",
    "labels\\.(?:copySource|convertToCode)",
    "elementLink\\..*|buttons\\.(?:systemMode|embed)|toolBar\\.(?:magicframe|mermaidToExcalidraw)",
    "element\\.(?:magicframe|embeddable|iframe)|shareDialog\\..*|mermaid\\..*|userList\\..*|commandPalette\\..*",
    "imageExportDialog\\..*|overwriteConfirm\\..*|toast\\.(?:unableToEmbed|unrecognizedLinkFormat)",
    "errors\\.(?:saveLibraryError|libraryElementTypeError\\..*|imageToolNotSupported|failedToFetchImage)",
    "errors\\.brave_measure_text_error\\..*",
  ].join("|")})$`,
);

function flatten(words: Words, prefix = ""): [string, string][] {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === "string"
      ? [[prefix + key, value] as [string, string]]
      : flatten(value, `${prefix}${key}.`),
  );
}

function placeholders(text: string): string[] {
  return (text.match(/\{\{\w+\}\}|CtrlOrCmd/g) ?? []).sort();
}

describe.each(LANGUAGES.filter((language) => language !== "en"))("the editor in %s", (language) => {
  const ours = ourWords(ourWordsFile(language) ?? "");

  it("says nothing in English that a pupil may meet", () => {
    const all = new Map(flatten(withOurWords(wordsOfEditor(language), ours)));
    const missing = flatten(wordsOfEditor("en"))
      .map(([key]) => key)
      .filter((key) => !all.get(key) && !NOT_MET.test(key));
    expect(missing).toEqual([]);
  });

  it("fills in what English fills in, and nothing that is not there", () => {
    const english = new Map(flatten(wordsOfEditor("en")));
    for (const [key, text] of Object.entries(ours)) {
      expect(placeholders(text), key).toEqual(placeholders(english.get(key) ?? ""));
      expect(text, key).toBe(text.trim());
    }
    expect(Object.keys(ours).filter((key) => !english.has(key))).toEqual([]);
  });
});

describe("adding ours", () => {
  it("leaves theirs, and adds branches that they do not have", () => {
    const theirs = { labels: { cut: "Wytnij", copy: "" } };
    expect(withOurWords(theirs, { "labels.copy": "Kopiuj", "search.title": "Szukaj" })).toEqual({
      labels: { cut: "Wytnij", copy: "Kopiuj" },
      search: { title: "Szukaj" },
    });
    expect(theirs.labels.copy).toBe("");
  });

  it("fails where theirs came later", () => {
    expect(() => withOurWords({ labels: { cut: "Wytnij" } }, { "labels.cut": "Tnij" })).toThrow(
      "labels.cut",
    );
  });
});
