import { useTranslation } from "react-i18next";
import type { FailureCode } from "../connection/failure";
import { failureText } from "../locales/i18n";
import { ReportButton } from "../report/ReportButton";
import { goTo } from "../route";
import { Button } from "../ui/Button";
import { Threshold } from "./Threshold";

const TITLES: Partial<
  Record<FailureCode, `ended.${"removed" | "signedOut" | "notStarted" | "outdated"}Title`>
> = {
  not_a_member: "ended.removedTitle",
  session_ended: "ended.signedOutTitle",
  sign_in_required: "ended.signedOutTitle",
  project_not_started: "ended.notStartedTitle",
  version_unsupported: "ended.outdatedTitle",
};

/** For these another try can help, later or with a newer page. */
const WORTH_RELOADING = new Set<FailureCode>([
  "project_not_started",
  "too_many_devices",
  "version_unsupported",
  "unknown",
  "internal",
]);

/** In these nothing went wrong: there is no problem to report. */
const AS_IT_SHOULD = new Set<FailureCode>([
  "not_a_member",
  "project_not_started",
  "session_ended",
  "sign_in_required",
]);

/** The server ended this for good: why, and what to do. */
export function EndedPage({ code, message }: { code: FailureCode; message: string }) {
  const { t } = useTranslation();
  return (
    <Threshold title={t(TITLES[code] ?? "ended.title")}>
      <p data-testid="connection-state" data-state="ended">
        {failureText(t, code, message)}
      </p>
      <div className="card__actions">
        {WORTH_RELOADING.has(code) && (
          <Button look="primary" icon="refresh" onPress={() => window.location.reload()}>
            {t("ended.reload")}
          </Button>
        )}
        <Button onPress={() => goTo("/")}>{t("ended.home")}</Button>
        {!AS_IT_SHOULD.has(code) && <ReportButton />}
      </div>
    </Threshold>
  );
}
