import "./place.css";
import "./strips.css";
import "./phone.css";
import "./tight.css";
import "./afar.css";
import { type CSSProperties, Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { BoardLoading, BoardPart } from "../board/loadBoard";
import { CallStrip } from "../call/CallEntry";
import { ChatPart } from "../chat/ChatRoom";
import { ConnectionBar } from "../chat/ConnectionBar";
import { RoomHeader } from "../chat/RoomHeader";
import { LessonPlace } from "../lesson/LessonPlace";
import { lazyWithWords } from "../locales/later";
import type { RoomView } from "../protocol/generated";
import { isInCall } from "../state/callSelectors";
import { findRoom } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { PeoplePane } from "../twinspace/PeoplePane";
import { Button } from "../ui/Button";
import { PartBar } from "./PartBar";
import { PartFrame } from "./PartFrame";
import { gridOf, type Space } from "./space";
import { usePlaceOfRoom } from "./usePlace";
import { useStillWhileDrawing } from "./useStillWhileDrawing";

/** Most lessons are spent writing: the call comes when it is wanted. */
const CallPart = lazyWithWords("call", () => import("../call/CallPart"), CallNotLoaded);

/** Only while a class works in groups. */
const GroupsStrip = lazyWithWords("groups", () => import("../groups/GroupsStrip"));

interface ClassroomProps {
  room: string | null;
  space: Space;
  onShowRooms?: () => void;
}

/** The middle of the page: a room's head, and its parts, each in its place. */
export function Classroom({ room: roomId, space, onShowRooms }: ClassroomProps) {
  const place = usePlaceOfRoom();
  const room = useTwinSpace((state) => (roomId === null ? null : findRoom(state, roomId)));
  const refusal = useTwinSpace((state) =>
    roomId === null ? null : (state.refusedRooms[roomId] ?? null),
  );
  const isCalling = useTwinSpace((state) => roomId !== null && isInCall(state, roomId));
  const hasGroups = useTwinSpace((state) => state.project?.view.groups != null);
  const [isLobbyOpen, setLobbyOpen] = useState(false);
  const strips = useRef<HTMLDivElement>(null);
  useStillWhileDrawing(strips);
  const open = refusal === null ? room : null;
  const isPhone = space.mode === "phone";
  const grid = gridOf(place.shown, space, isCalling);
  const frame = { grid, hasHead: !isPhone };
  const openLobby = () => setLobbyOpen(true);
  const call = (at: RoomView) => (
    <CallPart room={at} isLobbyOpen={isLobbyOpen} onLobbyClose={() => setLobbyOpen(false)} />
  );
  const bar = <PartBar room={open} isCalling={isCalling} isPhone={isPhone} onCall={openLobby} />;
  return (
    <main
      className="classroom"
      data-mode={space.mode}
      data-large={place.shown.large}
      style={grid.aside === null ? {} : ({ "--aside": grid.aside } as CSSProperties)}
    >
      <RoomHeader
        room={room}
        isStaged={isCalling || place.isBoardOpen}
        {...(onShowRooms === undefined ? {} : { onShowRooms })}
      >
        <div className="room-header__end">
          {isPhone ? null : bar}
          <ConnectionBar />
        </div>
      </RoomHeader>
      <div className="strips" ref={strips}>
        {hasGroups && (
          <Suspense fallback={null}>
            <GroupsStrip room={roomId} isPhone={isPhone} />
          </Suspense>
        )}
        {room !== null && <LessonPlace room={room} isRefused={open === null} />}
        {open !== null && <CallStrip key={open.id} room={open} onEnter={openLobby} />}
      </div>
      {open !== null && isLobbyOpen && !isCalling && (
        <Suspense fallback={<CallLoading />}>{call(open)}</Suspense>
      )}
      <div
        className="parts"
        style={{ gridTemplateColumns: grid.columns, gridTemplateRows: grid.rows }}
      >
        {open !== null && isCalling && (
          <PartFrame part="call" {...frame}>
            <Suspense fallback={<CallLoading />}>{call(open)}</Suspense>
          </PartFrame>
        )}
        {open !== null && place.isBoardOpen && (
          <PartFrame part="board" {...frame}>
            <Suspense fallback={<BoardLoading />}>
              <BoardPart key={open.id} room={open} isSmall={place.sizeOf("board") === "small"} />
            </Suspense>
          </PartFrame>
        )}
        <PartFrame part="chat" {...frame}>
          <ChatPart room={room} refusal={refusal} />
        </PartFrame>
        {place.sizeOf("people") !== "away" && (
          <PartFrame part="people" {...frame}>
            <PeoplePane room={roomId} />
          </PartFrame>
        )}
      </div>
      {isPhone && bar}
    </main>
  );
}

function CallLoading() {
  const { t } = useTranslation();
  return (
    <p className="strip" role="status">
      {t("call.loading")}
    </p>
  );
}

function CallNotLoaded() {
  const { t } = useTranslation();
  return (
    <div className="strip" data-tone="warn" role="status">
      <p className="strip__words">{t("call.loadFailed")}</p>
      <Button onPress={() => location.reload()}>{t("ended.reload")}</Button>
    </div>
  );
}
