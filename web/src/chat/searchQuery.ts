/** What is searched for, and what was found. Pure. */

import {
  type ChatSearch,
  SEARCH_CHARACTERS_MAX,
  SEARCH_CHARACTERS_MIN,
  type SearchHit,
  type SearchPage,
} from "../protocol/generated";

export interface SearchQuery {
  text: string;
  scope: "room" | "all";
}

export interface Found {
  hits: readonly SearchHit[];
  more: boolean;
}

/** The command that asks for it; null while there is not enough to look for. */
export function askFor(query: SearchQuery, room: string, found: Found | null): ChatSearch | null {
  const text = [...query.text.trim()].slice(0, SEARCH_CHARACTERS_MAX).join("");
  if ([...text].length < SEARCH_CHARACTERS_MIN) {
    return null;
  }
  const last = found?.hits.at(-1);
  const before =
    last === undefined ? {} : { before: { room: last.room, message: last.message.id } };
  return { room: query.scope === "room" ? room : null, text, ...before };
}

/** What was found with one more page; a message that comes twice is taken once. */
export function withPage(found: Found | null, page: SearchPage): Found {
  const before = found?.hits ?? [];
  const known = new Set(before.map(({ room, message }) => `${room}/${message.id}`));
  const fresh = page.hits.filter(({ room, message }) => !known.has(`${room}/${message.id}`));
  return { hits: [...before, ...fresh], more: page.more };
}
