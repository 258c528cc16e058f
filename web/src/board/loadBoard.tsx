/** Loads everything of boards when somebody opens one: the editor is four times as large as all the rest of the page. */

import { useTranslation } from "react-i18next";
import { lazyWithWords } from "../locales/later";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";

declare global {
  interface Window {
    /** Where the editor finds its fonts. */
    EXCALIDRAW_ASSET_PATH?: string;
  }
  /** Written into the page by the build: tools/editor.ts. */
  const __EDITOR_ASSETS__: string;
}

export const BoardPart = lazyWithWords(
  "boards",
  () => {
    window.EXCALIDRAW_ASSET_PATH = __EDITOR_ASSETS__; // before the editor is there: it reads it at once
    return import("./BoardPart");
  },
  BoardNotLoaded,
);

export function BoardLoading() {
  const { t } = useTranslation();
  return (
    <section className="board-state" aria-busy="true">
      <p role="status">{t("board.loading")}</p>
    </section>
  );
}

function BoardNotLoaded() {
  const { t } = useTranslation();
  return (
    <section className="board-state" role="status">
      <Icon name="warning" size={36} />
      <p>{t("board.loadFailed")}</p>
      <Button look="primary" onPress={() => location.reload()}>
        {t("ended.reload")}
      </Button>
    </section>
  );
}
