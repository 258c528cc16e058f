import "./panel.css";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { lazyWithWords } from "../locales/later";
import type { RoomView } from "../protocol/generated";
import { useOpenRehearsal } from "../rehearsal/rehearsal";
import { useOpenSheet } from "../sheet/sheet";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { LookHere } from "./LookHere";
import { PollForm } from "./PollForm";
import { TimerForm } from "./TimerForm";

const GroupsDialog = lazyWithWords("groups", () => import("../groups/GroupsDialog"));

interface LessonPanelProps {
  room: RoomView;
  onClose(): void;
}

/** What a teacher leads a lesson with. What was begun is shown to all below the head of the room. */
export default function LessonPanel({ room, onClose }: LessonPanelProps) {
  const { t } = useTranslation();
  const openRehearsal = useOpenRehearsal();
  const openSheet = useOpenSheet();
  const [isGrouping, setGrouping] = useState(false);
  if (isGrouping) {
    return (
      <Suspense fallback={null}>
        <GroupsDialog onClose={onClose} />
      </Suspense>
    );
  }
  const goOnTo = (open: () => void) => () => {
    onClose();
    open();
  };
  return (
    <Dialog title={t("lesson.title")} wide onClose={onClose}>
      <div className="lesson-panel">
        <TimerForm room={room.id} onDone={onClose} />
        <LookHere room={room} onDone={onClose} />
        <PollForm room={room.id} onDone={onClose} />
        <section className="lesson-tool" aria-labelledby="lesson-more">
          <h3 id="lesson-more">{t("lesson.links")}</h3>
          <div className="lesson-tool__row">
            <Button icon="people" onPress={() => setGrouping(true)}>
              {t("lesson.groups")}
            </Button>
            <Button icon="print" onPress={goOnTo(openSheet)}>
              {t("lesson.print")}
            </Button>
            <Button icon="microphone" onPress={goOnTo(openRehearsal)}>
              {t("lesson.check")}
            </Button>
          </div>
        </section>
      </div>
      <div className="dialog__buttons">
        <Button onPress={onClose}>{t("common.close")}</Button>
      </div>
    </Dialog>
  );
}
