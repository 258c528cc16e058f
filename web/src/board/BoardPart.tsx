import "./board.css";
import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { useState } from "react";
import { TabPanel, Tabs } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { roomName } from "../groups/roomName";
import { failureText } from "../locales/i18n";
import type { BoardView as ListedBoard, RoomView } from "../protocol/generated";
import { isLessonOver } from "../state/groups";
import { useTwinSpace } from "../state/store";
import { Icon } from "../ui/Icon";
import { BoardBar } from "./BoardBar";
import { BoardCanvas } from "./BoardCanvas";
import { BoardNotes } from "./BoardNotes";
import { BoardTabs } from "./BoardTabs";
import type { BoardSession } from "./boardSession";
import type { BoardClient } from "./ports";
import { useBoard, useBoardClient } from "./useBoard";
import { useLed } from "./useLed";
import { useShown } from "./useShown";
import { useWholeBoard } from "./useWholeBoard";

interface BoardPartProps {
  room: RoomView;
  /** Beside something else that is large: to look at, not to draw on. */
  isSmall: boolean;
}

/** The boards of a room: one of them, and the way to the others. */
export default function BoardPart({ room, isSmall }: BoardPartProps) {
  const boards = boardsOf(room);
  const [chosen, setChosen] = useState(room.id);
  const board = boards.find(({ id }) => id === chosen) ?? boards[0];
  const client = useBoardClient(board?.id ?? room.id);
  const [session, setSession] = useState<BoardSession | null>(null);
  const [api, setApi] = useState<ExcalidrawImperativeAPI | null>(null);
  const bar = { room, session, api };
  useWholeBoard(api, isSmall);
  useLed({ room: room.id, session, isSmall, onChoose: setChosen });
  return (
    <Tabs
      className="board"
      data-small={isSmall}
      selectedKey={board?.id ?? room.id}
      onSelectionChange={(key) => setChosen(String(key))}
      keyboardActivation="manual"
    >
      <div className="board-head">
        <BoardTabs room={room} boards={boards} board={board ?? null} onChoose={setChosen} />
        {client !== null && <BoardBar key={client.board} client={client} {...bar} />}
      </div>
      {boards.map(({ id }) => (
        <TabPanel key={id} id={id} className="board-panel">
          {client === null || client.board !== id ? (
            <div className="board-stage" aria-busy="true" />
          ) : (
            <Board
              key={id}
              client={client}
              room={room}
              session={session}
              onSession={setSession}
              onApi={setApi}
            />
          )}
        </TabPanel>
      ))}
    </Tabs>
  );
}

/** A room's boards; before the server has said which, the one that every room has. */
function boardsOf(room: RoomView): readonly ListedBoard[] {
  return room.boards.length > 0 ? room.boards : [{ id: room.id, name: "" }];
}

interface BoardProps {
  client: BoardClient;
  room: RoomView;
  session: BoardSession | null;
  onSession(session: BoardSession | null): void;
  onApi(api: ExcalidrawImperativeAPI | null): void;
}

function Board({ client, room, session, onSession, onApi }: BoardProps) {
  const { t } = useTranslation();
  const phase = useBoard(client, (state) => state.phase);
  const count = useBoard(client, (state) => state.elements.size);
  const pending = useBoard(client, (state) => state.pending);
  const refusal = useBoard(client, (state) => state.refusal);
  const mayExport = useBoard(client, (state) => (state.rights.export ?? null) === null);
  const mayNotDraw = useBoard(client, (state) => (state.rights.draw ?? null) !== null);
  return (
    <section
      className="board-stage"
      id="board"
      tabIndex={-1}
      aria-label={t("board.title", { room: roomName(t, room) })}
      data-testid="board"
      data-board={client.board}
      data-phase={phase}
      data-count={count}
      data-pending={pending}
      data-export={mayExport}
    >
      {phase === "refused" ? (
        <div className="board-state" role="status">
          <Icon name="lock" size={36} />
          <p>{failureText(t, refusal ?? "unknown", "")}</p>
        </div>
      ) : (
        <>
          <BoardNotes client={client} session={session} />
          <BoardCanvas
            client={client}
            room={room.id}
            isViewOnly={mayNotDraw || phase !== "ready"}
            onSession={onSession}
            onApi={onApi}
          />
          {phase === "loading" && <Loading client={client} />}
          {phase === "ready" && count === 0 && (
            <Empty room={room} session={session} isViewOnly={mayNotDraw} />
          )}
        </>
      )}
    </section>
  );
}

function Loading({ client }: { client: BoardClient }) {
  const { t } = useTranslation();
  const done = useBoard(client, (state) => state.pages.done);
  const total = useBoard(client, (state) => state.pages.total);
  return (
    <div className="board-hint">
      <p role="status">{t("board.loading")}</p>
      {total > 1 && <progress value={done} max={total} aria-label={t("board.loading")} />}
    </div>
  );
}

interface EmptyProps {
  room: RoomView;
  session: BoardSession | null;
  isViewOnly: boolean;
}

function Empty({ room, session, isViewOnly }: EmptyProps) {
  const { t } = useTranslation();
  const isOver = useTwinSpace(
    ({ project }) => project !== null && isLessonOver(project.view, room),
  );
  const isDrawing = useShown(session, (shown) => shown.isDrawing);
  return isDrawing === true ? null : (
    <div className="board-hint">
      <p className="board-hint__title">
        {t(isOver && isViewOnly ? "board.emptyOver" : "board.empty")}
      </p>
      {!isViewOnly && <p>{t("board.emptyHint")}</p>}
    </div>
  );
}
