import { useTranslation } from "react-i18next";
import { Icon } from "../ui/Icon";
import { isThisDeviceOnly } from "./sheets";

/** Where cards would lead to this very computer, whoever scans them: said before they are made, and before they are printed. */
export function ReachWarning({ site }: { site: string }) {
  const { t } = useTranslation();
  if (!isThisDeviceOnly(site)) {
    return null;
  }
  return (
    <p className="sheet-unreachable" role="alert" data-testid="sheet-unreachable">
      <Icon name="warning" />
      <span>{t("sheet.thisDeviceOnly", { site })}</span>
    </p>
  );
}
