import "./rooms.css";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { UNREAD_SHOWN_MAX } from "../connection/unread";
import { useGroupsDialog } from "../groups/groups";
import { roomName } from "../groups/roomName";
import { Mark } from "../pages/Threshold";
import type { RoomView } from "../protocol/generated";
import { goTo, twinSpacePath } from "../route";
import { isOfGroup, isPutAway } from "../state/groups";
import { countInRoom, isStaff, myself } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { Button, IconButton } from "../ui/Button";
import { Confirm } from "../ui/Dialog";
import { Icon, type IconName } from "../ui/Icon";
import { MePanel } from "./MePanel";
import { NewRoomDialog } from "./NewRoomDialog";
import { ArchiveButton, ProjectPhaseNote } from "./ProjectPhaseNote";
import { ListSkeleton } from "./Skeletons";

interface RoomsPaneProps {
  member: string;
  openRoom: string | null;
  /** In a drawer: close it. */
  onClose?: () => void;
}

export function RoomsPane({ member, openRoom, onClose }: RoomsPaneProps) {
  const { t } = useTranslation();
  const project = useTwinSpace((state) => state.project?.view ?? null);
  const isTeacher = useTwinSpace((state) => isStaff(myself(state)?.role ?? "pupil"));
  const [isAdding, setAdding] = useState(false);
  const openGroups = useGroupsDialog();
  const rooms = inOrder(project?.rooms ?? []).filter(
    (room) => isTeacher || isOfGroup(room, member),
  );
  const listOf = (listed: readonly RoomView[]) => (
    <ul className="rooms__list">
      {listed.map((room) => (
        <li key={room.id}>
          <RoomLink
            room={room}
            path={twinSpacePath(project?.id ?? "", member, room.id)}
            isCurrent={room.id === openRoom}
            {...(onClose === undefined ? {} : { onGo: onClose })}
          />
        </li>
      ))}
    </ul>
  );

  return (
    <nav className="pane rooms" aria-label={t("nav.rooms")}>
      <div className="pane__header">
        <div className="rooms__project">
          <Mark />
          <h2 className="rooms__title" dir="auto">
            {project?.title ?? t("app.name")}
          </h2>
        </div>
        {onClose !== undefined && (
          <IconButton icon="close" label={t("common.close")} onPress={onClose} />
        )}
      </div>
      {project !== null && <ProjectPhaseNote phase={project.phase} />}
      <div className="pane__scroller">
        {project === null ? (
          <ListSkeleton />
        ) : (
          <>
            {listOf(rooms.filter((room) => !isPutAway(room)))}
            {rooms.some(isPutAway) && (
              <details className="rooms__earlier">
                <summary>{t("rooms.earlier")}</summary>
                {listOf(rooms.filter(isPutAway))}
              </details>
            )}
          </>
        )}
        {project?.rooms.length === 0 && <p className="rooms__none">{t("rooms.none")}</p>}
        {isTeacher && project?.phase !== "archived" && (
          <div className="rooms__tools">
            <Button look="quiet" small icon="plus" onPress={() => setAdding(true)}>
              {t("rooms.add")}
            </Button>
            <Button
              look="quiet"
              small
              icon="people"
              onPress={() => {
                onClose?.();
                openGroups();
              }}
            >
              {t("rooms.groups")}
            </Button>
          </div>
        )}
      </div>
      <div className="pane__footer">
        <ArchiveButton />
        <MePanel member={member} />
      </div>
      {isAdding && <NewRoomDialog onClose={() => setAdding(false)} />}
    </nav>
  );
}

const KINDS: RoomView["kind"][] = ["class-room", "staff-room", "group-room"];

/** The class room first, then the staff room, then the groups as they were made. */
function inOrder(rooms: readonly RoomView[]): RoomView[] {
  return [...rooms].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}

const ICONS: Record<RoomView["kind"], IconName> = {
  "class-room": "speak",
  "staff-room": "staff",
  "group-room": "people",
};

interface RoomLinkProps {
  room: RoomView;
  path: string;
  isCurrent: boolean;
  onGo?: () => void;
}

function RoomLink({ room, path, isCurrent, onGo }: RoomLinkProps) {
  const { t } = useTranslation();
  const unread = useTwinSpace((state) => state.unread[room.id] ?? 0);
  const isMentioned = useTwinSpace((state) => state.mentioned[room.id] === true);
  const here = useTwinSpace((state) => countInRoom(state, room.id));
  const isCalling = useTwinSpace((state) => state.call.mine.phase !== "out");
  const [isAsking, setAsking] = useState(false);

  function go(): void {
    goTo(path);
    onGo?.();
  }

  const link = (
    <a
      className="room-link"
      href={path}
      aria-current={isCurrent ? "page" : undefined}
      onClick={(event) => {
        if (!event.metaKey && !event.ctrlKey && !event.shiftKey) {
          event.preventDefault();
          if (isCalling && !isCurrent) {
            setAsking(true);
          } else {
            go();
          }
        }
      }}
    >
      <Icon name={ICONS[room.kind]} />
      <span className="room-link__words">
        <span className="room-link__name" dir="auto">
          {roomName(t, room)}
        </span>
        <span className="room-link__state">
          <RoomStateMark room={room} />
          {here > 0 && <span> · {t("rooms.here", { count: here })}</span>}
        </span>
      </span>
      {unread > 0 && !isCurrent && <UnreadBadge count={unread} isMentioned={isMentioned} />}
    </a>
  );
  return (
    <>
      {link}
      {isAsking && (
        <Confirm
          title={t("call.leaveTitle")}
          text={t("call.leaveText")}
          confirm={t("call.leave")}
          onConfirm={go}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

function UnreadBadge({ count, isMentioned }: { count: number; isMentioned: boolean }) {
  const { t } = useTranslation();
  const isMany = count >= UNREAD_SHOWN_MAX;
  return (
    <span className="unread">
      <span aria-hidden="true">
        {isMentioned && "@ "}
        {isMany ? `${UNREAD_SHOWN_MAX}+` : count}
      </span>
      <span className="visually-hidden">
        {isMany ? t("rooms.unreadMany", { max: count }) : t("rooms.unread", { count })}
        {isMentioned && <>. {t("rooms.mentioned")}</>}
      </span>
    </span>
  );
}

export function RoomStateMark({ room }: { room: RoomView }) {
  const { t } = useTranslation();
  if (room.kind === "staff-room") {
    return <span>{t("rooms.staffOnly")}</span>;
  }
  return (
    <span className="room-state" data-open={room.open}>
      {t(room.open ? "rooms.open" : "rooms.closed")}
    </span>
  );
}
