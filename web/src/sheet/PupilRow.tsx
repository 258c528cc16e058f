import { useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { useNotices } from "../ui/Notices";
import { formatLocale } from "../ui/places";
import { type Asking, type Entry, type PupilEntry, revoke } from "./requests";
import { progressOf } from "./sheets";

interface PupilRowProps {
  asking: Asking;
  pupil: PupilEntry;
  isChosen: boolean;
  isMaking: boolean;
  onChosen(isChosen: boolean): void;
  onOne(): void;
  onRevoked(entry: Entry): void;
}

/** One pupil: whether they are in, whether a link is out, and the two things one does about it. */
export function PupilRow(props: PupilRowProps) {
  const { asking, pupil, isChosen, isMaking, onChosen, onOne, onRevoked } = props;
  const { t } = useTranslation();
  const { attempt } = useNotices();
  const [isAsking, setAsking] = useState(false);
  const id = useId();
  const box = useRef<HTMLInputElement>(null);
  const { name } = pupil;
  const isRevocable = pupil.devices > 0 || pupil.link_until !== null;

  async function end(): Promise<void> {
    onRevoked(await revoke(asking, pupil.member));
    box.current?.focus(); // the button can do no more: it would take the focus with it
  }

  return (
    <li className="sheet-pupil" data-progress={progressOf(pupil)} data-testid="sheet-pupil">
      <label className="sheet-pupil__who">
        <input
          ref={box}
          type="checkbox"
          className="sheet-pupil__box"
          checked={isChosen}
          aria-describedby={id}
          onChange={(event) => onChosen(event.currentTarget.checked)}
        />
        <span className="sheet-pupil__words">
          <span className="sheet-pupil__name" dir="auto">
            {name}
          </span>
          <span className="sheet-pupil__state" id={id}>
            <States pupil={pupil} />
          </span>
        </span>
      </label>
      <span className="sheet-pupil__buttons">
        <Button
          small
          icon="link"
          isDisabled={isMaking}
          aria-label={t("sheet.oneLabel", { name })}
          onPress={onOne}
        >
          {t("sheet.one")}
        </Button>
        <Button
          small
          icon="lock"
          isDisabled={!isRevocable}
          aria-label={t("sheet.revokeLabel", { name })}
          onPress={() => setAsking(true)}
        >
          {t("sheet.revoke")}
        </Button>
      </span>
      {isAsking && (
        <Confirm
          title={t("sheet.revokeTitle", { name })}
          text={t("sheet.revokeText")}
          confirm={t("sheet.revoke")}
          onConfirm={() => void attempt(end)}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  );
}

function States({ pupil }: { pupil: PupilEntry }) {
  const { t, i18n } = useTranslation();
  const day = (at: number) =>
    new Intl.DateTimeFormat(formatLocale(i18n.language), { day: "numeric", month: "short" }).format(
      at,
    );
  const words = {
    in: t("sheet.in", { count: pupil.devices }),
    out: t("sheet.out", { when: day(pupil.came_in_at ?? 0) }),
    never: t("sheet.never"),
  }[progressOf(pupil)];
  const link = pupil.link_until;
  return (
    <>
      <span className="sheet-pupil__progress">{words}</span>
      {link !== null && ` · ${t("sheet.linkUntil", { when: day(link) })}`}
    </>
  );
}
