import { useId } from "react";
import { useTranslation } from "react-i18next";
import { chooseLanguage } from "../locales/i18n";
import { LANGUAGES, ownName } from "../locales/languages";
import { Icon } from "./Icon";

export function LanguagePicker() {
  const { t, i18n } = useTranslation();
  const id = useId();
  return (
    <span className="language-picker">
      <label htmlFor={id}>
        <Icon name="globe" />
        <span className="visually-hidden">{t("language.label")}</span>
      </label>
      <select
        id={id}
        className="select"
        value={i18n.language}
        onChange={(event) => void chooseLanguage(event.currentTarget.value)}
      >
        {LANGUAGES.map((language) => (
          <option key={language} value={language} lang={language} dir="auto">
            {ownName(language)}
          </option>
        ))}
      </select>
    </span>
  );
}
