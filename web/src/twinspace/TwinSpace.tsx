import "./layout.css";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { GroupsProvider } from "../groups/groups";
import { roomName } from "../groups/roomName";
import { EndedPage } from "../pages/EndedPage";
import type { Part } from "../place/arrangement";
import { Classroom } from "../place/Classroom";
import { SettingsProvider } from "../place/settings";
import { PlaceProvider, usePlace } from "../place/usePlace";
import { useSeenFromAfar } from "../place/useSeenFromAfar";
import { useWindowSpace } from "../place/useWindowSpace";
import { RehearsalProvider } from "../rehearsal/rehearsal";
import { goTo, twinSpacePath } from "../route";
import { SheetProvider } from "../sheet/sheet";
import { isInCall, myParticipant } from "../state/callSelectors";
import { countWaiting, findRoom } from "../state/selectors";
import { StoreContext, useTwinSpace } from "../state/store";
import { Drawer } from "../ui/Dialog";
import { useTitle } from "../ui/hooks";
import { ConnectionContext, useConnection, useNewConnection } from "./connectionContext";
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
        <GroupsProvider>
          <Columns project={project} member={member} room={room} />
        </GroupsProvider>
      </ConnectionContext>
    </StoreContext>
  );
}

function Columns({ project, member, room }: TwinSpaceProps) {
  const { t } = useTranslation();
  const isEnded = useTwinSpace((state) => state.connection.phase === "ended");
  const open = useOpenRoom(project, member, room);
  const isCalling = useTwinSpace((state) => open !== null && isInCall(state, open));
  const isAfar = useTwinSpace((state) => myParticipant(state)?.kind === "class-camera");
  const kind = useTwinSpace((state) =>
    open === null ? null : (findRoom(state, open)?.kind ?? null),
  );
  const spaceOf = useWindowSpace();
  const [place, space] = usePlace({
    kind: kind ?? "class-room",
    hasRoom: kind !== null,
    isCalling,
    spaceOf,
  });
  const [isDrawerOpen, setDrawerOpen] = useState(false);
  const isIdle = useSeenFromAfar(isAfar);

  if (isEnded) {
    return <Ended />;
  }
  const showsPart = (part: Part) => place.sizeOf(part) !== "away";
  return (
    <PlaceProvider value={place}>
      <RehearsalProvider>
        <SheetProvider>
          <SettingsProvider>
            <TabTitle room={open} />
            <SkipLinks
              room={open}
              isCalling={isCalling}
              shows={showsPart}
              isBoardLarge={place.sizeOf("board") === "large"}
            />
            <div
              className="columns"
              data-rooms={space.hasRooms}
              data-mode={space.mode}
              data-idle={isIdle}
            >
              {space.hasRooms && <RoomsPane member={member} openRoom={open} />}
              <Classroom
                room={open}
                space={space}
                {...(space.hasRooms ? {} : { onShowRooms: () => setDrawerOpen(true) })}
              />
            </div>
            {isDrawerOpen && !space.hasRooms && (
              <Drawer side="start" label={t("nav.rooms")} onClose={() => setDrawerOpen(false)}>
                <RoomsPane member={member} openRoom={open} onClose={() => setDrawerOpen(false)} />
              </Drawer>
            )}
          </SettingsProvider>
        </SheetProvider>
      </RehearsalProvider>
    </PlaceProvider>
  );
}

/** Enters the room of the address; without one, goes to the class room. Answers the room that is open. */
function useOpenRoom(project: string, member: string, room: string | null): string | null {
  const connection = useConnection();
  const firstRoom = useTwinSpace((state) => {
    const rooms = state.project?.view.rooms ?? [];
    return (rooms.find(({ kind }) => kind === "class-room") ?? rooms[0])?.id ?? null;
  });
  useEffect(() => {
    if (room !== null) {
      void connection.openRoom(room);
    } else if (firstRoom !== null) {
      goTo(twinSpacePath(project, member, firstRoom), true);
    }
  }, [connection, project, member, room, firstRoom]);

  return room;
}

/** The title of the browser's tab. Apart: what waits changes with every message, and nothing else of the page does. */
function TabTitle({ room }: { room: string | null }) {
  const { t, i18n } = useTranslation();
  const title = useTwinSpace((state) => state.project?.view.title ?? null);
  const open = useTwinSpace((state) => (room === null ? null : findRoom(state, room)));
  const waiting = useTwinSpace((state) => countWaiting(state, room));
  const words = [open && roomName(t, open), title, t("app.name")]
    .filter((part) => part)
    .join(" · ");
  useTitle(
    waiting === 0 ? words : `(${new Intl.NumberFormat(i18n.language).format(waiting)}) ${words}`,
  );
  return null;
}

function Ended() {
  const connection = useTwinSpace((state) => state.connection);
  return connection.phase === "ended" ? (
    <EndedPage code={connection.code} message={connection.message} />
  ) : null;
}

interface SkipLinksProps {
  room: string | null;
  isCalling: boolean;
  shows(part: Part): boolean;
  /** A small one is a picture. */
  isBoardLarge: boolean;
}

function SkipLinks({ room, isCalling, shows, isBoardLarge }: SkipLinksProps) {
  const { t } = useTranslation();
  const hasComposer = useTwinSpace(
    (state) =>
      room !== null && findRoom(state, room) !== null && state.refusedRooms[room] === undefined,
  );
  const links = [
    ...(isCalling ? [["#call", t("nav.skipToCall")]] : []),
    ...(isBoardLarge ? [["#board", t("board.skipTo")]] : []),
    ...(shows("chat") ? [["#messages", t("nav.skipToMessages")]] : []),
    ...(shows("chat") && hasComposer ? [["#composer", t("nav.skipToComposer")]] : []),
    ...(shows("people") ? [["#people", t("nav.skipToPeople")]] : []),
  ];
  return links.map(([target, words]) => (
    <a key={target} className="skip-link" href={target}>
      {words}
    </a>
  ));
}
