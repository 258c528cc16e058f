/** Puts a small classic script into the head of the page: it runs before anything is painted, which no module does. */

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Plugin } from "vite";

/** `path`: of a script without imports. It is built as a file with a hash in its name, as all code is. */
export function earlyScript(path: string): Plugin {
  let isServing = false;
  return {
    name: "early-script",
    configResolved({ command }) {
      isServing = command === "serve";
    },
    buildStart() {
      this.addWatchFile(path);
      if (!isServing) {
        const source = minified(readFileSync(path, "utf8"));
        this.emitFile({ type: "asset", name: basename(path), source });
      }
    },
    transformIndexHtml: {
      order: "post",
      handler(_, { bundle }) {
        const names = Object.keys(bundle ?? {});
        const stem = basename(path).replace(/\.js$/, "-");
        const built = names.find((name) => name.startsWith(`assets/${stem}`));
        if (!isServing && built === undefined) {
          throw new Error(`${path} was not built`);
        }
        const src = isServing ? `/@fs/${path}` : `/${built}`;
        return [{ tag: "script", attrs: { src }, injectTo: "head-prepend" }];
      },
    },
  };
}

/** Without its comments and the spaces at the beginnings of its lines: it is read before anything else. */
function minified(source: string): string {
  return source
    .replace(/^\s*\/\/.*$/gm, "")
    .replace(/^\s+/gm, "")
    .trim();
}
