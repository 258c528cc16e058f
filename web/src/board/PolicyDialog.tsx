import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { BoardPolicy, Drawers, MemberView, SchoolClass } from "../protocol/generated";
import { isStaff } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Choice } from "../ui/Field";
import { useNotices } from "../ui/Notices";
import { Switch } from "../ui/Switch";
import type { BoardClient } from "./ports";
import { useBoard } from "./useBoard";

const NO_CLASSES: readonly SchoolClass[] = [];
const NO_MEMBERS: readonly MemberView[] = [];

/** Who may draw on a board, change others' work, and save the board. */
export function PolicyDialog({ client, onClose }: { client: BoardClient; onClose(): void }) {
  const { t } = useTranslation();
  const { attempt } = useNotices();
  const before = useBoard(client, (state) => state.policy);
  const classes = useTwinSpace((state) => state.project?.view.classes ?? NO_CLASSES);
  const [drawers, setDrawers] = useState<Drawers>(before.drawers ?? "all");
  const [members, setMembers] = useState<readonly string[]>(before.members ?? []);
  const [classId, setClassId] = useState(before.class_id ?? classes[0]?.id ?? "");
  const [changeOthers, setChangeOthers] = useState(before.change_others ?? false);
  const [mayExport, setMayExport] = useState(before.export ?? true);

  async function save(): Promise<void> {
    const policy: BoardPolicy = {
      drawers,
      members: drawers === "chosen" ? members : [],
      class_id: drawers === "class" ? classId : null,
      change_others: changeOthers,
      export: mayExport,
    };
    if (await attempt(() => client.setPolicy(policy))) {
      onClose();
    }
  }

  const choices: { value: Drawers; text: string }[] = [
    { value: "all", text: t("board.policy.all") },
    { value: "class", text: t("board.policy.class") },
    { value: "chosen", text: t("board.policy.chosen") },
    { value: "teachers", text: t("board.policy.teachers") },
    { value: "nobody", text: t("board.policy.nobody") },
  ];
  return (
    <Dialog title={t("board.policy.title")} onClose={onClose}>
      <Choice
        label={t("board.policy.drawers")}
        value={drawers}
        onChange={(value) => setDrawers(value as Drawers)}
      >
        {choices.map(({ value, text }) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </Choice>
      {drawers === "class" && (
        <Choice label={t("board.policy.whichClass")} value={classId} onChange={setClassId}>
          {classes.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Choice>
      )}
      {drawers === "chosen" && <Chosen members={members} onChange={setMembers} />}
      <Switch
        label={t("board.policy.changeOthers")}
        meaning={t(changeOthers ? "board.policy.changeOthersOn" : "board.policy.changeOthersOff")}
        isOn={changeOthers}
        onChange={setChangeOthers}
      />
      <Switch
        label={t("board.policy.export")}
        meaning={t(mayExport ? "board.policy.exportOn" : "board.policy.exportOff")}
        isOn={mayExport}
        onChange={setMayExport}
      />
      <div className="dialog__buttons">
        <Button onPress={onClose}>{t("common.cancel")}</Button>
        <Button look="primary" onPress={() => void save()}>
          {t("common.save")}
        </Button>
      </div>
    </Dialog>
  );
}

interface ChosenProps {
  members: readonly string[];
  onChange(members: readonly string[]): void;
}

/** Pupils and visitors one by one, by class. Teachers may draw besides. */
function Chosen({ members, onChange }: ChosenProps) {
  const { t, i18n } = useTranslation();
  const names = useTwinSpace((state) => state.names);
  const everybody = useTwinSpace((state) => state.project?.view.members ?? NO_MEMBERS);
  const classes = useTwinSpace((state) => state.project?.view.classes ?? NO_CLASSES);
  const nameOf = (member: MemberView) => names[member.id] ?? t("common.somebody");
  const collator = new Intl.Collator(i18n.language);
  const pupils = everybody
    .filter(({ role, removed }) => !removed && !isStaff(role))
    .sort((a, b) => collator.compare(nameOf(a), nameOf(b)));
  const groups = [
    ...classes.map(({ id, name }) => ({ id, name })),
    { id: null, name: t("people.visitors") },
  ];
  const toggle = (id: string) =>
    onChange(members.includes(id) ? members.filter((other) => other !== id) : [...members, id]);
  return (
    <div className="board-chosen">
      {groups.map((group) => {
        const inGroup = pupils.filter(({ class_id }) => class_id === group.id);
        return inGroup.length === 0 ? null : (
          <fieldset key={group.id} className="board-chosen__class">
            <legend dir="auto">{group.name}</legend>
            {inGroup.map((member) => (
              <label key={member.id} className="board-chosen__person">
                <input
                  type="checkbox"
                  checked={members.includes(member.id)}
                  onChange={() => toggle(member.id)}
                />
                <bdi>{nameOf(member)}</bdi>
              </label>
            ))}
          </fieldset>
        );
      })}
    </div>
  );
}
