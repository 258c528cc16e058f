import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../locales/languages";
import type { Message } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { useNotices } from "../ui/Notices";
import { byName } from "./languageOf";

interface LanguageDialogProps {
  room: string;
  message: Message;
  onClose(): void;
}

/** The language of a message, put right by who wrote it or a teacher. */
export default function LanguageDialog({ room, message, onClose }: LanguageDialogProps) {
  const { t, i18n } = useTranslation();
  const connection = useConnection();
  const { attempt } = useNotices();
  const spoken = useTwinSpace((state) => [
    ...new Set(state.project?.view.classes.flatMap(({ languages }) => languages)),
  ]);
  const [chosen, setChosen] = useState(message.language ?? "");
  const tags = [...new Set([...spoken, ...(message.language ? [message.language] : [])])];
  const others = LANGUAGES.filter((tag) => !tags.includes(tag));

  async function save(): Promise<void> {
    const language = chosen === "" ? null : chosen;
    if (await attempt(() => connection.chat.setLanguage(room, message.id, language))) {
      onClose();
    }
  }

  const options = (of: readonly string[]) =>
    byName(of, i18n.language).map(({ tag, name }) => (
      <option key={tag} value={tag}>
        {name}
      </option>
    ));

  return (
    <Dialog title={t("chat.languageTitle")} onClose={onClose}>
      <p className="dialog__text">{t("chat.languageText")}</p>
      <label className="field">
        <span className="field__label">{t("chat.languageLabel")}</span>
        <select
          className="select"
          value={chosen}
          onChange={({ currentTarget }) => setChosen(currentTarget.value)}
        >
          <option value="">{t("chat.languageNone")}</option>
          <optgroup label={t("chat.languagesOfClasses")}>{options(tags)}</optgroup>
          <optgroup label={t("chat.languagesOther")}>{options(others)}</optgroup>
        </select>
      </label>
      <div className="dialog__buttons">
        <Button look="plain" onPress={onClose}>
          {t("common.cancel")}
        </Button>
        <Button look="primary" onPress={() => void save()}>
          {t("common.save")}
        </Button>
      </div>
    </Dialog>
  );
}
