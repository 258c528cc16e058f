import "@excalidraw/excalidraw/index.css";
import "./editor.css";
import { Excalidraw, languages, MainMenu } from "@excalidraw/excalidraw";
import type { ExcalidrawImperativeAPI, ExcalidrawProps } from "@excalidraw/excalidraw/types";
import {
  type KeyboardEvent,
  type MouseEvent,
  memo,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { useTwinSpace } from "../state/store";
import { BoardCursors } from "./BoardCursors";
import { BoardSession } from "./boardSession";
import type { BoardClient } from "./ports";
import { useNewest } from "./useBoard";
import { useBoardPeople } from "./useBoardPeople";

/** What the editor calls a language of the page ("pl-PL"); English where it has too little of that one. */
function editorLanguage(language: string): string {
  return languages.find(({ code }) => code.split("-")[0] === language)?.code ?? "en";
}

/** What of the editor is ours to do, or leads to other sites. */
const OPTIONS: NonNullable<ExcalidrawProps["UIOptions"]> = {
  canvasActions: {
    changeViewBackgroundColor: false,
    clearCanvas: false,
    export: false,
    loadScene: false,
    saveToActiveFile: false,
    saveAsImage: false,
    toggleTheme: false,
  },
  tools: { image: false },
};

const UNDO_BUTTONS = "[data-testid=button-undo], [data-testid=button-redo]";

interface BoardCanvasProps {
  client: BoardClient;
  room: string;
  isViewOnly: boolean;
  onSession(session: BoardSession | null): void;
  onApi(api: ExcalidrawImperativeAPI | null): void;
}

/** The editor with a board in it, and others' pointers above it. */
export function BoardCanvas({ client, room, isViewOnly, onSession, onApi }: BoardCanvasProps) {
  const { i18n } = useTranslation();
  const [api, setApi] = useState<ExcalidrawImperativeAPI | null>(null);
  const [session, setSession] = useState<BoardSession | null>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const cursors = useRef<HTMLDivElement>(null);
  const people = useBoardPeople(client, room);
  const report = useNewest({ onSession, onApi });
  const point = useNewest(session);
  const presence = useTwinSpace((state) => state.presence);

  // Layout: when the board closes what is typed just now is handed over, before the board is gone.
  useLayoutEffect(() => {
    if (api === null || canvas.current === null) {
      return;
    }
    const opened = new BoardSession({
      api,
      client,
      canvas: canvas.current,
      people,
      place: (member, left, top) => placeCursor(cursors.current, member, left, top),
    });
    setSession(opened);
    report.current.onSession(opened);
    report.current.onApi(api);
    return () => {
      opened.close();
      setSession(null);
      report.current.onSession(null);
      report.current.onApi(null);
    };
  }, [api, client, people, report]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever leaves takes their pointer along
  useEffect(() => session?.peopleChanged(), [session, presence]);

  function onKeyDown(event: KeyboardEvent): void {
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && /^[zy]$/i.test(event.key)) {
      session?.undoing();
    }
    if (isCommand && event.key.toLowerCase() === "k") {
      event.preventDefault(); // a link on what is selected: boards take none
      event.stopPropagation();
    }
  }

  function onClick(event: MouseEvent): void {
    if (event.target instanceof Element && event.target.closest(UNDO_BUTTONS) !== null) {
      session?.undoing();
    }
  }

  return (
    <div
      className="board-canvas"
      data-testid="board-canvas"
      onKeyDownCapture={onKeyDown}
      onClickCapture={onClick}
    >
      <Editor
        excalidrawAPI={setApi}
        langCode={editorLanguage(i18n.language)}
        viewModeEnabled={isViewOnly}
        onPointerUpdate={usePointing(point)}
      />
      <div className="board-cursors" ref={cursors} aria-hidden="true">
        <canvas className="board-overlay" ref={canvas} />
        {session !== null && <BoardCursors session={session} />}
      </div>
    </div>
  );
}

/** The editor is heavy: it renders again when it is told something new, not each time somebody points. */
const Editor = memo(function Editor(
  props: Pick<
    ExcalidrawProps,
    "excalidrawAPI" | "langCode" | "viewModeEnabled" | "onPointerUpdate"
  >,
) {
  return (
    <Excalidraw
      {...(props as ExcalidrawProps)}
      theme="light"
      UIOptions={OPTIONS}
      handleKeyboardGlobally={false}
      validateEmbeddable={false}
      aiEnabled={false}
      onLinkOpen={(_, event) => event.preventDefault()}
    >
      <MainMenu>
        <MainMenu.DefaultItems.SearchMenu />
        <MainMenu.DefaultItems.Help />
      </MainMenu>
    </Excalidraw>
  );
});

type PointerUpdate = NonNullable<ExcalidrawProps["onPointerUpdate"]>;

function usePointing(session: { readonly current: BoardSession | null }): PointerUpdate {
  return useCallback<PointerUpdate>(
    ({ pointer: { x, y, tool }, button }) =>
      session.current?.point({ x, y, tool, pressed: button === "down" }),
    [session],
  );
}

function placeCursor(cursors: HTMLElement | null, member: string, left: number, top: number): void {
  const cursor = cursors?.querySelector<HTMLElement>(`[data-member="${CSS.escape(member)}"]`);
  if (cursor != null) {
    cursor.style.transform = `translate(${left}px, ${top}px)`;
  }
}
