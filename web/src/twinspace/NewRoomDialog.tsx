import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useAsking } from "../ui/asking";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { useConnection } from "./connectionContext";

/** Longest name of a room or a person; the server's limit of a short text. */
export const SHORT_TEXT_MAX = 120;

export function NewRoomDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const connection = useConnection();
  const ask = useAsking();
  const [name, setName] = useState("");

  function add(event: FormEvent): void {
    event.preventDefault();
    void ask(() => connection.change("room.add", { name: name.trim() }), onClose);
  }

  return (
    <Dialog title={t("rooms.addTitle")} onClose={onClose}>
      <form className="dialog__body" onSubmit={add}>
        <Field
          label={t("rooms.addName")}
          hint={t("rooms.addText")}
          value={name}
          maxLength={SHORT_TEXT_MAX}
          autoFocus
          onChange={setName}
        />
        <div className="dialog__buttons">
          <Button onPress={onClose}>{t("common.cancel")}</Button>
          <Button look="primary" type="submit" isDisabled={name.trim() === ""}>
            {t("rooms.addButton")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
