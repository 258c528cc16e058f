/**
 * What the build does to the board's editor, `@excalidraw/excalidraw`, so that a browser asks our own server only.
 *
 * - Its fonts lie beside our files, and the address outside where it looks for missing ones is taken out.
 * - Xiaolai, its 13 MB of handwritten Chinese, Japanese and Korean, is left out: their letters come from the reader's
 *   system. Left out of the list too, so that nobody asks for it.
 * - Fonts in exported pictures are whole instead of cut to the letters used: cutting takes 1.8 MB of WebAssembly, which
 *   our Content-Security-Policy does not let run.
 * - Of its fifty languages those are kept that the page has; what they lack is added (editor-words.ts).
 * - The language and direction of the whole page are not the editor's to set: they follow our catalogue.
 * - Whether it takes its form for phones follows from the width of the board: not from what comes and goes above it.
 *
 * Each change must find its place: an upgrade that moves one fails the build.
 */

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Plugin } from "vite";
import { ourWords, ourWordsFile, type Words, withOurWords } from "./editor-words.ts";
import { PAGE_LANGUAGES } from "./languages.ts";

const require = createRequire(import.meta.url);
const dist = dirname(require.resolve("@excalidraw/excalidraw"));
const { version } = JSON.parse(readFileSync(join(dist, "../../package.json"), "utf8")) as {
  version: string;
};

/** With the version, since not every font has a hash in its name and browsers keep them for a year. */
const FOLDER = `assets/excalidraw-${version}`;

/** What the page sets `window.EXCALIDRAW_ASSET_PATH` to. */
export const EDITOR_ASSETS = `/${FOLDER}/`;

/** Assistant is named in the editor's stylesheet, which Vite takes care of. */
const NOT_COPIED = ["Assistant", "Xiaolai"];

const WHOLE_FONTS = join(import.meta.dirname, "../src/board/wholeFonts.ts");
const NO_LANGUAGE = "\0editor-without-this-language";

const IN_EDITOR = /@excalidraw\/excalidraw\/dist\/\w+\/[^/]+\.js$/;
const EDITOR_CATALOGUE = /\/locales\/(\w+)-[\w-]+\.js$/;
const IN_EDITOR_CATALOGUES = /@excalidraw\/excalidraw\/dist\/\w+\/locales\/([a-z]+)-[\w-]+\.js$/;
const FONT_CUTTER = /\/subset-(?:shared|worker)\.chunk\.js$/;

/** The languages of the page; and how complete each language of the editor is. */
const KEPT: ReadonlySet<string> = new Set([...PAGE_LANGUAGES, "percentages"]);

/** In pixels. In a lower board the usual form's own panels would not fit: a phone on its side. */
const USUAL_FORM_FROM_HEIGHT = 300;

interface Change {
  what: string;
  find: RegExp;
  put: string;
}

const CHANGES: Change[] = [
  {
    what: "the address outside for missing fonts",
    find: /\w+\.push\(new URL\(\w+,\s*\w+\.ASSETS_FALLBACK_URL\)\)/g,
    put: "void 0",
  },
  {
    what: "workers that cut fonts",
    find: /typeof Worker\s*(?:<\s*"u"|!==\s*"undefined")/g,
    put: "false",
  },
  {
    what: "its language as that of the whole page",
    find: /document\.documentElement\.dir\s*=\s*([\w$]+)\.rtl\s*\?\s*"rtl"\s*:\s*"ltr"[,;]\s*document\.documentElement\.lang\s*=\s*\1\.code/g,
    put: "void 0",
  },
  {
    what: "the height below which it takes its form for phones",
    find: /("isMobileBreakpoint",\s*\(([\w$]+),\s*([\w$]+)\)\s*=>\s*(?:\{\s*return\s*)?\2\s*<\s*[\w$]+\s*\|\|\s*\3\s*<\s*)[\w$]+\s*&&\s*\2\s*<\s*[\w$]+/g,
    put: `$1${USUAL_FORM_FROM_HEIGHT}`,
  },
];

function withoutXiaolai(code: string): string {
  const files = [...code.matchAll(/([\w$]+)\s*=\s*"\.\/fonts\/Xiaolai\//g)].map(([, name]) => name);
  const names = files.join("|").replaceAll("$", "\\$");
  const faces = new RegExp(
    `\\{\\s*uri:\\s*(?:${names}),\\s*descriptors:\\s*\\{[^}]*\\}\\s*\\},?`,
    "g",
  );
  const count = code.match(faces)?.length ?? 0;
  if (count === 0 || count !== files.length) {
    throw new Error(`The editor names ${files.length} files of Xiaolai and uses ${count}.`);
  }
  return code.replace(faces, "");
}

/** The editor reads a catalogue by the names that its module exports. */
function moduleOf(words: Words): string {
  return Object.entries(words)
    .map(([name, branch]) => `export const ${name} = ${JSON.stringify(branch)};`)
    .join("\n");
}

export function boardEditor(): Plugin {
  const changed = new Set<string>();
  return {
    name: "board-editor",
    enforce: "pre",

    resolveId(source, importer) {
      if (importer === undefined || !IN_EDITOR.test(importer)) {
        return null;
      }
      if (FONT_CUTTER.test(source)) {
        return WHOLE_FONTS;
      }
      const language = EDITOR_CATALOGUE.exec(source)?.[1];
      return language === undefined || KEPT.has(language) ? null : NO_LANGUAGE;
    },

    async load(id) {
      if (id === NO_LANGUAGE) {
        return "export default {}";
      }
      const language = IN_EDITOR_CATALOGUES.exec(id)?.[1];
      const file = language === undefined ? null : ourWordsFile(language);
      if (file === null) {
        return null;
      }
      this.addWatchFile(file);
      const { default: words } = (await import(pathToFileURL(id).href)) as { default: Words };
      return moduleOf(withOurWords(words, ourWords(file)));
    },

    transform(code, id) {
      if (!IN_EDITOR.test(id)) {
        return null;
      }
      let after = code.includes("ASSETS_FALLBACK_URL") ? withoutXiaolai(code) : code;
      for (const { what, find, put } of CHANGES) {
        const places = after.match(find)?.length ?? 0;
        if (places > 1) {
          throw new Error(`The editor has changed: ${what} is in more than one place.`);
        }
        if (places === 1) {
          after = after.replace(find, put);
          changed.add(what);
        }
      }
      return after === code ? null : { code: after, map: null };
    },

    generateBundle() {
      const missing = CHANGES.filter(({ what }) => !changed.has(what)).map(({ what }) => what);
      if (missing.length > 0) {
        throw new Error(`The editor has changed: not found: ${missing.join(", ")}.`);
      }
      for (const [name, source] of fonts()) {
        this.emitFile({ type: "asset", fileName: `${FOLDER}/${name}`, source });
      }
    },

    configureServer(server) {
      server.middlewares.use(EDITOR_ASSETS, (request, response, next) => {
        const font = new Map(fonts()).get((request.url ?? "").slice(1));
        if (font === undefined) {
          next();
        } else {
          response.setHeader("content-type", "font/woff2").end(font);
        }
      });
    },
  };
}

/** The editor's fonts by where it looks for them. */
function fonts(): [string, Buffer][] {
  const families = readdirSync(join(dist, "fonts")).filter((name) => !NOT_COPIED.includes(name));
  return families.flatMap((family) =>
    readdirSync(join(dist, "fonts", family)).map((file): [string, Buffer] => [
      `fonts/${family}/${file}`,
      readFileSync(join(dist, "fonts", family, file)),
    ]),
  );
}
