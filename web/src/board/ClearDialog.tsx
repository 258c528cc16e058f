import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useTwinSpace } from "../state/store";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Choice } from "../ui/Field";
import { useNotices } from "../ui/Notices";
import type { BoardClient } from "./ports";
import { useBoard } from "./useBoard";

/** In place of a member's id. */
const ALL = "";

/** Clears one person's work, or everything. It can be undone for a while. */
export function ClearDialog({ client, onClose }: { client: BoardClient; onClose(): void }) {
  const { t, i18n } = useTranslation();
  const { attempt } = useNotices();
  const names = useTwinSpace((state) => state.names);
  const elements = useBoard(client, (state) => state.elements);
  const [whose, setWhose] = useState(ALL);
  const counts = new Map<string, number>();
  for (const { creator } of elements.values()) {
    counts.set(creator, (counts.get(creator) ?? 0) + 1);
  }
  const nameOf = (member: string) => names[member] ?? t("common.somebody");
  const collator = new Intl.Collator(i18n.language);
  const creators = [...counts.keys()].sort((a, b) => collator.compare(nameOf(a), nameOf(b)));

  async function clear(): Promise<void> {
    if (await attempt(() => client.clear(whose === ALL ? null : whose))) {
      onClose();
    }
  }

  return (
    <Dialog title={t("board.clear.title")} onClose={onClose}>
      <Choice label={t("board.clear.whose")} value={whose} onChange={setWhose}>
        <option value={ALL}>{t("board.clear.all", { count: elements.size })}</option>
        {creators.map((member) => (
          <option key={member} value={member}>
            {t("board.clear.one", { name: nameOf(member), count: counts.get(member) ?? 0 })}
          </option>
        ))}
      </Choice>
      <p className="dialog__text">{t("board.clear.text")}</p>
      <div className="dialog__buttons">
        <Button onPress={onClose}>{t("common.cancel")}</Button>
        <Button look="danger" onPress={() => void clear()}>
          {t("board.clear.confirm")}
        </Button>
      </div>
    </Dialog>
  );
}
