import "./menu/menu.css";
import { viewportCoordsToSceneCoords } from "@excalidraw/excalidraw";
import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { recall, remember } from "../connection/memory";
import type { Element } from "../protocol/generated";
import { findRoom } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { useNotices } from "../ui/Notices";
import { showNew } from "./firstView";
import { AdditionsAnnouncer } from "./menu/AdditionsAnnouncer";
import { ElementsDialog } from "./menu/ElementsDialog";
import { ExportDialog } from "./menu/ExportDialog";
import { ImportDialog } from "./menu/ImportDialog";
import { type MenuAction, MenuItems } from "./menu/MenuItems";
import { PicturesNote } from "./menu/PicturesNote";
import { insertPages, insertPictures } from "./menu/pictures";
import { ReplayDialog } from "./menu/ReplayDialog";
import { TemplatesDialog } from "./menu/TemplatesDialog";
import { isBoardFile, isPicture } from "./menu/uploadable";
import { useBoardFiles } from "./menu/useBoardFiles";
import { useFilesIntoBoard } from "./menu/useFilesIntoBoard";
import type { BoardClient, Rect } from "./ports";
import { useBoard } from "./useBoard";
import { rectOf } from "./view";

const ANNOUNCES = "board.announces";

/** What the two ways to choose a file from this device offer. */
const ACCEPTED = { picture: "image/*", document: "application/pdf" } as const;

interface BoardMenuProps {
  client: BoardClient;
  /** The editor, as soon as it is there. */
  api: ExcalidrawImperativeAPI | null;
  room: string;
  board: string;
}

/** What one can do with a board besides drawing: read, replay, save and fill it. */
export function BoardMenu({ client, api, room, board }: BoardMenuProps) {
  const { t } = useTranslation();
  const { attempt } = useNotices();
  const files = useBoardFiles(client, room);
  const name = useTwinSpace((state) => {
    const found = findRoom(state, room);
    return found?.boards.find(({ id }) => id === board)?.name || found?.name || "";
  });
  const mayDraw = useBoard(client, ({ rights }) => rights.draw === null);
  const mayModerate = useBoard(client, ({ rights }) => rights.moderate === null);
  const [open, setOpen] = useState<MenuAction | null>(null);
  const [announces, setAnnounces] = useState(recall(ANNOUNCES) !== "no");
  const [toImport, setToImport] = useState<File | null>(null);
  const [sending, setSending] = useState(0);
  const chooser = useRef<HTMLInputElement>(null);
  const close = () => {
    setOpen(null);
    setToImport(null);
  };

  function choose(kind: keyof typeof ACCEPTED): void {
    if (chooser.current !== null) {
      chooser.current.accept = ACCEPTED[kind];
      chooser.current.multiple = kind === "picture";
      chooser.current.value = ""; // the same file may be put in twice
      chooser.current.click();
    }
  }

  async function put(chosen: readonly File[], around: Rect): Promise<void> {
    const pictures = chosen.filter(isPicture);
    const others = chosen.filter((file) => !isPicture(file));
    setSending((count) => count + 1);
    await attempt(async () => {
      if (pictures.length > 0) {
        await insertPictures(pictures, around, files);
      }
      for (const other of others) {
        await insertPages(other, around, files); // the server says what it does not take
      }
    });
    setSending((count) => count - 1);
  }

  useFilesIntoBoard((dropped, at) => {
    const boardFile = dropped.find(isBoardFile);
    if (boardFile !== undefined && mayDraw && mayModerate) {
      setToImport(boardFile);
      setOpen("import");
    } else if (mayDraw) {
      void put(dropped, at === null ? viewOf(api) : around(api, at));
    }
  });

  function act(action: MenuAction): void {
    if (action === "picture" || action === "document") {
      choose(action);
    } else {
      setOpen(action);
    }
  }

  function show(elements: readonly Element[]): void {
    if (api !== null) {
      showNew(api, elements);
    }
  }

  return (
    <>
      <MenuItems client={client} mayDraw={mayDraw} mayModerate={mayModerate} onAction={act} />
      <input
        ref={chooser}
        type="file"
        hidden
        data-testid="board-file"
        onChange={({ currentTarget }) => void put([...(currentTarget.files ?? [])], viewOf(api))}
      />
      <PicturesNote client={client} api={api} isSending={sending > 0} />
      {announces && <AdditionsAnnouncer client={client} />}
      {open === "list" && (
        <ElementsDialog
          client={client}
          api={api}
          announces={announces}
          onAnnounces={(isOn) => {
            setAnnounces(isOn);
            remember(ANNOUNCES, isOn ? null : "no");
          }}
          onClose={close}
        />
      )}
      {open === "replay" && <ReplayDialog client={client} files={files} onClose={close} />}
      {open === "export" && (
        <ExportDialog
          client={client}
          files={files}
          title={name === "" ? t("boardMenu.export.name") : name}
          onClose={close}
        />
      )}
      {open === "import" && (
        <ImportDialog
          client={client}
          files={files}
          file={toImport}
          onTaken={show}
          onClose={close}
        />
      )}
      {open === "templates" && (
        <TemplatesDialog
          client={client}
          files={files}
          view={() => viewOf(api)}
          onPut={show}
          onClose={close}
        />
      )}
    </>
  );
}

const NO_VIEW: Rect = { x: 0, y: 0, width: 1_000, height: 800 };

/** The part of the board that is in view. */
function viewOf(api: ExcalidrawImperativeAPI | null): Rect {
  if (api === null) {
    return NO_VIEW;
  }
  const { scrollX, scrollY, zoom, width, height } = api.getAppState();
  return rectOf({ scrollX, scrollY, zoom: zoom.value, width, height });
}

/** As large a part of the board, around where something was dropped. */
function around(
  api: ExcalidrawImperativeAPI | null,
  at: { clientX: number; clientY: number },
): Rect {
  const view = viewOf(api);
  if (api === null) {
    return view;
  }
  const { x, y } = viewportCoordsToSceneCoords(at, api.getAppState());
  return { ...view, x: x - view.width / 2, y: y - view.height / 2 };
}
