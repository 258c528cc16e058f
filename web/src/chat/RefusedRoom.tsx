import { useTranslation } from "react-i18next";
import { failureText } from "../locales/i18n";
import type { ErrorCode } from "../protocol/generated";
import { Icon } from "../ui/Icon";
import { blockedTitle } from "./blocked";

/** The room is there, and one is not let in: why. It opens by itself when that changes. */
export function RefusedRoom({ code }: { code: ErrorCode }) {
  const { t } = useTranslation();
  return (
    <div className="chat-note" id="messages" tabIndex={-1} role="status">
      <Icon name="lock" size={36} />
      <h2>{blockedTitle(t, code) ?? t("chat.refusedTitle")}</h2>
      <p>{failureText(t, code, code)}</p>
    </div>
  );
}
