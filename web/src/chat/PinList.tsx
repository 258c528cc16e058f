import { useTranslation } from "react-i18next";
import type { Message } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { IconButton } from "../ui/Button";
import { useNotices } from "../ui/Notices";
import { dateTime } from "../ui/places";
import { PinWords } from "./PinWords";

interface PinListProps {
  room: string;
  pins: readonly Message[];
  onGo(message: number): void;
}

/** All that is pinned, what came last first. */
export function PinList({ room, pins, onGo }: PinListProps) {
  const { t } = useTranslation();
  return (
    <>
      <h2 className="pin-list__title">{t("chat.pinsTitle")}</h2>
      <ul>
        {[...pins].reverse().map((message) => (
          <PinItem key={message.id} room={room} message={message} onGo={() => onGo(message.id)} />
        ))}
      </ul>
    </>
  );
}

interface PinItemProps {
  room: string;
  message: Message;
  onGo(): void;
}

function PinItem({ room, message, onGo }: PinItemProps) {
  const { t, i18n } = useTranslation();
  const connection = useConnection();
  const { attempt } = useNotices();
  const mayPin = useTwinSpace((state) => state.rights[room]?.pin === null);
  return (
    <li className="pin-item">
      <button type="button" className="pin-item__go" onClick={onGo}>
        <PinWords message={message} />
        <span className="pin-item__date">{dateTime(message.at, i18n.language)}</span>
      </button>
      {mayPin && (
        <IconButton
          small
          icon="close"
          label={t("chat.unpin")}
          onPress={() => void attempt(() => connection.chat.pin(room, message.id, false))}
        />
      )}
    </li>
  );
}
