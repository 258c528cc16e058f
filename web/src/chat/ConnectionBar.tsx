import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useTwinSpace } from "../state/store";
import type { ConnectionState } from "../state/twinspace";
import { useConnection } from "../twinspace/connectionContext";
import { Button } from "../ui/Button";
import { useNow } from "../ui/hooks";
import { Icon, type IconName } from "../ui/Icon";

const ICONS: Record<ConnectionState["phase"], IconName> = {
  connecting: "refresh",
  online: "check",
  offline: "offline",
  waiting: "warning",
  reconnecting: "refresh",
  moving: "refresh",
  ended: "close",
};

/** The state of the connection, honestly: small when all is well, a bar with what happens next when not. */
export function ConnectionBar() {
  const { t } = useTranslation();
  const state = useTwinSpace((twinSpace) => twinSpace.connection);
  const connection = useConnection();
  const { phase } = state;
  const isUnseen = useUnseenMove(phase);
  const shown = isUnseen ? "online" : phase;
  return (
    <div
      className="connection"
      data-testid="connection-state"
      data-state={phase}
      data-shown={shown}
    >
      <Icon name={ICONS[shown]} size={18} />
      <span role="status" className="connection__words">
        {state.phase === "waiting" ? (
          <Waiting state={state} />
        ) : (
          <Words phase={isUnseen ? "online" : state.phase} />
        )}
      </span>
      {(phase === "waiting" || phase === "offline") && (
        <Button small onPress={() => connection.tryNow()}>
          {t("connection.tryNow")}
        </Button>
      )}
    </div>
  );
}

function Words({ phase }: { phase: Exclude<ConnectionState["phase"], "waiting"> }) {
  const { t } = useTranslation();
  const canWrite = useTwinSpace((twinSpace) => twinSpace.project !== null);
  if (phase === "offline" && !canWrite) {
    return t("offline.bar");
  }
  return phase === "ended" ? t("ended.title") : t(`connection.${phase}`);
}

/** Going over to another server takes less on most lines: words that come and go within it are only unrest. */
const MOVE_UNSEEN_MS = 500;

/** Whether one is going over to another server, and not for long enough that it should be said. */
function useUnseenMove(phase: ConnectionState["phase"]): boolean {
  const isMoving = phase === "moving";
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    if (!isMoving) {
      return;
    }
    const timer = setTimeout(() => setLong(true), MOVE_UNSEEN_MS);
    return () => {
      clearTimeout(timer);
      setLong(false);
    };
  }, [isMoving]);
  return isMoving && !isLong;
}

const SECOND_MS = 1_000;

/** The seconds are for the eye: a screen reader hears once what has happened. */
function Waiting({ state }: { state: Extract<ConnectionState, { phase: "waiting" }> }) {
  const { t } = useTranslation();
  const now = useNow(SECOND_MS);
  const count = Math.max(1, Math.ceil((state.retryAt - now) / SECOND_MS));
  const isRefused = state.refusal !== null;
  return (
    <>
      <span className="visually-hidden">
        {t(isRefused ? "connection.busy" : "connection.lost")}
      </span>
      <span aria-hidden="true">
        {isRefused ? t("connection.unavailable", { count }) : t("connection.waiting", { count })}
      </span>
    </>
  );
}
