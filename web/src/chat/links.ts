/** Finds links in a text. The text itself stays as it was typed. Pure. */

export type Part = { text: string; href: string | null };

const CANDIDATE = /https?:\/\/[^\s<>"'`]+/giu;

/** Punctuation that belongs to the sentence around the link. */
const TRAILING = /[.,;:!?…)\]}»”’]+$/u;

export function splitLinks(text: string): Part[] {
  const parts: Part[] = [];
  let done = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const found = withoutTrailing(match[0]);
    const href = safeAddress(found);
    if (href === null) {
      continue;
    }
    if (match.index > done) {
      parts.push({ text: text.slice(done, match.index), href: null });
    }
    parts.push({ text: found, href });
    done = match.index + found.length;
  }
  if (done < text.length) {
    parts.push({ text: text.slice(done), href: null });
  }
  return parts;
}

function withoutTrailing(link: string): string {
  const trimmed = link.replace(TRAILING, "");
  const closes = link[trimmed.length] === ")" && trimmed.includes("(");
  return closes ? `${trimmed})` : trimmed; // as in …/wiki/Lublin_(city)
}

function safeAddress(link: string): string | null {
  try {
    const url = new URL(link);
    const isWeb = url.protocol === "http:" || url.protocol === "https:";
    return isWeb && url.hostname !== "" ? url.href : null;
  } catch {
    return null;
  }
}

/** So many cards stand under a message; whoever sends a list of links wants it read as a list. */
const CARDS_MAX = 3;

export interface LinkCard {
  href: string;
  /** Where it leads: the part of an address that cannot be made up. International names as they travel (xn--…). */
  host: string;
  /** What stands behind it, as people write it; empty for a site's first page. */
  path: string;
}

/** Cards for the links of a text that lead away from `origin`, each address once. Nothing is fetched for them. */
export function linkCards(text: string, origin: string): LinkCard[] {
  const cards = new Map<string, LinkCard>();
  for (const { href } of splitLinks(text)) {
    const url = href === null ? null : new URL(href);
    if (url !== null && url.origin !== origin && !cards.has(url.href)) {
      const rest = `${url.pathname}${url.search}${url.hash}`;
      cards.set(url.href, {
        href: url.href,
        host: url.host,
        path: rest === "/" ? "" : readable(rest),
      });
    }
  }
  return [...cards.values()].slice(0, CARDS_MAX);
}

/** Without percent signs, where that says the same to people. */
function readable(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path; // not UTF-8
  }
}
