import { useTranslation } from "react-i18next";
import type { BoardElement, Element } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { useNotices } from "../ui/Notices";
import type { BoardClient } from "./ports";
import { useBoard } from "./useBoard";

/** What is put aside for review: only teachers see it, until they show it again. */
export function AsideDialog({ client, onClose }: { client: BoardClient; onClose(): void }) {
  const { t } = useTranslation();
  const { attempt } = useNotices();
  const elements = useBoard(client, (state) => state.elements);
  const hidden = useBoard(client, (state) => state.hidden);
  const aside = [...hidden].flatMap((id) => elements.get(id) ?? []);
  const show = (ids: readonly string[]) => void attempt(() => client.setHidden(ids, false));
  return (
    <Dialog title={t("board.aside.title")} onClose={onClose}>
      <p className="dialog__text">{t("board.aside.text")}</p>
      {aside.length === 0 ? (
        <p>{t("board.aside.none")}</p>
      ) : (
        <ul className="board-aside">
          {aside.map((one) => (
            <li key={one.element.id} className="board-aside__row">
              <AsideWords one={one} />
              <Button small icon="eye" onPress={() => show([one.element.id])}>
                {t("board.aside.show")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <div className="dialog__buttons">
        {aside.length > 1 && (
          <Button onPress={() => show(aside.map(({ element }) => element.id))}>
            {t("board.aside.showAll")}
          </Button>
        )}
        <Button look="primary" onPress={onClose}>
          {t("common.close")}
        </Button>
      </div>
    </Dialog>
  );
}

function AsideWords({ one }: { one: BoardElement }) {
  const { t } = useTranslation();
  const name = useTwinSpace((state) => state.names[one.creator] ?? null) ?? t("common.somebody");
  const { element } = one;
  return (
    <p className="board-aside__words">
      <strong dir="auto">{element.type === "text" ? element.text : t(kindOf(element))}</strong>{" "}
      <span>{t("board.aside.by", { name })}</span>
    </p>
  );
}

function kindOf({ type }: Element) {
  switch (type) {
    case "freedraw":
      return "board.kind.stroke" as const;
    case "text":
      return "board.kind.text" as const;
    case "image":
      return "board.kind.image" as const;
    case "line":
    case "arrow":
      return "board.kind.line" as const;
    default:
      return "board.kind.shape" as const;
  }
}
