import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { failureText } from "../locales/i18n";
import type { Poll } from "../protocol/generated";
import { useStore, useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { useNotices } from "../ui/Notices";

interface PollChoicesProps {
  poll: Poll;
  question: string;
  answers: readonly string[];
  onVoted(): void;
}

/** The answers of an open poll, as large buttons. */
export function PollChoices({ poll, question, answers, onVoted }: PollChoicesProps) {
  const { t } = useTranslation();
  const store = useStore();
  const connection = useConnection();
  const { attempt } = useNotices();
  const hint = useId();
  const [sending, setSending] = useState<number | null>(null);
  const choice = useTwinSpace((state) => state.lesson.ballots[poll.id]?.choice ?? null);
  // Of another room than the open one the server has not said: it answers when one tries.
  const refusal = useTwinSpace((state) => state.rights[poll.room]?.vote ?? null);

  async function vote(wanted: number | null): Promise<void> {
    setSending(wanted);
    const asked = { room: poll.room, poll: poll.id, choice: wanted };
    const isDone = await attempt(() => connection.change("poll.vote", asked));
    setSending(null);
    if (isDone) {
      store.dispatch({ type: "voted", poll: poll.id, choice: wanted });
      if (wanted !== null) {
        onVoted();
      }
    }
  }

  return (
    <div className="lesson-poll__body">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset has no grid of its own in older browsers */}
      <div
        className="lesson-poll__choices"
        role="group"
        aria-label={question}
        aria-describedby={hint}
      >
        {answers.map((answer, at) => (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: the place is what is voted for
            key={at}
            type="button"
            className="lesson-choice"
            aria-pressed={at === choice}
            data-sending={at === sending}
            disabled={refusal !== null}
            onClick={() => void vote(at)}
          >
            <bdi>{answer}</bdi>
            {at === choice && <Icon name="check" />}
          </button>
        ))}
      </div>
      <p id={hint} className="lesson-poll__hint">
        {refusal === null ? t("lesson.poll.anonymous") : failureText(t, refusal, refusal)}
      </p>
      {choice !== null && refusal === null && (
        <Button look="quiet" small onPress={() => void vote(null)}>
          {t("lesson.poll.takeBack")}
        </Button>
      )}
    </div>
  );
}
