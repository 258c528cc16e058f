import { useTranslation } from "react-i18next";
import { Icon } from "../ui/Icon";
import { shares } from "./polls";

interface PollResultProps {
  answers: readonly string[];
  counts: readonly number[];
  /** What the reader chose, as far as this page knows. */
  chosen: number | null;
}

/** How many chose what: bars, with numbers and words beside them. */
export function PollResult({ answers, counts, chosen }: PollResultProps) {
  const { t, i18n } = useTranslation();
  const percent = new Intl.NumberFormat(i18n.language, { style: "percent" });
  return (
    <ul className="lesson-result" data-testid="poll-result">
      {shares(counts).map((share, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the place is what was voted for
        <li key={at} className="lesson-result__row">
          <span className="lesson-result__answer">
            <bdi>{answers[at]}</bdi>
            {at === chosen && <Icon name="check" size={16} />}
          </span>
          <span className="lesson-result__bar" aria-hidden="true">
            <span style={{ inlineSize: `${share * 100}%` }} />
          </span>
          <span className="lesson-result__count">
            {t("lesson.poll.votes", { count: counts[at] ?? 0 })} · {percent.format(share)}
          </span>
        </li>
      ))}
    </ul>
  );
}
