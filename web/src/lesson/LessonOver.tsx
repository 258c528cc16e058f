import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { usePlaceOfRoom } from "../place/usePlace";
import type { RoomView } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { useNotices } from "../ui/Notices";
import { focusTools } from "./focus";

/** The lesson was ended and the room is closed. Pupils read it in place of the box to write in, when they see that. */
export function LessonOver({ room }: { room: RoomView }) {
  const { t } = useTranslation();
  const place = usePlaceOfRoom();
  const mayOpen = useTwinSpace((state) => state.rights[room.id]?.open_room === null);
  if (!mayOpen && place.sizeOf("chat") !== "away") {
    return null;
  }
  return (
    <section className="strip" data-testid="lesson-over">
      <Icon name="door" />
      <p className="strip__words" role="status">
        {t(mayOpen ? "lesson.over.teacher" : "lesson.over.pupil")}
      </p>
      {mayOpen && <OpenAgain room={room.id} />}
    </section>
  );
}

function OpenAgain({ room }: { room: string }) {
  const { t } = useTranslation();
  const connection = useConnection();
  const { attempt } = useNotices();
  const button = useRef<HTMLButtonElement>(null);

  async function open(): Promise<void> {
    if (await attempt(() => connection.change("room.set_open", { room, open: true }))) {
      focusTools(button.current); // the button goes with its line
    }
  }

  return (
    <Button ref={button} small onPress={() => void open()}>
      {t("lesson.over.open")}
    </Button>
  );
}
