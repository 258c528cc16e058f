import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  CHOICE_CHARACTERS_MAX,
  CHOICES_MAX,
  CHOICES_MIN,
  type PollKind,
  QUESTION_CHARACTERS_MAX,
} from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { useAsking } from "../ui/asking";
import { Button, IconButton } from "../ui/Button";
import { Field } from "../ui/Field";
import { Segments } from "../ui/Segments";
import { areAskable, filled, readyAnswers, readyQuestion } from "./polls";

const NO_ANSWERS: readonly string[] = Array.from({ length: CHOICES_MIN }, () => "");

/** Asks a question: with ready-made answers, in each reader's language, or with one's own. */
export function PollForm({ room, onDone }: { room: string; onDone(): void }) {
  const { t } = useTranslation();
  const connection = useConnection();
  const ask = useAsking();
  const isOneOpen = useTwinSpace(({ project }) =>
    (project?.view.polls ?? []).some((poll) => poll.room === room && poll.counts == null),
  );
  const [kind, setKind] = useState<PollKind>("yes_no");
  const [typed, setTyped] = useState<string | null>(null);
  const [answers, setAnswers] = useState(NO_ANSWERS);
  const question = typed ?? readyQuestion(kind, t);
  const choices = kind === "free" ? filled(answers) : readyAnswers(kind, t);
  const isReady = question.trim() !== "" && areAskable(choices, CHOICES_MIN);

  function submit(event: FormEvent): void {
    event.preventDefault();
    // What is ready-made each reads in their own language.
    const own = question === readyQuestion(kind, t) ? "" : question.trim();
    const asked = { room, question: own, choices, kind };
    if (isReady) {
      void ask(() => connection.change("poll.open", asked), onDone);
    }
  }

  return (
    <section className="lesson-tool" aria-labelledby="lesson-poll">
      <h3 id="lesson-poll">{t("lesson.poll.title")}</h3>
      <p className="lesson-tool__text">
        {t(isOneOpen ? "lesson.poll.goesOn" : "lesson.poll.text")}
      </p>
      {!isOneOpen && (
        <form className="lesson-tool__form" onSubmit={submit}>
          <Segments<PollKind>
            legend={t("lesson.poll.kind")}
            value={kind}
            onChange={setKind}
            options={[
              { value: "yes_no", label: t("lesson.poll.yesNo") },
              { value: "how_sure", label: t("lesson.poll.howSure") },
              { value: "free", label: t("lesson.poll.free") },
            ]}
          />
          <Field
            label={t("lesson.poll.question")}
            value={question}
            maxLength={QUESTION_CHARACTERS_MAX}
            onChange={setTyped}
          />
          {kind === "free" && <Answers answers={answers} onChange={setAnswers} />}
          <div className="lesson-tool__row lesson-tool__row--end">
            <Button look="primary" type="submit" isDisabled={!isReady}>
              {t("lesson.poll.ask")}
            </Button>
          </div>
        </form>
      )}
    </section>
  );
}

interface AnswersProps {
  answers: readonly string[];
  onChange(answers: readonly string[]): void;
}

/** The answers that a teacher writes. */
function Answers({ answers, onChange }: AnswersProps) {
  const { t } = useTranslation();
  return (
    <>
      {answers.map((answer, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its number
        <div key={at} className="lesson-tool__answer">
          <Field
            label={t("lesson.poll.answer", { number: at + 1 })}
            value={answer}
            maxLength={CHOICE_CHARACTERS_MAX}
            onChange={(text) => onChange(answers.with(at, text))}
          />
          {answers.length > CHOICES_MIN && (
            <IconButton
              icon="close"
              label={t("lesson.poll.removeAnswer", { number: at + 1 })}
              onPress={() => onChange(answers.toSpliced(at, 1))}
            />
          )}
        </div>
      ))}
      {answers.length < CHOICES_MAX && (
        <Button look="quiet" small icon="plus" onPress={() => onChange([...answers, ""])}>
          {t("lesson.poll.add")}
        </Button>
      )}
    </>
  );
}
