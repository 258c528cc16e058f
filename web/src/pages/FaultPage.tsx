import { Component, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { noteFault } from "../report/happenings";
import { ReportButton } from "../report/ReportButton";
import { Button } from "../ui/Button";
import { Threshold } from "./Threshold";

/** Our own code has failed: what to do, in place of an empty page. */
export class FaultBoundary extends Component<{ children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError(): { isBroken: boolean } {
    return { isBroken: true };
  }

  override componentDidCatch(error: unknown): void {
    noteFault(error);
  }

  override render(): ReactNode {
    return this.state.isBroken ? <FaultPage /> : this.props.children;
  }
}

function FaultPage() {
  const { t } = useTranslation();
  return (
    <Threshold title={t("ended.faultTitle")}>
      <p>{t("ended.faultText")}</p>
      <div className="card__actions">
        <Button look="primary" icon="refresh" onPress={() => window.location.reload()}>
          {t("ended.reload")}
        </Button>
        <ReportButton />
      </div>
    </Threshold>
  );
}
