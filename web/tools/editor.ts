/**
 * What the build does to the board's editor, `@excalidraw/excalidraw`, so that a browser asks our own server only.
 *
 * - Its fonts lie beside our files, and the address outside where it looks for missing ones is taken out.
 * - Xiaolai, its 13 MB of handwritten Chinese, Japanese and Korean, is left out: their letters come from the reader's
 *   system. Left out of the list too, so that nobody asks for it.
 * - Fonts in exported pictures are whole instead of cut to the letters used: cutting takes 1.8 MB of WebAssembly, which
 *   our Content-Security-Policy does not let run.
 * - Of its fifty languages those are kept that the page has.
 *
 * Each change must find its place: an upgrade that moves one fails the build.
 */

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

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
const OTHER_LANGUAGE = /\/locales\/(?!en-|fr-FR-|pl-PL-|percentages-)[\w-]+\.js$/;
const FONT_CUTTER = /\/subset-(?:shared|worker)\.chunk\.js$/;

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
      return OTHER_LANGUAGE.test(source) ? NO_LANGUAGE : null;
    },

    load(id) {
      return id === NO_LANGUAGE ? "export default {}" : null;
    },

    transform(code, id) {
      if (!IN_EDITOR.test(id) || !code.includes("ASSETS_FALLBACK_URL")) {
        return null;
      }
      let after = withoutXiaolai(code);
      for (const { what, find, put } of CHANGES) {
        if (after.match(find)?.length !== 1) {
          throw new Error(`The editor has changed: ${what} is not where it was.`);
        }
        after = after.replace(find, put);
        changed.add(what);
      }
      return { code: after, map: null };
    },

    generateBundle() {
      if (changed.size !== CHANGES.length) {
        throw new Error("The editor was built without our changes to it.");
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
