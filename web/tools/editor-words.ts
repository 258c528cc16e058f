/**
 * Words of the board's editor that its own catalogues lack: what came with its newest versions is in English there. Ours
 * lie in editor-words/, by the editor's names of them ("hints.arrowTool"); what its makers have translated stays theirs.
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Words {
  [key: string]: string | Words;
}

/** Of one language of the page; null for those that need none. */
export function ourWordsFile(language: string): string | null {
  const file = join(import.meta.dirname, "editor-words", `${language}.json`);
  return existsSync(file) ? file : null;
}

export function ourWords(file: string): Record<string, string> {
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
}

/** The editor's catalogue with ours added. Throws where both have the same: an upgrade has brought it, ours can go. */
export function withOurWords(words: Words, ours: Readonly<Record<string, string>>): Words {
  const all = structuredClone(words);
  for (const [key, text] of Object.entries(ours)) {
    const path = key.split(".");
    const name = path.pop() ?? "";
    let branch = all;
    for (const part of path) {
      branch[part] ??= {};
      branch = branch[part] as Words;
    }
    if (branch[name] !== undefined && branch[name] !== "") {
      throw new Error(`The editor says "${key}" itself now: take it out of editor-words.`);
    }
    branch[name] = text;
  }
  return all;
}
