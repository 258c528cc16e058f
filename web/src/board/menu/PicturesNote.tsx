import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { useTranslation } from "react-i18next";
import { useTwinSpace } from "../../state/store";
import { Button } from "../../ui/Button";
import type { BoardClient } from "../ports";
import { usePictures } from "./usePictures";

interface PicturesNoteProps {
  client: BoardClient;
  api: ExcalidrawImperativeAPI | null;
  /** A picture is on its way to the server. */
  isSending: boolean;
}

/** Loads the board's pictures, and says which are on their way or could not be had. */
export function PicturesNote({ client, api, isSending }: PicturesNoteProps) {
  const { t } = useTranslation();
  const project = useTwinSpace((state) => state.project?.view.id ?? "");
  const member = useTwinSpace((state) => state.me ?? "");
  const { missing, retry } = usePictures(client, api, project, member);
  return (
    <div className="board-pictures" role="status">
      {isSending && <span>{t("boardMenu.pictures.sending")}</span>}
      {missing > 0 && (
        <>
          <span>{t("boardMenu.pictures.missing", { count: missing })}</span>
          <Button small icon="refresh" onPress={retry}>
            {t("boardMenu.pictures.retry")}
          </Button>
        </>
      )}
    </div>
  );
}
