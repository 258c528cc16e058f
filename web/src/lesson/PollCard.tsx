import { type RefObject, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { roomName } from "../groups/roomName";
import type { Poll } from "../protocol/generated";
import { findRoom } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { Button } from "../ui/Button";
import { mayMoveFocus } from "../ui/lateFocus";
import { useNotices } from "../ui/Notices";
import { focusTools } from "./focus";
import { PollChoices } from "./PollChoices";
import { PollResult } from "./PollResult";
import { answersOf, questionOf } from "./polls";
import { Said } from "./Said";

/** A poll: its question and answers, folded to a line once one has voted, and in the end its result. */
export function PollCard({ poll, room }: { poll: Poll; room: string }) {
  const { t } = useTranslation();
  const choice = useTwinSpace((state) => state.lesson.ballots[poll.id]?.choice ?? null);
  const mayLead = useTwinSpace((state) => state.rights[room]?.lead === null);
  const where = useTwinSpace((state) => (poll.room === room ? null : findRoom(state, poll.room)));
  const counts = poll.counts ?? null;
  const isOpen = counts === null;
  const foldButton = useRef<HTMLButtonElement>(null);
  // The result is shown to those too who have folded the question.
  const [folding, setFolding] = useState({ isOpen, unfolded: null as boolean | null });
  const unfolded = folding.isOpen === isOpen ? folding.unfolded : null;
  const setUnfolded = (wanted: boolean) => setFolding({ isOpen, unfolded: wanted });
  // Whoever leads sees in the line how many have voted; whoever has voted is done.
  const isUnfolded = unfolded ?? !(isOpen && (choice !== null || mayLead));
  const question = questionOf(poll, t);
  const answers = answersOf(poll, t);
  const chosen = choice === null ? null : (answers[choice] ?? null);
  const isVoted = isOpen && choice !== null;
  const said = isOpen ? "lesson.poll.sayOpen" : "lesson.poll.sayResult";

  /** The buttons of the answers go: whoever pressed one by keyboard stays here. */
  function onVoted(): void {
    if (!mayLead) {
      setUnfolded(false);
      if (mayMoveFocus(cardOf(foldButton))) {
        foldButton.current?.focus();
      }
    }
  }

  return (
    <section
      className="strip lesson-poll"
      data-open={isUnfolded}
      aria-label={t("lesson.poll.title")}
      data-testid="poll"
    >
      <header className="lesson-poll__head">
        <h2 className="lesson-poll__question" dir="auto">
          {question}
        </h2>
        <p className="lesson-poll__state">
          {where !== null && <span>{t("lesson.poll.where", { room: roomName(t, where) })} · </span>}
          {isOpen ? <VoteCount poll={poll.id} /> : t("lesson.poll.result")}
          {isOpen && chosen !== null && (
            <span data-testid="own-vote"> · {t("lesson.poll.chosen", { choice: chosen })}</span>
          )}
        </p>
        <span className="lesson-strip__buttons">
          {mayLead && <LeadButton poll={poll} />}
          <Button ref={foldButton} look="quiet" small onPress={() => setUnfolded(!isUnfolded)}>
            {t(
              isUnfolded ? "lesson.poll.hide" : isVoted ? "lesson.poll.change" : "lesson.poll.show",
            )}
          </Button>
        </span>
      </header>
      {isUnfolded &&
        (counts === null ? (
          <PollChoices poll={poll} question={question} answers={answers} onVoted={onVoted} />
        ) : (
          <PollResult answers={answers} counts={counts} chosen={choice} />
        ))}
      <Said text={t(said, { question })} />
    </section>
  );
}

/** The card that a button is in, as long as it is there. */
function cardOf(button: RefObject<HTMLButtonElement | null>): Element | null {
  return button.current?.closest("section") ?? null;
}

function VoteCount({ poll }: { poll: string }) {
  const { t } = useTranslation();
  const count = useTwinSpace((state) => state.lesson.ballots[poll]?.votes ?? 0);
  return <span data-testid="votes">{t("lesson.poll.votes", { count })}</span>;
}

/** What the teacher does with it next. */
function LeadButton({ poll }: { poll: Poll }) {
  const { t } = useTranslation();
  const connection = useConnection();
  const { attempt } = useNotices();
  const button = useRef<HTMLButtonElement>(null);
  const isBusy = useRef(false); // it keeps the focus meanwhile, so it is not disabled
  const isOpen = poll.counts == null;

  async function press(): Promise<void> {
    if (isBusy.current) {
      return;
    }
    isBusy.current = true;
    const asked = { room: poll.room, poll: poll.id };
    const next = isOpen ? "poll.close" : "poll.put_away";
    const isDone = await attempt(() => connection.change(next, asked));
    isBusy.current = false;
    if (isDone && !isOpen) {
      focusTools(cardOf(button));
    }
  }

  return (
    <Button ref={button} look={isOpen ? "primary" : "plain"} small onPress={() => void press()}>
      {t(isOpen ? "lesson.poll.close" : "lesson.poll.putAway")}
    </Button>
  );
}
