/**
 * Mentions: a text holds ids (`<@m_abc>`), and each reader's page shows the name that this reader may see. In the box one
 * writes names. Pure.
 */

import { fold, WORD } from "./fold";

/** The twin of MENTION in rooms/chat/mentions.py. */
const MENTION = /<@([A-Za-z0-9_-]{1,64})>/g;

/** So many names are offered: as many as fit above a phone's keyboard. */
const OFFERED_MAX = 6;

/** No name is longer, so what is is no name being typed. */
const QUERY_CHARACTERS_MAX = 60;

export interface Mentionable {
  id: string;
  name: string;
  /** In the room just now: offered first. */
  isHere: boolean;
}

export type MentionPart = { text: string; member: null } | { text: string; member: string };

/** The text in pieces: what was typed, and members by id. */
export function splitMentions(text: string): MentionPart[] {
  const parts: MentionPart[] = [];
  let done = 0;
  for (const match of text.matchAll(MENTION)) {
    const [all, member = ""] = match;
    if (match.index > done) {
      parts.push({ text: text.slice(done, match.index), member: null });
    }
    parts.push({ text: all, member });
    done = match.index + all.length;
  }
  if (done < text.length) {
    parts.push({ text: text.slice(done), member: null });
  }
  return parts;
}

/** The text with names in place of the ids that are known. */
export function withNames(text: string, names: Readonly<Record<string, string>>): string {
  return splitMentions(text)
    .map((part) => {
      const name = part.member === null ? undefined : names[part.member];
      return name === undefined ? part.text : `@${name}`;
    })
    .join("");
}

/**
 * The text with ids in place of names after an @. `chosen`: whom the writer has chosen from the list, by name; a name
 * that was only typed counts when one person alone has it.
 */
export function withIds(
  text: string,
  people: readonly Mentionable[],
  chosen: ReadonlyMap<string, string>,
): string {
  if (!text.includes("@")) {
    return text;
  }
  const ids = new Map<string, string | null>();
  for (const { id, name } of people) {
    ids.set(name, ids.has(name) ? null : id);
  }
  for (const [name, id] of chosen) {
    ids.set(name, id);
  }
  // The longest first: "@Leo G." is not "@Leo" with something behind it.
  const names = [...ids.keys()].sort((one, other) => other.length - one.length);
  let after = "";
  let at = 0;
  while (at < text.length) {
    const name = isMentionStart(text, at)
      ? names.find((each) => text.startsWith(each, at + 1) && isEnd(text, at + 1 + each.length))
      : undefined;
    const id = name === undefined ? null : (ids.get(name) ?? null);
    if (name === undefined || id === null) {
      after += text[at];
      at += 1;
    } else {
      after += `<@${id}>`;
      at += 1 + name.length;
    }
  }
  return after;
}

/** The name that is being typed at `caret`: where its @ stands, and what stands behind it. */
export function typedMention(text: string, caret: number): { start: number; query: string } | null {
  const start = text.lastIndexOf("@", caret - 1);
  if (start === -1 || !isMentionStart(text, start)) {
    return null;
  }
  const query = text.slice(start + 1, caret);
  const isName = query.length <= QUERY_CHARACTERS_MAX && !/\n|^\s|\s$/u.test(query);
  return isName ? { start, query } : null;
}

/** Who may be meant by what was typed: those of whose name a word begins so; who is here comes first. */
export function offered(people: readonly Mentionable[], query: string): Mentionable[] {
  const wanted = fold(query);
  const matching = people.filter(({ name }) => {
    const folded = fold(name);
    return folded.startsWith(wanted) || [...folded.matchAll(WORD)].some(beginsWith(wanted));
  });
  return matching
    .sort((a, b) => Number(b.isHere) - Number(a.isHere) || a.name.localeCompare(b.name))
    .slice(0, OFFERED_MAX);
}

function beginsWith(wanted: string): (word: RegExpExecArray) => boolean {
  return (word) => word.input.startsWith(wanted, word.index);
}

/** An @ inside of a word is that of a mail address. */
function isMentionStart(text: string, at: number): boolean {
  return text[at] === "@" && (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] ?? ""));
}

function isEnd(text: string, at: number): boolean {
  return at >= text.length || !/[\p{L}\p{N}]/u.test(text[at] ?? "");
}
