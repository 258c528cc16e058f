import "./settings.css";
import { Suspense, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { NoticesSwitch } from "../chat/NoticesSwitch";
import { lazyWithWords } from "../locales/later";
import { useOpenRehearsal } from "../rehearsal/rehearsal";
import { ReportButton } from "../report/ReportButton";
import {
  type Appearance,
  type Aspect,
  chooseAppearance,
  getAppearance,
  onAppearance,
} from "../ui/appearance";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { LanguagePicker } from "../ui/LanguagePicker";
import { Segments } from "../ui/Segments";

const ChimeSwitch = lazyWithWords("lesson", () => import("../lesson/ChimeSwitch"));

/** How the page is for whoever uses this device: its language, colours, letters and motion. */
export default function SettingsDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const openRehearsal = useOpenRehearsal();
  const chosen = useSyncExternalStore(onAppearance, getAppearance);
  const change =
    <A extends Aspect>(aspect: A) =>
    (value: Appearance[A]) =>
      chooseAppearance(aspect, value);
  return (
    <Dialog title={t("settings.title")} wide onClose={onClose}>
      <p className="dialog__text">{t("settings.kept")}</p>
      <div className="settings">
        <div className="field">
          <span className="field__label" aria-hidden="true">
            {t("language.label")}
          </span>
          <LanguagePicker />
        </div>
        <Segments
          legend={t("settings.theme")}
          value={chosen.theme}
          onChange={change("theme")}
          options={[
            { value: "auto", label: t("settings.asDevice") },
            { value: "light", label: t("settings.light") },
            { value: "dark", label: t("settings.dark") },
          ]}
        />
        <Segments
          legend={t("settings.contrast")}
          value={chosen.contrast}
          onChange={change("contrast")}
          options={[
            { value: "auto", label: t("settings.asDevice") },
            { value: "high", label: t("settings.high") },
          ]}
        />
        <Segments
          legend={t("settings.text")}
          value={chosen.text}
          onChange={change("text")}
          options={[
            { value: "normal", label: t("settings.normal") },
            { value: "large", label: t("settings.large") },
            { value: "huge", label: t("settings.huge") },
          ]}
        />
        <Segments
          legend={t("settings.motion")}
          value={chosen.motion}
          onChange={change("motion")}
          options={[
            { value: "auto", label: t("settings.asDevice") },
            { value: "less", label: t("settings.less") },
          ]}
        />
        <NoticesSwitch />
        <Suspense fallback={null}>
          <ChimeSwitch />
        </Suspense>
        <div>
          <Button
            icon="microphone"
            onPress={() => {
              onClose();
              openRehearsal();
            }}
          >
            {t("settings.check")}
          </Button>
        </div>
      </div>
      <div className="dialog__buttons">
        <ReportButton />
        <Button look="primary" onPress={onClose}>
          {t("common.close")}
        </Button>
      </div>
    </Dialog>
  );
}
