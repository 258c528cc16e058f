import { useTranslation } from "react-i18next";
import { StartCallButton } from "../call/CallEntry";
import type { RoomView } from "../protocol/generated";
import { countInRoom } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { RoomStateMark } from "../twinspace/RoomsPane";
import { Button, IconButton } from "../ui/Button";
import { TeacherStrip } from "./TeacherStrip";

interface RoomHeaderProps {
  room: RoomView | null;
  isBoardOpen: boolean;
  onBoard(isOpen: boolean): void;
  onCall(): void;
  onShowRooms?: () => void;
  onShowPeople?: () => void;
}

export function RoomHeader({
  room,
  isBoardOpen,
  onBoard,
  onCall,
  onShowRooms,
  onShowPeople,
}: RoomHeaderProps) {
  const { t } = useTranslation();
  const hasUnread = useTwinSpace((state) => Object.values(state.unread).some((count) => count > 0));
  const here = useTwinSpace((state) => (room === null ? 0 : countInRoom(state, room.id)));
  return (
    <header className="room-header">
      <div className="room-header__bar">
        {onShowRooms !== undefined && (
          <span className="room-header__rooms" data-unread={hasUnread}>
            <IconButton icon="menu" label={t("nav.openRooms")} onPress={onShowRooms} />
          </span>
        )}
        <div className="room-header__words">
          <h1 className="room-header__title" data-testid="room-title" dir="auto">
            {room?.name ?? t("app.name")}
          </h1>
          {room !== null && (
            <p className="room-header__state">
              <RoomStateMark room={room} />
              {here > 0 && ` · ${t("rooms.here", { count: here })}`}
            </p>
          )}
        </div>
        {room !== null && (
          <span className="room-header__actions">
            <Button small icon="board" onPress={() => onBoard(!isBoardOpen)}>
              {isBoardOpen ? t("board.close") : t("board.open")}
            </Button>
            <StartCallButton room={room} onEnter={onCall} />
          </span>
        )}
        {onShowPeople !== undefined && (
          <span data-shows-people>
            <IconButton icon="people" label={t("nav.openPeople")} onPress={onShowPeople} />
          </span>
        )}
      </div>
      {room !== null && <TeacherStrip room={room} />}
    </header>
  );
}
