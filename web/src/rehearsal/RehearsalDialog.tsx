import "../call/lobby.css";
import "./rehearsal.css";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { CheckLine } from "./CheckLine";
import { DeviceChecks } from "./DeviceChecks";
import { useReport } from "./report";
import { type Checks, useChecks } from "./useChecks";
import { type Overall as Answer, overallOf } from "./verdicts";

/** Before a lesson: does everything work here? One answer for each thing and one for all, with what to do. */
export default function RehearsalDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const checks = useChecks();
  const { lines, measured, progress } = checks;
  return (
    <Dialog wide title={t("rehearsal.title")} onClose={onClose}>
      <p className="dialog__text">{t("rehearsal.text")}</p>
      <Overall checks={checks} />
      <ul className="checks">
        <CheckLine line="browser" found={lines.browser} />
        <CheckLine line="line" found={lines.line}>
          {lines.line.at === "running" && (
            <progress
              className="checks__progress"
              value={progress}
              aria-label={t("rehearsal.is.running")}
            />
          )}
          {measured?.roundTrip != null && (
            <p className="checks__numbers">
              {t("rehearsal.numbers", {
                time: Math.round(measured.roundTrip),
                jitter: Math.round(measured.jitter),
                late: measured.late,
              })}
            </p>
          )}
        </CheckLine>
        <CheckLine line="ways" found={lines.ways} />
        <DeviceChecks key={checks.round} checks={checks} />
      </ul>
      <div className="dialog__buttons">
        <CopyReport checks={checks} />
        <Button icon="refresh" onPress={checks.again}>
          {t("rehearsal.again")}
        </Button>
        <Button look="primary" onPress={onClose}>
          {t("common.close")}
        </Button>
      </div>
    </Dialog>
  );
}

function Overall({ checks }: { checks: Checks }) {
  const { t } = useTranslation();
  const overall = overallOf(checks.lines);
  const words: Record<Answer, string> = {
    green: t("rehearsal.all.green"),
    partly: t("rehearsal.all.partly"),
    yellow: t("rehearsal.all.yellow"),
    red: t("rehearsal.all.red"),
  };
  return (
    <p
      className="checks-overall"
      data-colour={overall ?? "none"}
      data-testid="overall"
      role="status"
    >
      <Icon
        name={overall === "green" ? "check" : overall === null ? "clock" : "warning"}
        size={24}
      />
      <span>{overall === null ? t("rehearsal.all.unfinished") : words[overall]}</span>
    </p>
  );
}

/** To send to a teacher or to whoever runs the server, by whatever way one has: no name, no address, nothing but what was found. */
function CopyReport({ checks }: { checks: Checks }) {
  const { t } = useTranslation();
  const report = useReport(checks);
  const [state, setState] = useState<"new" | "copied" | "shown">("new");

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(report);
      setState("copied");
    } catch {
      setState("shown"); // no clipboard without https: to be copied by hand
    }
  }

  return (
    <>
      {state === "shown" && (
        <textarea
          className="field__input checks-report"
          readOnly
          rows={9}
          value={report}
          aria-label={t("rehearsal.copy")}
        />
      )}
      <Button icon={state === "copied" ? "check" : "copy"} onPress={() => void copy()}>
        {state === "copied" ? t("common.copied") : t("rehearsal.copy")}
      </Button>
    </>
  );
}
