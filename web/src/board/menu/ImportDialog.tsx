import type { TFunction } from "i18next";
import { useEffect, useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Element } from "../../protocol/generated";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import type { BoardClient } from "../ports";
import { useNewest } from "../useBoard";
import type { Refusal } from "./importFile";
import { leftOutWords } from "./leftOut";
import type { BoardFiles } from "./useBoardFiles";
import { type Import, type ImportState, type Taken, useImport } from "./useImport";

interface ImportDialogProps {
  client: BoardClient;
  files: BoardFiles;
  /** The file, where it was chosen already: dropped onto the board. */
  file: File | null;
  onTaken(elements: readonly Element[]): void;
  onClose(): void;
}

/** Teachers bring a file of Excalidraw's public editor onto the board. */
export function ImportDialog({ client, files, file, onTaken, onClose }: ImportDialogProps) {
  const { t } = useTranslation();
  const doing = useImport(client, files, onTaken);
  const { state } = doing;
  const isSending = state.phase === "sending";
  const read = useNewest(doing.read);
  useEffect(() => {
    if (file !== null) {
      void read.current(file);
    }
  }, [file, read]);
  const steps = useRef<HTMLDivElement>(null);
  // What had the focus is gone with each step: here the dialog's keys go on working.
  // biome-ignore lint/correctness/useExhaustiveDependencies: on each new step
  useEffect(() => steps.current?.focus(), [state.phase]);
  return (
    <Dialog title={t("boardMenu.import.title")} urgent={isSending} onClose={onClose}>
      <div ref={steps} tabIndex={-1} className="board-import">
        <Steps doing={doing} />
      </div>
      <div className="dialog__buttons">
        {!isSending && (
          <Button onPress={onClose}>
            {state.phase === "done" ? t("common.close") : t("common.cancel")}
          </Button>
        )}
        {state.phase === "planned" && (
          <Button look="primary" onPress={() => void doing.send()}>
            {t("boardMenu.import.put")}
          </Button>
        )}
      </div>
    </Dialog>
  );
}

function Steps({ doing }: { doing: Import }) {
  const { t } = useTranslation();
  const { state } = doing;
  switch (state.phase) {
    case "choosing":
      return <Choose refusal={state.refusal} onFile={(file) => void doing.read(file)} />;
    case "reading":
      return <p role="status">{t("boardMenu.import.reading")}</p>;
    case "planned":
      return (
        <Report
          head={t("boardMenu.import.planned", { count: state.plan.elements.length })}
          taken={{ ...state.plan, elements: state.plan.elements.length, picturesLost: 0 }}
        />
      );
    case "sending":
      return <Sending state={state} />;
    case "done":
      return (
        <Report
          head={t("boardMenu.import.done", { count: state.taken.elements })}
          taken={state.taken}
        />
      );
  }
}

function Choose({ refusal, onFile }: { refusal: Refusal | null; onFile(file: File): void }) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <>
      <p className="dialog__text">{t("boardMenu.import.text")}</p>
      {refusal !== null && (
        <p className="board-refusal" role="alert">
          <Icon name="warning" />
          <span>{refusalWords(t, refusal)}</span>
        </p>
      )}
      <div className="field">
        <label className="field__label" htmlFor={id}>
          {t("boardMenu.import.choose")}
        </label>
        <input
          id={id}
          type="file"
          className="field__input"
          accept=".excalidraw,application/json,application/vnd.excalidraw+json"
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            if (file !== undefined) {
              onFile(file);
            }
          }}
        />
      </div>
    </>
  );
}

function Sending({ state }: { state: Extract<ImportState, { phase: "sending" }> }) {
  const { t } = useTranslation();
  const { done, total } = state;
  return (
    <>
      <p role="status">{t("boardMenu.import.sending", { count: total })}</p>
      <progress
        value={done}
        max={Math.max(1, total)}
        aria-label={t("boardMenu.import.sending", { count: total })}
      />
    </>
  );
}

function Report({ head, taken }: { head: string; taken: Taken }) {
  const { t, i18n } = useTranslation();
  const { linksDropped, leftOut, picturesLost } = taken;
  const lines = [
    linksDropped > 0 && t("boardMenu.import.links", { count: linksDropped }),
    ...leftOutWords(t, i18n.language, leftOut),
    picturesLost > 0 && t("boardMenu.import.pictures", { count: picturesLost }),
  ].filter((line) => line !== false);
  return (
    <div role="status">
      <p>{head}</p>
      {lines.length > 0 && (
        <>
          <p className="field__label">{t("boardMenu.import.without")}</p>
          <ul className="board-report">
            {lines.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function refusalWords(t: TFunction, refusal: Refusal): string {
  switch (refusal) {
    case "notBoard":
      return t("boardMenu.import.notBoard");
    case "damaged":
      return t("boardMenu.import.damaged");
    case "empty":
      return t("boardMenu.import.empty");
    case "tooMany":
      return t("boardMenu.import.tooMany");
    case "tooLarge":
      return t("boardMenu.import.tooLarge");
  }
}
