/** Short notices about what did not work. They say it politely, stay a while and can be put away. */

import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useMemo,
  useState,
  useSyncExternalStore,
} from "react";
import { useTranslation } from "react-i18next";
import { asCommandFailed } from "../connection/failure";
import { failureText } from "../locales/i18n";
import { note, noteFault } from "../report/happenings";
import { Button, IconButton } from "./Button";
import { missingParts } from "./laterParts";

const SHOWN_MS = 10_000;

interface Notice {
  id: number;
  text: string;
}

interface Notices {
  /** Runs `work`; what goes wrong is said. Answers whether it went well. */
  attempt(work: () => Promise<unknown>): Promise<boolean>;
}

const NoticesContext = createContext<Notices | null>(null);

export function useNotices(): Notices {
  const notices = useContext(NoticesContext);
  if (notices === null) {
    throw new Error("useNotices outside of NoticesProvider");
  }
  return notices;
}

let lastId = 0;

export function NoticesProvider({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [notices, setNotices] = useState<Notice[]>([]);
  const isPartMissing = useSyncExternalStore(missingParts.subscribe, missingParts.isAny);

  const dismiss = useCallback((id: number) => {
    setNotices((before) => before.filter((notice) => notice.id !== id));
  }, []);

  const attempt = useCallback(
    async (work: () => Promise<unknown>) => {
      try {
        await work();
        return true;
      } catch (error) {
        const { code, message } = asCommandFailed(error);
        note("failed", code);
        if (code === "unknown") {
          noteFault(error);
        }
        lastId += 1;
        const notice = { id: lastId, text: failureText(t, code, message) };
        setNotices((before) => [...before, notice]);
        setTimeout(() => dismiss(notice.id), SHOWN_MS);
        return false;
      }
    },
    [t, dismiss],
  );

  const value = useMemo(() => ({ attempt }), [attempt]);
  return (
    <NoticesContext value={value}>
      {children}
      <div className="notices" role="status">
        {isPartMissing && (
          <div className="notice">
            <span>{t("ended.partMissing")}</span>
            <Button small onPress={() => location.reload()}>
              {t("ended.reload")}
            </Button>
            <IconButton
              icon="close"
              label={t("common.dismiss")}
              small
              onPress={missingParts.dismiss}
            />
          </div>
        )}
        {notices.map(({ id, text }) => (
          <div key={id} className="notice">
            <span>{text}</span>
            <IconButton
              icon="close"
              label={t("common.dismiss")}
              small
              onPress={() => dismiss(id)}
            />
          </div>
        ))}
      </div>
    </NoticesContext>
  );
}
