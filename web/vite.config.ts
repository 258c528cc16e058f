import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { earlyScript } from "./tools/early-script.ts";
import { boardEditor, EDITOR_ASSETS } from "./tools/editor.ts";
import { emojiNames } from "./tools/emoji-names.ts";
import { catalogueParts, componentLanguages } from "./tools/languages.ts";
import { serviceWorker } from "./tools/service-worker.ts";

// Where `vite dev` finds the server: `make run` in another terminal.
const server = "http://127.0.0.1:8080";

/** The service worker is a program of its own, in one file. */
const isOfPage = (id: string): boolean => !/\/offline\/(?:worker|keeper)\.ts$/.test(id);

export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  plugins: [
    earlyScript(`${import.meta.dirname}/src/ui/appearance-early.js`),
    react(),
    boardEditor(),
    catalogueParts(),
    emojiNames(),
    componentLanguages(),
    serviceWorker(`${import.meta.dirname}/src/offline`),
  ],
  define: { __EDITOR_ASSETS__: JSON.stringify(EDITOR_ASSETS) },
  build: {
    outDir: "../rtserver/static",
    emptyOutDir: true,
    target: "es2022",
    // No data: URLs, so that the page's Content-Security-Policy can stay narrow.
    assetsInlineLimit: 0,
    // The limit is on what travels (250 KB compressed, checked by a test), not on what is parsed.
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      output: {
        // What is needed at once comes in two pieces, not in forty: over a slow line each is a way there and back, six at
        // a time. Libraries apart: they are the same after most updates.
        codeSplitting: {
          groups: [
            { name: "libraries", tags: ["$initial"], test: /node_modules/, priority: 1 },
            { name: "first", tags: ["$initial"], test: isOfPage },
          ],
        },
        // Apart from our own catalogues, which tools/first-load.mjs finds by their names.
        chunkFileNames: ({ facadeModuleId }) =>
          `assets/${folderOf(facadeModuleId)}[name]-[hash].js`,
      },
    },
  },
  server: {
    proxy: {
      "/socket.io": { target: server, ws: true },
      "/api": server,
      "/session": server,
    },
  },
  test: {
    include: ["src/**/*.test.{ts,tsx}"],
    environment: "node",
    // The board's editor is built for bundlers: Node alone cannot load what it imports.
    server: { deps: { inline: [/@excalidraw/, /open-color/, /roughjs/] } },
    restoreMocks: true,
    unstubGlobals: true,
  },
});

function folderOf(module: string | null | undefined): string {
  if (module?.includes("@excalidraw") === true) {
    return "editor/";
  }
  return module?.endsWith("?emoji-names") === true ? "emoji/" : "";
}
