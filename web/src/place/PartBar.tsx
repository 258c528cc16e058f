import "./bar.css";
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import type { RoomView } from "../protocol/generated";
import { callIn, callRefusal } from "../state/callSelectors";
import { useTwinSpace } from "../state/store";
import { useFocusAfter } from "../ui/hooks";
import { Icon, type IconName } from "../ui/Icon";
import type { Part, Size } from "./arrangement";
import { type Place, usePlaceOfRoom } from "./usePlace";
import { useUnseen } from "./useUnseen";

export const PART_ICONS: Record<Part, IconName> = {
  people: "people",
  chat: "speak",
  call: "camera",
  board: "board",
};

interface PartBarProps {
  room: RoomView | null;
  isCalling: boolean;
  /** One part at a time: a press brings it, none is put away. */
  isPhone: boolean;
  /** The way into the call. */
  onCall(): void;
}

/** The four parts of a classroom: which of them are shown, and the way to each. */
export function PartBar({ room, isCalling, isPhone, onCall }: PartBarProps) {
  const { t } = useTranslation();
  const place = usePlaceOfRoom();
  const unseen = useUnseen(room?.id ?? null, place.sizeOf("chat") !== "away");
  const part = { place, isPhone };
  const callButton = useFocusAfter(isCalling);
  return (
    <div className="part-bar" role="toolbar" aria-label={t("place.parts")} data-testid="part-bar">
      <PartButton {...part} part="people" label={t("place.people")} />
      <PartButton {...part} part="chat" label={t("place.chat")} unseen={unseen} />
      {isCalling ? (
        <PartButton {...part} part="call" label={t("place.call")} />
      ) : (
        room !== null && <CallButton room={room} button={callButton} onCall={onCall} />
      )}
      {room !== null && <PartButton {...part} part="board" label={t("place.board")} />}
    </div>
  );
}

interface PartButtonProps {
  part: Part;
  label: string;
  place: Place;
  isPhone: boolean;
  unseen?: number;
}

function PartButton({ part, label, place, isPhone, unseen = 0 }: PartButtonProps) {
  const { t } = useTranslation();
  const size = place.sizeOf(part);
  const isOnlyOne = size === "large" && place.shown.small.length === 0 && part !== "board";
  const names: Record<Size, string> = {
    large: t("place.is.large", { part: label }),
    small: t("place.is.small", { part: label }),
    away: t("place.is.away", { part: label }),
  };
  function press(): void {
    if (isPhone) {
      place.enlarge(part);
    } else if (size === "away") {
      place.bring(part);
    } else {
      place.putAway(part);
    }
  }
  return (
    <button
      type="button"
      className="part-button"
      data-part={part}
      data-size={size}
      aria-pressed={isPhone ? size === "large" : size !== "away"}
      aria-label={
        unseen > 0 ? `${names[size]}, ${t("chat.newMessages", { count: unseen })}` : names[size]
      }
      title={!isPhone && isOnlyOne ? t("place.onlyOne") : undefined}
      onClick={press}
    >
      <PartIcon part={part} unseen={unseen} />
      <span className="part-button__label">{label}</span>
    </button>
  );
}

function PartIcon({
  part,
  unseen = 0,
  isOn = false,
}: {
  part: Part;
  unseen?: number;
  isOn?: boolean;
}) {
  return (
    <span className="part-button__icon" data-on={isOn}>
      <Icon name={PART_ICONS[part]} size={20} />
      {unseen > 0 && (
        <span className="part-button__count" aria-hidden="true">
          {unseen}
        </span>
      )}
    </span>
  );
}

/** One is not in the call: begins one, or joins the one that is on. */
interface CallButtonProps {
  room: RoomView;
  button: RefObject<HTMLButtonElement | null>;
  onCall(): void;
}

function CallButton({ room, button, onCall }: CallButtonProps) {
  const { t } = useTranslation();
  const isOn = useTwinSpace((state) => callIn(state, room.id) !== null);
  const mayJoin = useTwinSpace(
    (state) =>
      state.rights[room.id] !== undefined && callRefusal(state, room.id, "join_call") === null,
  );
  if (!mayJoin) {
    return null;
  }
  return (
    <button
      ref={button}
      type="button"
      className="part-button"
      data-part="call"
      data-size="away"
      aria-label={isOn ? t("place.callOn") : undefined}
      onClick={onCall}
    >
      <PartIcon part="call" isOn={isOn} />
      <span className="part-button__label">{isOn ? t("place.call") : t("call.start")}</span>
    </button>
  );
}
