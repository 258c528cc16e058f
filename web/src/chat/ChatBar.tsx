import { lazy, Suspense, useState } from "react";
import { Button as AriaButton, Dialog, DialogTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Message, RoomView } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { Icon } from "../ui/Icon";
import { useChatActions } from "./chatActions";
import { PinWords } from "./PinWords";

const PinList = lazy(() => import("./PinList"));

interface ChatBarProps {
  room: RoomView;
  isSearching: boolean;
  onSearch(isSearching: boolean): void;
}

/** Above the messages: what is pinned, and the way to search. */
export function ChatBar({ room, isSearching, onSearch }: ChatBarProps) {
  const { t } = useTranslation();
  const pins = useTwinSpace((state) => state.rooms[room.id]?.pins ?? NO_PINS);
  const newest = pins.at(-1);
  return (
    <div className="chat-bar" data-testid="chat-bar" data-pins={pins.length}>
      {newest !== undefined && <Pins room={room.id} pins={pins} newest={newest} />}
      <AriaButton
        className="chat-bar__search"
        aria-expanded={isSearching}
        onPress={() => onSearch(!isSearching)}
      >
        <Icon name="search" size={18} />
        <span className={newest === undefined ? undefined : "visually-hidden"}>
          {t("search.open")}
        </span>
      </AriaButton>
    </div>
  );
}

const NO_PINS: readonly Message[] = [];

interface PinsProps {
  room: string;
  pins: readonly Message[];
  newest: Message;
}

/** The newest pinned message, which a press shows in its place, and the list of all. */
function Pins({ room, pins, newest }: PinsProps) {
  const { t } = useTranslation();
  const actions = useChatActions();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="pin" onClick={() => actions.jump(newest.id)}>
        <Icon name="pin" size={16} />
        <span className="visually-hidden">{t("chat.pinned")}</span>
        <PinWords message={newest} />
      </button>
      <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
        <AriaButton className="pin-count">{t("chat.allPins", { count: pins.length })}</AriaButton>
        <Popover placement="bottom end" className="pin-list">
          <Dialog className="pin-list__page" aria-label={t("chat.pinsTitle")}>
            <Suspense fallback={null}>
              <PinList
                room={room}
                pins={pins}
                onGo={(message) => {
                  setOpen(false);
                  actions.jump(message);
                }}
              />
            </Suspense>
          </Dialog>
        </Popover>
      </DialogTrigger>
    </>
  );
}
