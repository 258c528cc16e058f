import { useTranslation } from "react-i18next";
import { classOf } from "../../state/selectors";
import { useTwinSpace } from "../../state/store";
import { Button } from "../../ui/Button";
import { useNow } from "../../ui/hooks";
import type { BoardState } from "../ports";
import type { Entry } from "./entries";
import { mayChange, type Person } from "./removal";
import { entryWords, timeWords } from "./words";

/** "Today" is over at some full minute. */
const MINUTE_MS = 60_000;

interface ElementRowProps {
  entry: Entry;
  known: Pick<BoardState, "elements" | "rights">;
  actor: Person;
  onShow(ids: readonly string[]): void;
  onRemove(ids: readonly string[]): void;
}

/** One entry of the list, and those in it when it is a frame. */
export function ElementRow({ entry, known, actor, onShow, onRemove }: ElementRowProps) {
  const { t, i18n } = useTranslation();
  const now = useNow(MINUTE_MS);
  const name = useTwinSpace((state) => state.names[entry.creator] ?? null) ?? t("common.somebody");
  const schoolClass = useTwinSpace((state) => classOf(state, entry.creator));
  const what = entryWords(t, entry);
  const isMine = entry.ids.every((id) => {
    const item = known.elements.get(id);
    return item === undefined || mayChange(item, known, actor);
  });
  return (
    <li className="board-list__entry">
      <div className="board-list__line">
        <div className="board-list__words">
          <p className="board-list__what" dir="auto">
            {what}
          </p>
          <p className="field__hint">
            <span data-class-colour={schoolClass === null ? "none" : schoolClass.number + 1}>
              {name}
            </span>
            {schoolClass !== null && <span>{schoolClass.schoolClass.name}</span>}
            <time dateTime={new Date(entry.at).toISOString()}>
              {timeWords(i18n.language, entry.at, now)}
            </time>
            {entry.isHidden && <span>{t("boardMenu.list.aside")}</span>}
          </p>
        </div>
        <div className="board-list__buttons">
          <Button
            small
            icon="eye"
            aria-label={t("boardMenu.list.showOne", { what })}
            onPress={() => onShow(entry.ids)}
          >
            {t("boardMenu.list.show")}
          </Button>
          {isMine && (
            <Button
              small
              icon="trash"
              aria-label={t("boardMenu.list.deleteOne", { what })}
              onPress={() => onRemove(entry.ids)}
            >
              {t("boardMenu.list.delete")}
            </Button>
          )}
        </div>
      </div>
      {entry.children.length > 0 && (
        <ul className="board-list__entries">
          {entry.children.map((child) => (
            <ElementRow
              key={child.id}
              entry={child}
              known={known}
              actor={actor}
              onShow={onShow}
              onRemove={onRemove}
            />
          ))}
        </ul>
      )}
    </li>
  );
}
