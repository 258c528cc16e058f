/** Marks in a text what was searched for: words and beginnings of words, whatever case and accents. Pure. */

import { fold, WORD } from "./fold";

export interface Piece {
  text: string;
  isHit: boolean;
}

/** A result shows so much of a long message: two lines on a phone. */
const EXCERPT_CHARACTERS = 160;

/** So much of it stands before the first word that was found. */
const LEAD_CHARACTERS = 50;

const ELLIPSIS = "…";

export function highlight(text: string, query: string): Piece[] {
  const wanted = [...fold(query).matchAll(WORD)].map(([word]) => word);
  const pieces: Piece[] = [];
  let done = 0;
  for (const match of text.matchAll(WORD)) {
    const word = fold(match[0]);
    if (wanted.some((each) => word.startsWith(each))) {
      if (match.index > done) {
        pieces.push({ text: text.slice(done, match.index), isHit: false });
      }
      pieces.push({ text: match[0], isHit: true });
      done = match.index + match[0].length;
    }
  }
  if (done < text.length) {
    pieces.push({ text: text.slice(done), isHit: false });
  }
  return pieces;
}

/** The part of a text around the first word that was found, in pieces. */
export function excerpt(text: string, query: string): Piece[] {
  const line = text.replace(/\s+/gu, " ").trim();
  const pieces = highlight(line, query);
  const first = pieces.findIndex(({ isHit }) => isHit);
  const before = pieces
    .slice(0, Math.max(0, first))
    .reduce((sum, piece) => sum + piece.text.length, 0);
  const start = before > LEAD_CHARACTERS ? wordStart(line, before - LEAD_CHARACTERS) : 0;
  const end = wordEnd(line, start + EXCERPT_CHARACTERS);
  const shown = highlight(line.slice(start, end), query);
  return [
    ...(start > 0 ? [{ text: ELLIPSIS, isHit: false }] : []),
    ...shown,
    ...(end < line.length ? [{ text: ELLIPSIS, isHit: false }] : []),
  ];
}

/** The beginning of the first word at or after a place, if there are words. */
function wordStart(line: string, at: number): number {
  const space = line.indexOf(" ", at);
  return space === -1 || space > at + LEAD_CHARACTERS ? at : space + 1;
}

function wordEnd(line: string, at: number): number {
  if (at >= line.length) {
    return line.length;
  }
  const space = line.lastIndexOf(" ", at);
  return space <= at - LEAD_CHARACTERS ? at : space;
}
