import { Suspense } from "react";
import { Button as AriaButton } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { lazyWithWords } from "../locales/later";
import type { Message, RoomView } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { useFocusAfter } from "../ui/hooks";
import { Icon } from "../ui/Icon";
import { lazyPart } from "../ui/laterParts";

/** Many rooms have none: they come where there are some. */
const Pins = lazyPart(() => import("./Pins"));

/** For teachers, who keep what was said. */
const SaveChat = lazyWithWords("transcript", () => import("../transcript/SaveChat"));

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
  const search = useFocusAfter(isSearching);
  const maySave = useTwinSpace((state) => state.rights[room.id]?.save_chat === null);
  return (
    <div className="chat-bar" data-testid="chat-bar" data-pins={pins.length}>
      {newest !== undefined && (
        <Suspense fallback={null}>
          <Pins room={room.id} pins={pins} newest={newest} />
        </Suspense>
      )}
      <AriaButton
        ref={search}
        className="chat-bar__search"
        aria-expanded={isSearching}
        onPress={() => onSearch(!isSearching)}
      >
        <Icon name="search" size={18} />
        <span className={newest === undefined ? "chat-bar__words" : "visually-hidden"}>
          {t("search.open")}
        </span>
      </AriaButton>
      {maySave && (
        <Suspense fallback={null}>
          <SaveChat room={room} />
        </Suspense>
      )}
    </div>
  );
}

const NO_PINS: readonly Message[] = [];
