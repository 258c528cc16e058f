import "./unsent.css";
import { useTranslation } from "react-i18next";
import { roomName } from "../groups/roomName";
import type { RoomView } from "../protocol/generated";
import type { Outgoing } from "../state/outgoing";
import { findRoom } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { withNames } from "./mentions";

interface UnsentElsewhereProps {
  /** The room that is open. */
  room: RoomView;
  /** One's own, which another room has refused, as that of a group that was over by then. */
  message: Outgoing;
  /** What was pressed is gone. */
  onDone(): void;
}

/** Says where one is that a message did not get where it was written: nobody looks for it there. */
export default function UnsentElsewhere({ room, message, onDone }: UnsentElsewhereProps) {
  const { t } = useTranslation();
  const connection = useConnection();
  const names = useTwinSpace((state) => state.names);
  const written = useTwinSpace((state) => findRoom(state, message.room));
  const mayPost = useTwinSpace((state) => state.rights[room.id]?.post === null);
  const { nonce, files = [] } = message;
  const text = withNames(message.text, names);
  return (
    <section className="unsent" data-testid="unsent">
      <p className="unsent__title" role="status">
        <Icon name="warning" size={16} />{" "}
        {written === null ? t("chat.failed") : t("chat.unsent", { room: roomName(t, written) })}
      </p>
      <p className="unsent__text" dir="auto">
        {text === "" ? t("chat.filesOnly", { count: files.length }) : text}
      </p>
      <div className="unsent__buttons">
        {mayPost && (
          <Button
            small
            icon="send"
            onPress={() => {
              connection.postElsewhere(nonce, room.id);
              onDone();
            }}
          >
            {t("chat.sendHere")}
          </Button>
        )}
        {text !== "" && (
          <Button small icon="copy" onPress={() => void navigator.clipboard?.writeText(text)}>
            {t("common.copy")}
          </Button>
        )}
        <Button
          small
          icon="trash"
          onPress={() => {
            connection.discardPost(nonce);
            onDone();
          }}
        >
          {t("chat.discard")}
        </Button>
      </div>
    </section>
  );
}
