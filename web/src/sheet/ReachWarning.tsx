import "./reach.css";
import { useTranslation } from "react-i18next";
import { Icon } from "../ui/Icon";
import { isThisDeviceOnly } from "./sheets";

interface ReachWarningProps {
  site: string;
  /** Cards to be scanned, or one link to be copied. */
  of: "cards" | "link";
}

/** Where they would lead to this very computer, whoever opens them: said before cards are made, and before they are printed. */
export function ReachWarning({ site, of }: ReachWarningProps) {
  const { t } = useTranslation();
  if (!isThisDeviceOnly(site)) {
    return null;
  }
  return (
    <p className="sheet-unreachable" role="alert" data-testid="sheet-unreachable">
      <Icon name="warning" />
      <span>
        {t(of === "cards" ? "sheet.thisDeviceOnly" : "invitation.thisDeviceOnly", { site })}
      </span>
    </p>
  );
}
