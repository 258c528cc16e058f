import "./threshold.css";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useTitle } from "../ui/hooks";
import { LanguagePicker } from "../ui/LanguagePicker";

interface ThresholdProps {
  title: string;
  children: ReactNode;
}

/** The pages before and after a TwinSpace: one calm card. */
export function Threshold({ title, children }: ThresholdProps) {
  const { t } = useTranslation();
  useTitle(`${title} · ${t("app.name")}`);
  return (
    <div className="threshold">
      <header className="threshold__header">
        <span className="threshold__brand">
          <Mark />
          {t("app.name")}
        </span>
        <LanguagePicker />
      </header>
      <main className="threshold__main">
        <div className="card">
          <h1 className="card__title" dir="auto">
            {title}
          </h1>
          {children}
        </div>
      </main>
      <footer className="threshold__footer">{t("app.tagline")}</footer>
    </div>
  );
}

/** Two classes that meet: the mark of the page. */
export function Mark() {
  return (
    <svg className="mark" width="34" height="24" viewBox="0 0 34 24" aria-hidden="true">
      <circle className="mark__one" cx="12" cy="12" r="11" />
      <circle className="mark__two" cx="22" cy="12" r="11" />
      <path className="mark__both" d="M17 2.2a11 11 0 0 1 0 19.6a11 11 0 0 1 0-19.6Z" />
    </svg>
  );
}
