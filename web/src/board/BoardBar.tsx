import type { ExcalidrawImperativeAPI } from "@excalidraw/excalidraw/types";
import { ToggleButton } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { RoomView } from "../protocol/generated";
import { Button } from "../ui/Button";
import { Icon, type IconName } from "../ui/Icon";
import { useNotices } from "../ui/Notices";
import { BoardMenu } from "./BoardMenu";
import type { BoardSession } from "./boardSession";
import type { BoardClient } from "./ports";
import { TeacherMenu } from "./TeacherMenu";
import { useBoard } from "./useBoard";
import { useShown } from "./useShown";

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
      {mayModerate && session !== null && (
        <TeacherTools client={client} room={room} session={session} />
      )}
      <BoardMenu client={client} api={api} room={room.id} board={client.board} />
    </div>
  );
}

function TeacherTools({
  client,
  room,
  session,
}: {
  client: BoardClient;
  room: RoomView;
  session: BoardSession;
}) {
  const { t } = useTranslation();
  const { attempt } = useNotices();
  const isPresenting = useShown(session, (shown) => shown.isPresenting) ?? false;
  return (
    <>
      <BarToggle
        icon="eye"
        label={t("board.present")}
        isOn={isPresenting}
        onChange={() => session.present(!isPresenting)}
      />
      <Button
        small
        icon="gather"
        aria-label={t("board.bring")}
        onPress={() => void attempt(() => client.bring(session.rect()))}
      >
        {t("board.bring")}
      </Button>
      <TeacherMenu client={client} room={room} session={session} />
    </>
  );
}

interface BarToggleProps {
  icon: IconName;
  label: string;
  isOn: boolean;
  onChange(): void;
}

function BarToggle({ icon, label, isOn, onChange }: BarToggleProps) {
  return (
    <ToggleButton
      className="button button--plain button--small board-toggle"
      isSelected={isOn}
      onChange={onChange}
      aria-label={label}
    >
      <Icon name={icon} size={16} />
      <span>{label}</span>
    </ToggleButton>
  );
}
