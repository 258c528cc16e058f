/** What a file holds and a board does not take, in words. */

import type { TFunction } from "i18next";
import type { LeftOut } from "./importFile";
import type { Unfit } from "./strict";
import { namedWords } from "./words";

/** So many are named, for their author to find them in the file; the others are only counted. */
const NAMED_MAX = 3;

/** A line for each reason: how many, why, and which they are. */
export function leftOutWords(
  t: TFunction,
  language: string,
  leftOut: readonly LeftOut[],
): string[] {
  const list = new Intl.ListFormat(language, { type: "conjunction" });
  const byReason = new Map<Unfit, LeftOut[]>();
  for (const one of leftOut) {
    byReason.set(one.why, [...(byReason.get(one.why) ?? []), one]);
  }
  return [...byReason].map(([why, those]) => {
    const reason = reasonWords(t, why, those.length);
    const names = those.flatMap(({ what }) => (what === null ? [] : [namedWords(t, what)]));
    const first = [...new Set(names)].slice(0, NAMED_MAX);
    return first.length === 0
      ? reason
      : t("boardMenu.import.which", { reason, names: list.format(first) });
  });
}

function reasonWords(t: TFunction, why: Unfit, count: number): string {
  switch (why) {
    case "unknown":
      return t("boardMenu.import.unknown", { count });
    case "broken":
      return t("boardMenu.import.broken", { count });
    case "tooLong":
      return t("boardMenu.import.tooLong", { count });
    case "outOfReach":
      return t("boardMenu.import.outOfReach", { count });
    case "hatched":
      return t("boardMenu.import.hatched", { count });
  }
}
