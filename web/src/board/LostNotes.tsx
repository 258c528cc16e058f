import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { failureText } from "../locales/i18n";
import { Button } from "../ui/Button";
import { Note, useName } from "./BoardNotes";
import type { BoardClient, LostChange } from "./ports";
import { useBoard } from "./useBoard";

/** So many are shown one by one; of more, how many there are, with one answer for all. */
const SHOWN_MAX = 2;

/** Changes of one's own that the server did not take, since somebody else was first. Nothing of them is lost yet. */
export function LostNotes({ client }: { client: BoardClient }) {
  const { t } = useTranslation();
  const lost = useBoard(client, (state) => state.lost);
  if (lost.length <= SHOWN_MAX) {
    return lost.map((change) => <LostNote key={change.mine.id} client={client} change={change} />);
  }
  function answerAll(answer: (id: string) => void): void {
    for (const { mine } of lost) {
      answer(mine.id);
    }
  }
  return (
    <Note icon="warning" tone="warn" text={t("board.lost.many", { count: lost.length })}>
      <Answers
        onKeep={() => answerAll((id) => client.keepLost(id))}
        onDismiss={() => answerAll((id) => client.dismissLost(id))}
      />
    </Note>
  );
}

function LostNote({ client, change }: { client: BoardClient; change: LostChange }) {
  const { t } = useTranslation();
  const name = useName(change.by);
  const { id } = change.mine;
  return (
    <Note icon="warning" tone="warn" text={lostText(t, change, name)}>
      <Answers onKeep={() => client.keepLost(id)} onDismiss={() => client.dismissLost(id)} />
    </Note>
  );
}

function lostText(t: TFunction, { code, by }: LostChange, name: string): string {
  if (code === "element_changed" && by !== null) {
    return t("board.lost.changed", { name });
  }
  return code === "element_gone" ? t("board.lost.gone") : failureText(t, code, code);
}

function Answers({ onKeep, onDismiss }: { onKeep(): void; onDismiss(): void }) {
  const { t } = useTranslation();
  return (
    <>
      <Button small look="primary" onPress={onKeep}>
        {t("board.lost.keep")}
      </Button>
      <Button small onPress={onDismiss}>
        {t("common.dismiss")}
      </Button>
    </>
  );
}
