import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { SHORT_TEXT_MAX } from "../twinspace/NewRoomDialog";
import { useAsking } from "../ui/asking";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";

interface BoardNameDialogProps {
  title: string;
  confirm: string;
  name: string;
  onName(name: string): Promise<unknown>;
  onClose(): void;
}

/** Asks for the name of a board. */
export function BoardNameDialog({ title, confirm, name, onName, onClose }: BoardNameDialogProps) {
  const { t } = useTranslation();
  const ask = useAsking();
  const [wanted, setWanted] = useState(name);

  function save(event: FormEvent): void {
    event.preventDefault();
    void ask(() => onName(wanted.trim()), onClose);
  }

  return (
    <Dialog title={title} onClose={onClose}>
      <form className="dialog__body" onSubmit={save}>
        <Field
          label={t("board.name")}
          hint={t("board.nameHint")}
          value={wanted}
          maxLength={SHORT_TEXT_MAX}
          autoFocus
          onChange={setWanted}
        />
        <div className="dialog__buttons">
          <Button onPress={onClose}>{t("common.cancel")}</Button>
          <Button look="primary" type="submit" isDisabled={wanted.trim() === ""}>
            {confirm}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
