import "./header.css";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { roomName } from "../groups/roomName";
import type { RoomView } from "../protocol/generated";
import { countInRoom } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { RoomStateMark } from "../twinspace/RoomsPane";
import { IconButton } from "../ui/Button";
import { TeacherStrip } from "./TeacherStrip";

interface RoomHeaderProps {
  room: RoomView | null;
  /** A call or a board needs the height: what the switches mean is known by then. */
  isStaged: boolean;
  onShowRooms?: () => void;
  /** The bar of the parts, and the state of the connection. */
  children: ReactNode;
}

export function RoomHeader({ room, isStaged, onShowRooms, children }: RoomHeaderProps) {
  const { t } = useTranslation();
  const hasUnread = useTwinSpace((state) => Object.values(state.unread).some((count) => count > 0));
  const here = useTwinSpace((state) => (room === null ? 0 : countInRoom(state, room.id)));
  return (
    <header className="room-header" data-staged={isStaged}>
      {onShowRooms !== undefined && (
        <span className="room-header__rooms" data-unread={hasUnread}>
          <IconButton icon="menu" label={t("nav.openRooms")} onPress={onShowRooms} />
        </span>
      )}
      <div className="room-header__words">
        <h1 className="room-header__title" data-testid="room-title" dir="auto">
          {room === null ? t("app.name") : roomName(t, room)}
        </h1>
        {room !== null && (
          <p className="room-header__state">
            <RoomStateMark room={room} />
            {here > 0 && ` · ${t("rooms.here", { count: here })}`}
          </p>
        )}
      </div>
      {room !== null && <TeacherStrip room={room} />}
      {children}
    </header>
  );
}
