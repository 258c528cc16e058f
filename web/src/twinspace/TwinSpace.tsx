import "./layout.css";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ChatRoom } from "../chat/ChatRoom";
import { EndedPage } from "../pages/EndedPage";
import { goTo, twinSpacePath } from "../route";
import { isInCall } from "../state/callSelectors";
import { findRoom } from "../state/selectors";
import { StoreContext, useTwinSpace } from "../state/store";
import { Drawer } from "../ui/Dialog";
import { useMediaQuery, useTitle } from "../ui/hooks";
import { ConnectionContext, useConnection, useNewConnection } from "./connectionContext";
import { PeoplePane } from "./PeoplePane";
import { RoomsPane } from "./RoomsPane";
import { TwinSpaceSkeleton } from "./Skeletons";

interface TwinSpaceProps {
  project: string;
  member: string;
  room: string | null;
}

export function TwinSpace({ project, member, room }: TwinSpaceProps) {
  const running = useNewConnection(project, member);
  if (running === null) {
    return <TwinSpaceSkeleton />;
  }
  return (
    <StoreContext value={running.store}>
      <ConnectionContext value={running.connection}>
        <Columns project={project} member={member} room={room} />
      </ConnectionContext>
    </StoreContext>
  );
}

/** Below this the rooms are in a drawer, then the people too. */
const WIDE = "(min-width: 1080px)";
const MIDDLE = "(min-width: 760px)";

function Columns({ project, member, room }: TwinSpaceProps) {
  const { t } = useTranslation();
  const isEnded = useTwinSpace((state) => state.connection.phase === "ended");
  const open = useOpenRoom(project, member, room);
  const isCalling = useTwinSpace((state) => room !== null && isInCall(state, room));
  const [boardRoom, setBoardRoom] = useState<string | null>(null);
  const isBoardOpen = boardRoom !== null && boardRoom === room;
  // In a call the pictures get the space, and a board takes it too: the lists are in drawers.
  const isStaged = isCalling || isBoardOpen;
  const showsRooms = useMediaQuery(MIDDLE) && !isStaged;
  const showsPeople = useMediaQuery(WIDE) && !isStaged;
  const [drawer, setDrawer] = useState<"rooms" | "people" | null>(null);
  const closeDrawer = () => setDrawer(null);

  if (isEnded) {
    return <Ended />;
  }
  return (
    <>
      <SkipLinks
        room={open}
        showsPeople={showsPeople}
        isCalling={isCalling}
        isBoardOpen={isBoardOpen}
      />
      <div className="columns" data-staged={isStaged}>
        {showsRooms && <RoomsPane member={member} openRoom={open} />}
        <ChatRoom
          room={open}
          isBoardOpen={isBoardOpen}
          onBoard={(isOpen) => setBoardRoom(isOpen ? open : null)}
          {...(showsRooms ? {} : { onShowRooms: () => setDrawer("rooms") })}
          {...(showsPeople ? {} : { onShowPeople: () => setDrawer("people") })}
        />
        {showsPeople && <PeoplePane room={open} />}
      </div>
      {drawer === "rooms" && !showsRooms && (
        <Drawer side="start" label={t("nav.rooms")} onClose={closeDrawer}>
          <RoomsPane member={member} openRoom={open} onClose={closeDrawer} />
        </Drawer>
      )}
      {drawer === "people" && !showsPeople && (
        <Drawer side="end" label={t("nav.people")} onClose={closeDrawer}>
          <PeoplePane room={open} onClose={closeDrawer} />
        </Drawer>
      )}
    </>
  );
}

/** Enters the room of the address; without one, goes to the class room. Answers the room that is open. */
function useOpenRoom(project: string, member: string, room: string | null): string | null {
  const { t } = useTranslation();
  const connection = useConnection();
  const firstRoom = useTwinSpace((state) => {
    const rooms = state.project?.view.rooms ?? [];
    return (rooms.find(({ kind }) => kind === "class-room") ?? rooms[0])?.id ?? null;
  });
  const title = useTwinSpace((state) => state.project?.view.title ?? null);
  const roomName = useTwinSpace((state) => (room === null ? null : findRoom(state, room)?.name));

  useEffect(() => {
    if (room !== null) {
      void connection.openRoom(room);
    } else if (firstRoom !== null) {
      goTo(twinSpacePath(project, member, firstRoom), true);
    }
  }, [connection, project, member, room, firstRoom]);

  useTitle([roomName, title, t("app.name")].filter((part) => part).join(" · "));
  return room;
}

function Ended() {
  const connection = useTwinSpace((state) => state.connection);
  return connection.phase === "ended" ? (
    <EndedPage code={connection.code} message={connection.message} />
  ) : null;
}

interface SkipLinksProps {
  room: string | null;
  showsPeople: boolean;
  isCalling: boolean;
  isBoardOpen: boolean;
}

function SkipLinks({ room, showsPeople, isCalling, isBoardOpen }: SkipLinksProps) {
  const { t } = useTranslation();
  const hasComposer = useTwinSpace(
    (state) =>
      room !== null && findRoom(state, room) !== null && state.refusedRooms[room] === undefined,
  );
  return (
    <>
      {isCalling && (
        <a className="skip-link" href="#call">
          {t("nav.skipToCall")}
        </a>
      )}
      {isBoardOpen && (
        <a className="skip-link" href="#board">
          {t("board.skipTo")}
        </a>
      )}
      <a className="skip-link" href="#messages">
        {t("nav.skipToMessages")}
      </a>
      {hasComposer && (
        <a className="skip-link" href="#composer">
          {t("nav.skipToComposer")}
        </a>
      )}
      {showsPeople && (
        <a className="skip-link" href="#people">
          {t("nav.skipToPeople")}
        </a>
      )}
    </>
  );
}
