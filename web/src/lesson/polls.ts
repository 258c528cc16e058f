/** What a poll looks like: the words of its answers, and what share of the votes each has. Pure. */

import type { TFunction } from "i18next";
import type { Poll, PollKind } from "../protocol/generated";

/** The answers of a poll in the reader's language, where it is a ready-made one; else as they were typed. */
export function answersOf(
  { kind, choices }: Pick<Poll, "kind" | "choices">,
  t: TFunction,
): readonly string[] {
  const ready = readyAnswers(kind ?? "free", t);
  return ready.length === choices.length ? ready : choices;
}

/** What is asked: in the reader's language, where the teacher has left it to the ready-made poll. */
export function questionOf(
  { kind, question }: Pick<Poll, "kind" | "question">,
  t: TFunction,
): string {
  return question === "" ? readyQuestion(kind ?? "free", t) : question;
}

/** The question of a ready-made poll; a free one has none. */
export function readyQuestion(kind: PollKind, t: TFunction): string {
  switch (kind) {
    case "yes_no":
      return t("lesson.poll.askClear");
    case "how_sure":
      return t("lesson.poll.askSure");
    default:
      return "";
  }
}

/** The answers of a ready-made poll; a free one has none. */
export function readyAnswers(kind: PollKind, t: TFunction): readonly string[] {
  switch (kind) {
    case "yes_no":
      return [t("lesson.poll.yes"), t("lesson.poll.no")];
    case "how_sure":
      return [t("lesson.poll.sure1"), "2", "3", "4", t("lesson.poll.sure5")];
    default:
      return [];
  }
}

/** The share of each count, from 0 to 1; none of nothing. */
export function shares(counts: readonly number[]): number[] {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (all === 0 ? 0 : count / all));
}

/** Answers as they are sent: without spaces around, without empty ones. */
export function filled(answers: readonly string[]): string[] {
  return answers.map((answer) => answer.trim()).filter((answer) => answer !== "");
}

/** Whether they can be asked: two or more, none of them twice. */
export function areAskable(answers: readonly string[], least: number): boolean {
  const given = filled(answers);
  return given.length >= least && new Set(given).size === given.length;
}
