import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { useTranslation } from "react-i18next";
import type { RoomView } from "../protocol/generated";
import { BoardMenu } from "./BoardMenu";
import type { BoardSession } from "./boardSession";
import type { BoardClient } from "./ports";
import { TeacherMenu } from "./TeacherMenu";
import { useBoard } from "./useBoard";

interface BoardBarProps {
  client: BoardClient;
  room: RoomView;
  session: BoardSession | null;
  api: ExcalidrawImperativeAPI | null;
}

/** What one can do with a board, besides drawing on it. */
export function BoardBar({ client, room, session, api }: BoardBarProps) {
  const { t } = useTranslation();
  const mayModerate = useBoard(
    client,
    ({ phase, rights }) => phase === "ready" && (rights.moderate ?? null) === null,
  );
  return (
    <div className="board-bar" role="toolbar" aria-label={t("board.tools")}>
      {mayModerate && session !== null && <TeacherMenu client={client} session={session} />}
      <BoardMenu client={client} api={api} room={room.id} board={client.board} />
    </div>
  );
}
