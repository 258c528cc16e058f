/** Who gets a card, and how cards lie on paper. Pure. */

import { ENGLISH, isLanguage, type Language } from "../locales/languages";
import type { Entry, PupilEntry } from "./requests";

/** Two columns of four: as large as a code needs for a cheap camera, and as few pages as that leaves. */
export const CARDS_PER_PAGE = 8;

/** `in`: signed in on some device; `out`: was, and is on none now; `never`: not that it is known. */
export type Progress = "in" | "out" | "never";

export function progressOf(entry: Entry): Progress {
  if (entry.devices > 0) {
    return "in";
  }
  return entry.came_in_at === null ? "never" : "out";
}

/** Those who need a card: who is on no device now. */
export function whoNeedsCards(pupils: readonly PupilEntry[]): Set<string> {
  return new Set(pupils.filter((pupil) => progressOf(pupil) !== "in").map(({ member }) => member));
}

/** What every device calls itself (RFC 6890, RFC 6761), and what a server listens on that answers at all its addresses. */
const LOOPBACK = /^(?:127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\]|(?:[\w-]+\.)*localhost)\.?$/i;

/** Whether a site ("127.0.0.1:8080") is opened by the device that it runs on, and by no other. */
export function isThisDeviceOnly(site: string): boolean {
  return LOOPBACK.test(site.replace(/:\d+$/, ""));
}

/** As many on a page as fit, in the order given. */
export function pagesOf<Item>(cards: readonly Item[]): Item[][] {
  const pages: Item[][] = [];
  for (let at = 0; at < cards.length; at += CARDS_PER_PAGE) {
    pages.push(cards.slice(at, at + CARDS_PER_PAGE));
  }
  return pages;
}

/** The first of the class's languages in which there is a page, else that of the teacher. */
export function languageOfCards(ofClass: readonly string[], ofPage: string): Language {
  const primary = ofClass.map((tag) => tag.toLowerCase().split("-")[0]);
  return primary.find(isLanguage) ?? (isLanguage(ofPage) ? ofPage : ENGLISH);
}
