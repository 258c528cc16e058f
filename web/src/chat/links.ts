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
