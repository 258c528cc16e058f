import { useTranslation } from "react-i18next";
import { dateTime } from "../ui/places";
import type { Checks } from "./useChecks";
import { LINES } from "./verdicts";
import { lineWords, stateWords, useWords } from "./words";

/** What was found, as text in the reader's language. Who they are and where is not in it. */
export function useReport({ lines, measured }: Checks): string {
  const { t, i18n } = useTranslation();
  const say = useWords();
  const rows = LINES.map((line) => {
    const found = lines[line];
    const words = "words" in found ? ` – ${say(found.words)}` : "";
    return `${lineWords(t, line)}: ${stateWords(t, found)}${words}`;
  });
  const numbers =
    measured?.roundTrip == null
      ? []
      : [
          t("rehearsal.numbers", {
            time: Math.round(measured.roundTrip),
            jitter: Math.round(measured.jitter),
            late: measured.late,
          }),
        ];
  const title = `${t("rehearsal.title")}, ${dateTime(Date.now(), i18n.language)}`;
  return [title, ...rows, ...numbers].join("\n");
}
