/**
 * The service worker (W3C Service Workers): built as /sw.js by tools/service-worker.ts, which puts in what it keeps.
 *
 * What it does is in keeper.ts.
 */

import { type KeeperScope, keepPage, type Shell } from "./keeper";

declare const __SHELL__: Shell;

keepPage(globalThis as unknown as KeeperScope, __SHELL__);
