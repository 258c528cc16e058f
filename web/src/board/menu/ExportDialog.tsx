import { exportToBlob, exportToSvg } from "@excalidraw/excalidraw";
import type { BinaryFiles } from "@excalidraw/excalidraw/types";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { failureText } from "../../locales/i18n";
import type { ErrorCode } from "../../protocol/generated";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { useNotices } from "../../ui/Notices";
import type { BoardClient } from "../ports";
import { useBoard } from "../useBoard";
import { loadPictures, picturesOf } from "./pictures";
import { fileName, saveFile } from "./saveFile";
import { sceneElements } from "./sceneElements";
import type { BoardFiles } from "./useBoardFiles";

/** Space around what is drawn, in pixels of the board. */
const PADDING = 24;

/** Pixels of a PNG's longer side: printed large it is sharp, and every browser's canvas holds it. */
const PNG_SIDE_MAX = 8_000;

/** A PNG is twice as fine as the screen, where it fits. */
const PNG_SCALE = 2;

type Kind = "png" | "svg" | "excalidraw";

interface ExportDialogProps {
  client: BoardClient;
  files: BoardFiles;
  /** What the file is called. */
  title: string;
  onClose(): void;
}

/** Save the board as a picture or as a file, or read why that is not possible. */
export function ExportDialog({ client, files, title, onClose }: ExportDialogProps) {
  const { t } = useTranslation();
  const { attempt } = useNotices();
  const [making, setMaking] = useState<Kind | null>(null);
  const [missing, setMissing] = useState(0);
  const denied = useBoard(client, (state) => state.rights.export ?? null);
  const isEmpty = useBoard(client, (state) => state.elements.size === 0);

  async function save(kind: Kind): Promise<void> {
    if (making !== null) {
      return; // not disabled: the button keeps the focus
    }
    setMaking(kind);
    setMissing(0);
    await attempt(async () => {
      const made = kind === "excalidraw" ? await files.boardFile() : await picture(kind);
      saveFile(made, fileName(title, new Date(), kind));
    });
    setMaking(null);
  }

  async function picture(kind: "png" | "svg"): Promise<Blob> {
    const { elements, hidden } = client.getState();
    const shown = [...elements.values()].filter(({ element }) => !hidden.has(element.id));
    const loaded: BinaryFiles = {};
    const lost = await loadPictures(picturesOf(shown), files.address, (file) => {
      loaded[file.id] = file as unknown as BinaryFiles[string];
    });
    setMissing(lost.length);
    return drawn(kind, { elements: sceneElements(shown) as never, files: loaded });
  }

  return (
    <Dialog title={t("boardMenu.export.title")} onClose={onClose}>
      {denied !== null ? (
        <Denied code={denied} />
      ) : isEmpty ? (
        <p className="dialog__text">{t("boardMenu.export.empty")}</p>
      ) : (
        <ul className="board-choices">
          <Way
            button={t("boardMenu.export.png")}
            text={t("boardMenu.export.pngText")}
            onPress={() => void save("png")}
          />
          <Way
            button={t("boardMenu.export.svg")}
            text={t("boardMenu.export.svgText")}
            onPress={() => void save("svg")}
          />
          <Way
            button={t("boardMenu.export.file")}
            text={t("boardMenu.export.fileText")}
            onPress={() => void save("excalidraw")}
          />
        </ul>
      )}
      <p role="status" className="field__hint">
        {making !== null && t("boardMenu.export.making")}
        {making === null && missing > 0 && t("boardMenu.pictures.missing", { count: missing })}
      </p>
      <div className="dialog__buttons">
        <Button onPress={onClose}>{t("common.close")}</Button>
      </div>
    </Dialog>
  );
}

function Denied({ code }: { code: ErrorCode }) {
  const { t } = useTranslation();
  return <p className="dialog__text">{failureText(t, code, t("boardMenu.export.denied"))}</p>;
}

interface WayProps {
  button: string;
  text: string;
  onPress(): void;
}

function Way({ button, text, onPress }: WayProps) {
  return (
    <li className="board-choices__one">
      <p>{text}</p>
      <Button look="primary" onPress={onPress}>
        {button}
      </Button>
    </li>
  );
}

/** What is drawn on white, whatever the page's colours are: it is printed, or put into a text. */
async function drawn(
  kind: "png" | "svg",
  scene: Pick<Parameters<typeof exportToSvg>[0], "elements" | "files">,
): Promise<Blob> {
  const appState = { exportBackground: true, viewBackgroundColor: "#ffffff" };
  const options = { ...scene, appState, exportPadding: PADDING };
  if (kind === "svg") {
    const svg = await exportToSvg(options);
    return new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" });
  }
  return exportToBlob({
    ...options,
    mimeType: "image/png",
    getDimensions: (width: number, height: number) => {
      const scale = Math.min(PNG_SCALE, PNG_SIDE_MAX / Math.max(width, height));
      return { width: width * scale, height: height * scale, scale };
    },
  });
}
