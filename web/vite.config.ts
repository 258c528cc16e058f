import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Where `vite dev` finds the server: `make run` in another terminal.
const server = "http://127.0.0.1:8080";

export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  plugins: [react()],
  build: {
    outDir: "../rtserver/static",
    emptyOutDir: true,
    target: "es2022",
    // No data: URLs, so that the page's Content-Security-Policy can stay narrow.
    assetsInlineLimit: 0,
    // The limit is on what travels (250 KB compressed, checked by a test), not on what is parsed.
    chunkSizeWarningLimit: 1000,
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
    restoreMocks: true,
    unstubGlobals: true,
  },
});
