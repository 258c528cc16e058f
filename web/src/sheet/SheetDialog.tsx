import "./sheet.css";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { asCommandFailed } from "../connection/failure";
import { failureText } from "../locales/i18n";
import { LANGUAGES, ownName } from "../locales/languages";
import type { SchoolClass } from "../protocol/generated";
import { classOf } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Choice } from "../ui/Field";
import { useNotices } from "../ui/Notices";
import { PupilRow } from "./PupilRow";
import { ReachWarning } from "./ReachWarning";
import { type Asking, listPupils, makeSheet, type PupilEntry, type Sheet } from "./requests";
import { SheetPreview } from "./SheetPreview";
import { languageOfCards, whoNeedsCards } from "./sheets";

/** Links for one's own class: who has come in, cards to print, and taking it back. */
export default function SheetDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const project = useTwinSpace((state) => state.project?.view.id ?? null);
  const me = useTwinSpace((state) => state.me);
  const own = useTwinSpace((state) => (me === null ? null : classOf(state, me)));
  if (project === null || me === null || own === null) {
    return (
      <Dialog title={t("sheet.title")} onClose={onClose}>
        <p>{t("sheet.noClass")}</p>
      </Dialog>
    );
  }
  return <OfClass project={project} member={me} schoolClass={own.schoolClass} onClose={onClose} />;
}

type Looked =
  | { at: "looking" }
  | { at: "found"; pupils: PupilEntry[] }
  | { at: "failed"; why: string };

interface OfClassProps {
  project: string;
  member: string;
  schoolClass: SchoolClass;
  onClose(): void;
}

function OfClass({ project, member, schoolClass, onClose }: OfClassProps) {
  const { t, i18n } = useTranslation();
  const { attempt } = useNotices();
  const [looked, setLooked] = useState<Looked>({ at: "looking" });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [language, setLanguage] = useState(() =>
    languageOfCards(schoolClass.languages, i18n.language),
  );
  const [sheet, setSheet] = useState<Sheet | null>(null);
  const [isMaking, setMaking] = useState(false);
  const classId = schoolClass.id;

  const look = useCallback(
    async (isFirst: boolean) => {
      try {
        const pupils = await listPupils({ project, member, classId });
        setLooked({ at: "found", pupils });
        if (isFirst) {
          setChosen(whoNeedsCards(pupils));
        }
      } catch (error) {
        const { code, message } = asCommandFailed(error);
        setLooked({ at: "failed", why: failureText(t, code, message) });
      }
    },
    [project, member, classId, t],
  );
  useEffect(() => void look(true), [look]);

  async function make(members: readonly string[]): Promise<void> {
    setMaking(true);
    await attempt(async () => setSheet(await makeSheet({ project, member, classId }, members)));
    setMaking(false);
  }

  if (sheet !== null) {
    return (
      <SheetPreview
        sheet={sheet}
        language={language}
        onClose={() => {
          setSheet(null);
          setChosen(new Set()); // else one more press would end the links that were just printed
          void look(false);
        }}
      />
    );
  }
  return (
    <Dialog wide title={t("sheet.titleOf", { name: schoolClass.name })} onClose={onClose}>
      {looked.at === "looking" && (
        <>
          <span className="skeleton" />
          <span className="skeleton skeleton--tall" />
        </>
      )}
      {looked.at === "failed" && (
        <>
          <p role="alert">{looked.why}</p>
          <div>
            <Button icon="refresh" onPress={() => void look(true)}>
              {t("common.tryAgain")}
            </Button>
          </div>
        </>
      )}
      {looked.at === "found" && looked.pupils.length === 0 && <p>{t("sheet.nobody")}</p>}
      {looked.at === "found" && looked.pupils.length > 0 && (
        <>
          <ReachWarning site={window.location.host} of="cards" />
          <p className="dialog__text">{t("sheet.text")}</p>
          <p className="sheet-warning">{t("sheet.endsOlder")}</p>
          <Pupils
            asking={{ project, member, classId }}
            pupils={looked.pupils}
            chosen={chosen}
            onChosen={setChosen}
            onOne={(pupil) => void make([pupil])}
            isMaking={isMaking}
            onChange={(pupils) => setLooked({ at: "found", pupils })}
          />
          <div className="sheet-language">
            <Choice label={t("sheet.language")} value={language} onChange={setLanguage}>
              {LANGUAGES.map((tag) => (
                <option key={tag} value={tag} lang={tag} dir="auto">
                  {ownName(tag)}
                </option>
              ))}
            </Choice>
          </div>
        </>
      )}
      <div className="dialog__buttons">
        <Button onPress={onClose}>{t("common.close")}</Button>
        {looked.at === "found" && looked.pupils.length > 0 && (
          <Button
            look="primary"
            icon="print"
            isDisabled={chosen.size === 0 || isMaking}
            onPress={() => void make([...chosen])}
          >
            {t("sheet.make", { count: chosen.size })}
          </Button>
        )}
      </div>
    </Dialog>
  );
}

interface PupilsProps {
  asking: Asking;
  pupils: PupilEntry[];
  chosen: ReadonlySet<string>;
  isMaking: boolean;
  onChosen(chosen: ReadonlySet<string>): void;
  onOne(member: string): void;
  onChange(pupils: PupilEntry[]): void;
}

function Pupils(props: PupilsProps) {
  const { asking, pupils, chosen, isMaking, onChosen, onOne, onChange } = props;
  const { t, i18n } = useTranslation();
  const collator = new Intl.Collator(i18n.language);
  const inOrder = [...pupils].sort((one, other) => collator.compare(one.name, other.name));

  function choose(member: string, isChosen: boolean): void {
    const next = new Set(chosen);
    if (isChosen) {
      next.add(member);
    } else {
      next.delete(member);
    }
    onChosen(next);
  }

  return (
    <fieldset className="sheet-pupils">
      <legend className="field__label">{t("sheet.whom")}</legend>
      <div className="sheet-pupils__quick">
        <Button small onPress={() => onChosen(new Set(pupils.map(({ member }) => member)))}>
          {t("sheet.all")}
        </Button>
        <Button small onPress={() => onChosen(whoNeedsCards(pupils))}>
          {t("sheet.missing")}
        </Button>
        <Button small onPress={() => onChosen(new Set())}>
          {t("sheet.none")}
        </Button>
      </div>
      <ul className="sheet-pupils__rows">
        {inOrder.map((pupil) => (
          <PupilRow
            key={pupil.member}
            asking={asking}
            pupil={pupil}
            isChosen={chosen.has(pupil.member)}
            isMaking={isMaking}
            onChosen={(isChosen) => choose(pupil.member, isChosen)}
            onOne={() => onOne(pupil.member)}
            onRevoked={(entry) =>
              onChange(
                pupils.map((one) => (one.member === pupil.member ? { ...one, ...entry } : one)),
              )
            }
          />
        ))}
      </ul>
    </fieldset>
  );
}
