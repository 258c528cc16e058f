import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Role } from "../protocol/generated";
import { isStaff, myself } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Choice, Field } from "../ui/Field";
import { useNotices } from "../ui/Notices";
import { useConnection } from "./connectionContext";
import { InvitationDialog } from "./InvitationDialog";
import { SHORT_TEXT_MAX } from "./NewRoomDialog";
import { rolesToAdd } from "./personActions";

/** A new person: name, name for the partner class, and then their link. */
export function AddPersonDialog({ onClose }: { onClose(): void }) {
  const [added, setAdded] = useState<{ member: string; name: string } | null>(null);
  return added === null ? (
    <PersonForm onAdded={setAdded} onClose={onClose} />
  ) : (
    <InvitationDialog member={added.member} name={added.name} onClose={onClose} />
  );
}

interface PersonFormProps {
  onAdded(added: { member: string; name: string }): void;
  onClose(): void;
}

function PersonForm({ onAdded, onClose }: PersonFormProps) {
  const { t } = useTranslation();
  const connection = useConnection();
  const { attempt } = useNotices();
  const me = useTwinSpace(myself);
  const [role, setRole] = useState<Role>("pupil");
  const [name, setName] = useState("");
  const [alias, setAlias] = useState("");
  const [isAdding, setAdding] = useState(false);
  const isComplete = name.trim() !== "" && alias.trim() !== "";

  async function add(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (!isComplete || isAdding) {
      return;
    }
    setAdding(true);
    await attempt(async () => {
      const member = await connection.addMember({
        role,
        class_id: role === "visitor" ? null : (me?.class_id ?? null),
        roster_name: name.trim(),
        alias: alias.trim(),
      });
      onAdded({ member, name: name.trim() });
    });
    setAdding(false);
  }

  return (
    <Dialog title={t("people.addTitle")} onClose={onClose}>
      <form className="dialog__body" onSubmit={(event) => void add(event)}>
        <Choice
          label={t("people.addRole")}
          value={role}
          onChange={(value) => setRole(value as Role)}
        >
          {rolesToAdd(me).map((option) => (
            <option key={option} value={option}>
              {t(`roles.${option}`)}
            </option>
          ))}
        </Choice>
        <Field
          label={t("people.addName")}
          hint={t(isStaff(role) ? "people.addNameTeacherHint" : "people.addNameHint")}
          value={name}
          maxLength={SHORT_TEXT_MAX}
          autoFocus
          onChange={setName}
        />
        <Field
          label={t("people.addAlias")}
          hint={t("people.addAliasHint")}
          value={alias}
          maxLength={SHORT_TEXT_MAX}
          onChange={setAlias}
        />
        <div className="dialog__buttons">
          <Button onPress={onClose}>{t("common.cancel")}</Button>
          <Button look="primary" type="submit" isDisabled={!isComplete || isAdding}>
            {t("people.addButton")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
