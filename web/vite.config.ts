import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { earlyScript } from "./tools/early-script.ts";
import { boardEditor, EDITOR_ASSETS } from "./tools/editor.ts";
import { catalogueParts, componentLanguages } from "./tools/languages.ts";

// Where `vite dev` finds the server: `make run` in another terminal.
const server = "http://127.0.0.1:8080";

export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  plugins: [
    earlyScript(`${import.meta.dirname}/src/ui/appearance-early.js`),
    react(),
    boardEditor(),
    catalogueParts(),
    componentLanguages(),
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
        // Apart from our own catalogues, which tools/first-load.mjs finds by their names.
        chunkFileNames: ({ facadeModuleId }) =>
          facadeModuleId?.includes("@excalidraw") === true
            ? "assets/editor/[name]-[hash].js"
            : "assets/[name]-[hash].js",
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
