import { useTranslation } from "react-i18next";
import { ReportButton } from "../report/ReportButton";
import { useTwinSpace } from "../state/store";
import { Icon } from "../ui/Icon";

/** In place of a room when there was no connection since the page was opened: why, what to do, and what is not lost. */
export function NoConnection() {
  const { t } = useTranslation();
  const isOffline = useTwinSpace((state) => state.connection.phase === "offline");
  const count = useTwinSpace((state) => state.outgoing.length);
  return (
    <div className="chat-note" id="messages" tabIndex={-1} data-testid="no-connection">
      <Icon name="offline" size={36} />
      <h2>{t(isOffline ? "offline.title" : "offline.serverTitle")}</h2>
      <p>{t(isOffline ? "offline.text" : "offline.serverText")}</p>
      <p>{t("offline.safe")}</p>
      {count > 0 && <p>{t("chat.waitingHere", { count })}</p>}
      <ReportButton />
    </div>
  );
}
