import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { Choice } from "../ui/Field";
import { Segments } from "../ui/Segments";
import { Switch } from "../ui/Switch";
import { GROUPS_MAX, type Rule } from "./rule";
import type { GroupsDraft } from "./useDraft";

/** Larger ones are no groups; whoever wants them moves pupils by hand. */
const SIZE_MAX = 12;

/** Nobody is alone by rule. */
const SIZE_MIN = 2;

/** By which rule pupils are put into groups. Each change draws anew. */
export function RulePanel({ groups }: { groups: GroupsDraft }) {
  const { t, i18n } = useTranslation();
  const { rule, who, draw } = groups;
  const numbers = rule.by === "size" ? upTo(SIZE_MIN, SIZE_MAX) : upTo(1, GROUPS_MAX);
  const format = new Intl.NumberFormat(i18n.language);

  function measure(by: Rule["by"]): void {
    const value = by === "number" ? Math.max(1, groups.draft.length) : SIZE_MIN * 2;
    draw({ ...rule, by, value }, who);
  }

  return (
    <div className="groups__rule">
      <div className="groups__choices">
        <Segments
          legend={t("groups.rule.legend")}
          value={rule.by}
          options={[
            { value: "size", label: t("groups.rule.bySize") },
            { value: "number", label: t("groups.rule.byNumber") },
          ]}
          onChange={measure}
        />
        <Choice
          label={t("groups.rule.value")}
          value={String(rule.value)}
          onChange={(value) => draw({ ...rule, value: Number(value) }, who)}
        >
          {numbers.map((number) => (
            <option key={number} value={number}>
              {format.format(number)}
            </option>
          ))}
        </Choice>
        <Segments
          legend={t("groups.rule.who")}
          value={who}
          options={[
            { value: "here", label: t("groups.rule.here") },
            { value: "everybody", label: t("groups.rule.everybody") },
          ]}
          onChange={(of) => draw(rule, of)}
        />
      </div>
      <div className="groups__choices">
        <Switch
          label={t("groups.rule.mix")}
          meaning={t(rule.mixesClasses ? "groups.rule.mixOn" : "groups.rule.mixOff")}
          isOn={rule.mixesClasses}
          onChange={(mixesClasses) => draw({ ...rule, mixesClasses }, who)}
        />
        <Button icon="refresh" onPress={() => draw(rule, who)}>
          {t("groups.rule.shuffle")}
        </Button>
      </div>
    </div>
  );
}

function upTo(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
