import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LessonTools } from "../lesson/LessonTools";
import type { RoomView } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { useNotices } from "../ui/Notices";
import { Switch } from "../ui/Switch";

/** The teachers' switches of a room, with what they mean in words. Shown to whom the server lets open it. */
export function TeacherStrip({ room }: { room: RoomView }) {
  const { t } = useTranslation();
  const connection = useConnection();
  const mayOpen = useTwinSpace((state) => state.rights[room.id]?.open_room === null);
  const { isBusy, run } = useOneAtATime();
  const isLocked = room.locked.includes("post");
  if (!mayOpen) {
    return null;
  }
  return (
    <section className="teacher-strip" aria-label={t("teacher.tools")}>
      <Switch
        label={t("teacher.openSwitch")}
        meaning={t(room.open ? "teacher.openOn" : "teacher.openOff")}
        isOn={room.open}
        isBusy={isBusy}
        onChange={(open) => run(() => connection.change("room.set_open", { room: room.id, open }))}
      />
      {room.open && (
        <Switch
          label={t("teacher.lockSwitch")}
          meaning={t(isLocked ? "teacher.lockOn" : "teacher.lockOff")}
          isOn={isLocked}
          isBusy={isBusy}
          onChange={(locked) =>
            run(() =>
              connection.change("room.set_lock", { room: room.id, capability: "post", locked }),
            )
          }
        />
      )}
      <div className="teacher-strip__lesson">
        <LessonTools room={room} />
      </div>
    </section>
  );
}

/** A switch shows what the server says; until it has said it, it cannot be switched again. */
function useOneAtATime() {
  const { attempt } = useNotices();
  const [isBusy, setBusy] = useState(false);
  function run(work: () => Promise<unknown>): void {
    setBusy(true);
    void attempt(work).then(() => setBusy(false));
  }
  return { isBusy, run };
}
