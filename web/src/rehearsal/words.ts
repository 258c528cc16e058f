import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Found, Line, Words } from "./verdicts";

/** What a line is about. */
export function lineWords(t: TFunction, line: Line): string {
  const words: Record<Line, string> = {
    browser: t("rehearsal.line.browser"),
    line: t("rehearsal.line.line"),
    ways: t("rehearsal.line.ways"),
    microphone: t("rehearsal.line.microphone"),
    camera: t("rehearsal.line.camera"),
    speaker: t("rehearsal.line.speaker"),
  };
  return words[line];
}

/** How it is, in one or two words: a colour alone says nothing to who does not see it. */
export function stateWords(t: TFunction, found: Found): string {
  switch (found.at) {
    case "waiting":
      return t("rehearsal.is.waiting");
    case "running":
      return t("rehearsal.is.running");
    case "skipped":
      return t("rehearsal.is.skipped");
    case "found":
      return {
        green: t("rehearsal.is.green"),
        yellow: t("rehearsal.is.yellow"),
        red: t("rehearsal.is.red"),
      }[found.colour];
  }
}

/** What was found, and what to do. */
export function useWords(): (words: Words) => string {
  const { t } = useTranslation();
  const all: Record<Words, string> = {
    browserGood: t("rehearsal.says.browserGood"),
    browserNoCalls: t("rehearsal.says.browserNoCalls"),
    lineGood: t("rehearsal.says.lineGood"),
    lineSlow: t("rehearsal.says.lineSlow"),
    lineBad: t("rehearsal.says.lineBad"),
    lineNone: t("rehearsal.says.lineNone"),
    waysGood: t("rehearsal.says.waysGood"),
    waysDetour: t("rehearsal.says.waysDetour"),
    waysOutside: t("rehearsal.says.waysOutside"),
    waysNone: t("rehearsal.says.waysNone"),
    waysBlocked: t("rehearsal.says.waysBlocked"),
    waysUntried: t("rehearsal.says.waysUntried"),
    noCalls: t("rehearsal.says.noCalls"),
    unanswered: t("rehearsal.says.unanswered"),
    inCall: t("rehearsal.says.inCall"),
    microphoneGood: t("rehearsal.says.microphoneGood"),
    microphoneSilent: t("rehearsal.says.microphoneSilent"),
    cameraGood: t("rehearsal.says.cameraGood"),
    cameraDark: t("rehearsal.says.cameraDark"),
    speakerGood: t("rehearsal.says.speakerGood"),
    speakerBad: t("rehearsal.says.speakerBad"),
    denied: t("call.trouble.denied"),
    missing: t("rehearsal.says.missing"),
    busy: t("call.trouble.busy"),
    unsupported: t("call.trouble.unsupported"),
    unknown: t("call.trouble.unknown"),
  };
  return (words) => all[words];
}
