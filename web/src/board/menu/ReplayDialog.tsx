import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useTwinSpace } from "../../state/store";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { useNotices } from "../../ui/Notices";
import type { BoardClient } from "../ports";
import { useNewest } from "../useBoard";
import { type History, loadHistory, type Progress } from "./loadHistory";
import { ReplayControls } from "./ReplayControls";
import { ReplayStage } from "./ReplayStage";
import type { BoardFiles } from "./useBoardFiles";
import { usePlayer } from "./usePlayer";

interface ReplayDialogProps {
  client: BoardClient;
  files: BoardFiles;
  onClose(): void;
}

/** How the board came to be. */
export function ReplayDialog({ client, files, onClose }: ReplayDialogProps) {
  const { t } = useTranslation();
  const { attempt } = useNotices();
  const [history, setHistory] = useState<History | null>(null);
  const [progress, setProgress] = useState<Progress>({ done: 0, total: 1 });

  const newest = useNewest(onClose);
  useEffect(() => {
    const stop = new AbortController();
    const seesHidden = client.getState().rights.moderate === null;
    void attempt(async () => {
      setHistory(await loadHistory(client, seesHidden, setProgress, stop.signal));
    }).then((isThere) => isThere || newest.current());
    return () => stop.abort();
  }, [client, attempt, newest]);

  return (
    <Dialog title={t("boardMenu.replay.title")} wide onClose={onClose}>
      {history === null ? (
        <div className="replay__loading">
          <p role="status">{t("boardMenu.replay.loading")}</p>
          <progress
            value={progress.done}
            max={progress.total}
            aria-label={t("boardMenu.replay.loading")}
          />
        </div>
      ) : history.replay.steps.length === 0 ? (
        <p className="dialog__text">{t("boardMenu.replay.nothing")}</p>
      ) : (
        <Playing history={history} files={files} />
      )}
      <div className="dialog__buttons">
        <Button onPress={onClose}>{t("common.close")}</Button>
      </div>
    </Dialog>
  );
}

function Playing({ history, files }: { history: History; files: BoardFiles }) {
  const { t } = useTranslation();
  const { replay, isPruned } = history;
  const player = usePlayer(replay);
  const names = useTwinSpace((state) => state.names);
  return (
    <div className="replay">
      {isPruned && <p className="dialog__text">{t("boardMenu.replay.pruned")}</p>}
      <ReplayStage
        elements={replay.at(player.step)}
        whole={replay.at(replay.steps.length)}
        label={t("boardMenu.replay.stage")}
        addressOf={files.address}
      />
      <ReplayControls replay={replay} player={player} names={names} />
    </div>
  );
}
