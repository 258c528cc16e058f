/**
 * Measures what a browser loads before somebody can chat, compressed, and fails above the limit.
 *
 * Counted: what index.html names, what that imports at once, and the largest of the catalogues that are loaded when
 * their language is chosen. Run after each build.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** A school's line of 2 Mbit/s carries it in a second. */
const LIMIT_BYTES = 250 * 1024;

const CATALOGUE = /^[a-z]{2}-[\w-]+\.js$/;

const folder = join(import.meta.dirname, "../../rtserver/static");
const sizeOf = (name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length;

const page = readFileSync(join(folder, "index.html"), "utf8");
const named = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, name]) => name);
const needed = new Set(named);
for (const name of needed) {
  if (name.endsWith(".js")) {
    const source = readFileSync(join(folder, name), "utf8");
    for (const [, imported] of source.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) {
      needed.add(`assets/${imported}`); // a Set that grows while it is walked is walked to its end
    }
  }
}

const catalogues = readdirSync(join(folder, "assets")).filter((name) => CATALOGUE.test(name));
const sizes = [...needed, "index.html"].map((name) => [name, sizeOf(name)]);
const largest = Math.max(0, ...catalogues.map((name) => sizeOf(`assets/${name}`)));
const total = sizes.reduce((sum, [, size]) => sum + size, largest);

for (const [name, size] of sizes) {
  process.stdout.write(`${String(size).padStart(8)}  ${name}\n`);
}
process.stdout.write(`${String(largest).padStart(8)}  (one language besides English)\n`);
process.stdout.write(
  `${String(total).padStart(8)}  first load, compressed; limit ${LIMIT_BYTES}\n`,
);
if (named.length === 0) {
  process.stderr.write("index.html names no assets: nothing was measured.\n");
  process.exit(1);
}
if (total > LIMIT_BYTES) {
  process.stderr.write("The first load is too big. What has become part of it that could wait?\n");
  process.exit(1);
}
