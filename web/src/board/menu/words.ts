import type { TFunction } from "i18next";
import type { Element } from "../../protocol/generated";
import type { Entry, Named } from "./entries";

/** Characters of a text that are said of an element: enough to know which one it is. */
const TEXT_CHARACTERS_SAID = 160;

/** What a kind of element is called. */
export function typeWord(t: TFunction, type: Element["type"]): string {
  switch (type) {
    case "rectangle":
      return t("boardMenu.types.rectangle");
    case "diamond":
      return t("boardMenu.types.diamond");
    case "ellipse":
      return t("boardMenu.types.ellipse");
    case "text":
      return t("boardMenu.types.text");
    case "line":
      return t("boardMenu.types.line");
    case "arrow":
      return t("boardMenu.types.arrow");
    case "freedraw":
      return t("boardMenu.types.stroke");
    case "image":
      return t("boardMenu.types.picture");
    case "frame":
    case "magicframe":
      return t("boardMenu.types.frame");
    case "embeddable":
    case "iframe":
      return t("boardMenu.types.page");
  }
}

/** An element by its kind and what is written on it. */
export function namedWords(t: TFunction, { type, text }: Named): string {
  const kind = typeWord(t, type);
  return text === "" ? kind : t("boardMenu.withText", { kind, text: shortened(text) });
}

/** What an entry of the list is, in one line. */
export function entryWords(t: TFunction, entry: Entry): string {
  const { from, to, strokes } = entry;
  if (strokes > 1) {
    return t("boardMenu.strokes", { count: strokes });
  }
  const what = namedWords(t, entry);
  if (from !== null && to !== null) {
    return t("boardMenu.fromTo", { what, from: namedWords(t, from), to: namedWords(t, to) });
  }
  if (from !== null) {
    return t("boardMenu.from", { what, from: namedWords(t, from) });
  }
  return to === null ? what : t("boardMenu.to", { what, to: namedWords(t, to) });
}

/** When something was: the time, and the day when it was not today. */
export function timeWords(language: string, at: number, now: number): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  const format = new Intl.DateTimeFormat(language, {
    timeStyle: "short",
    ...(!isToday && { dateStyle: "medium" }),
  });
  return format.format(at);
}

function shortened(text: string): string {
  const letters = [...text];
  return letters.length <= TEXT_CHARACTERS_SAID
    ? text
    : `${letters.slice(0, TEXT_CHARACTERS_SAID).join("")}…`;
}
