/** Builds src/offline/worker.ts as /sw.js, with the files that the page begins with; and /sw-off.js, which undoes it. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const WORKER = "sw.js";
const FAREWELL = "sw-off.js";

/** Stands in worker.ts for what only the whole build knows. */
const PLACEHOLDER = "__SHELL__";

/** `folder`: of the sources, src/offline. */
export function serviceWorker(folder: string): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    enforce: "post",

    buildStart() {
      this.emitFile({ type: "chunk", id: `${folder}/worker.ts`, fileName: WORKER });
      const farewell = `${folder}/farewell.js`;
      this.addWatchFile(farewell);
      this.emitFile({ type: "asset", fileName: FAREWELL, source: readFileSync(farewell, "utf8") });
    },

    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const page = bundle["index.html"];
        const worker = bundle[WORKER];
        if (page?.type !== "asset" || worker?.type !== "chunk") {
          throw new Error("There is no document, or no worker: who builds the page has changed.");
        }
        if (worker.imports.length > 0 || worker.exports.length > 0) {
          throw new Error(`${WORKER} is no plain script: ${worker.imports.join(", ")}`);
        }
        const source = String(page.source);
        const named = [...source.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(
          ([, name = ""]) => name,
        );
        // The program itself is what the document names as a module.
        const program = /type="module"[^>]* src="\/(assets\/[^"]+)"/.exec(source)?.[1];
        if (program === undefined || !worker.code.includes(PLACEHOLDER)) {
          throw new Error("The document names no program, or the worker asks for no files.");
        }
        const files = new Set([program, ...named]);
        for (const name of files) {
          const built = bundle[name];
          if (built?.type === "chunk") {
            for (const imported of built.imports) {
              files.add(imported); // a Set that grows while it is walked is walked to its end
            }
          }
        }
        const shell = {
          version: createHash("sha256").update(source).digest("hex").slice(0, 16),
          files: [...files].map((name) => `/${name}`),
        };
        worker.code = worker.code.replaceAll(PLACEHOLDER, () => JSON.stringify(shell));
      },
    },
  };
}
