import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { useDeferredValue, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { isStaff, myself } from "../../state/selectors";
import { useTwinSpace } from "../../state/store";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Choice } from "../../ui/Field";
import { Switch } from "../../ui/Switch";
import type { BoardClient } from "../ports";
import { useBoard } from "../useBoard";
import { ElementRow } from "./ElementRow";
import { countEntries, drawersOf, filterEntries, firstEntries, listEntries } from "./entries";
import { removal } from "./removal";
import { SearchBox } from "./SearchBox";
import { showElements } from "./showElements";

/** Entries shown at once; as many more each time somebody asks. */
const ENTRIES_SHOWN = 100;

const EVERYBODY = "";

interface ElementsDialogProps {
  client: BoardClient;
  api: ExcalidrawImperativeAPI | null;
  announces: boolean;
  onAnnounces(announces: boolean): void;
  onClose(): void;
}

/** What is on the board, as a list to read and search: for whoever does not see it, or looks for something. */
export function ElementsDialog({
  client,
  api,
  announces,
  onAnnounces,
  onClose,
}: ElementsDialogProps) {
  const { t } = useTranslation();
  const me = useTwinSpace(myself);
  const names = useTwinSpace((state) => state.names);
  // The list of a large board takes a moment, and others draw on: typing must not wait for it.
  const elements = useDeferredValue(useBoard(client, (state) => state.elements));
  const hidden = useBoard(client, (state) => state.hidden);
  const rights = useBoard(client, (state) => state.rights);
  const [words, setWords] = useState("");
  const [person, setPerson] = useState(EVERYBODY);
  const [limit, setLimit] = useState(ENTRIES_SHOWN);
  const list = useRef<HTMLDivElement>(null);

  const entries = useMemo(() => listEntries(elements, hidden), [elements, hidden]);
  const found = useMemo(
    () => filterEntries(entries, { words, person: person === EVERYBODY ? null : person }),
    [entries, words, person],
  );
  const count = countEntries(found);
  const actor = { id: me?.id ?? "", isStaff: me !== null && isStaff(me.role) };

  function remove(ids: readonly string[]): void {
    client.change(removal(ids, client.getState(), actor));
    list.current?.focus(); // the button that was pressed is gone
  }

  return (
    <Dialog title={t("boardMenu.list.title")} wide onClose={onClose}>
      <div className="board-list__find">
        <SearchBox label={t("boardMenu.list.search")} value={words} onChange={setWords} />
        <Choice label={t("boardMenu.list.person")} value={person} onChange={setPerson}>
          <option value={EVERYBODY}>{t("boardMenu.list.everybody")}</option>
          {drawersOf(elements).map((id) => (
            <option key={id} value={id}>
              {names[id] ?? t("common.somebody")}
            </option>
          ))}
        </Choice>
      </div>
      <div ref={list} tabIndex={-1} className="board-list">
        <p className="field__hint" role="status">
          {t("boardMenu.list.count", { count })}
        </p>
        <ul className="board-list__entries">
          {firstEntries(found, limit).map((entry) => (
            <ElementRow
              key={entry.id}
              entry={entry}
              known={{ elements, rights }}
              actor={actor}
              onShow={(ids) => {
                onClose();
                showElements(api, ids);
              }}
              onRemove={remove}
            />
          ))}
        </ul>
        {count > limit && (
          <Button onPress={() => setLimit(limit + ENTRIES_SHOWN)}>
            {t("boardMenu.list.more")}
          </Button>
        )}
      </div>
      <Switch
        label={t("boardMenu.announce.switch")}
        meaning={announces ? t("boardMenu.announce.on") : t("boardMenu.announce.off")}
        isOn={announces}
        onChange={onAnnounces}
      />
      <div className="dialog__buttons">
        <Button look="primary" onPress={onClose}>
          {t("common.close")}
        </Button>
      </div>
    </Dialog>
  );
}
