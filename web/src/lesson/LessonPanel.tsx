import "./panel.css";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { lazyWithWords } from "../locales/later";
import type { RoomView } from "../protocol/generated";
import { useOpenRehearsal } from "../rehearsal/rehearsal";
import { useOpenSheet } from "../sheet/sheet";
import { useTwinSpace } from "../state/store";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { EndLesson, SaveChatDialog } from "./EndLesson";
import { canEnd, endingOf } from "./ending";
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
  const [next, setNext] = useState<"groups" | "save" | "end" | null>(null);
  const isEndable = useTwinSpace((state) => {
    const ending = endingOf(state, room.id);
    return ending !== null && canEnd(ending);
  });
  const maySave = useTwinSpace((state) => state.rights[room.id]?.save_chat === null);
  if (next === "end") {
    return <EndLesson room={room} onClose={onClose} />;
  }
  if (next !== null) {
    return (
      <Suspense fallback={null}>
        {next === "groups" ? (
          <GroupsDialog onClose={onClose} />
        ) : (
          <SaveChatDialog room={room} onClose={onClose} />
        )}
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
        <div className="lesson-panel__more">
          <section className="lesson-tool" aria-labelledby="lesson-more">
            <h3 id="lesson-more">{t("lesson.links")}</h3>
            <div className="lesson-tool__row">
              <Button icon="people" onPress={() => setNext("groups")}>
                {t("lesson.groups")}
              </Button>
              <Button icon="print" onPress={goOnTo(openSheet)}>
                {t("lesson.print")}
              </Button>
              <Button icon="microphone" onPress={goOnTo(openRehearsal)}>
                {t("lesson.check")}
              </Button>
              {maySave && (
                <Button icon="download" onPress={() => setNext("save")}>
                  {t("lesson.save")}
                </Button>
              )}
            </div>
          </section>
          {isEndable && (
            <section className="lesson-tool" aria-labelledby="lesson-end">
              <h3 id="lesson-end">{t("lesson.end.title")}</h3>
              <p className="lesson-tool__text">{t("lesson.end.text")}</p>
              <div className="lesson-tool__row">
                <Button icon="door" onPress={() => setNext("end")}>
                  {t("lesson.end.do")}
                </Button>
              </div>
            </section>
          )}
        </div>
      </div>
      <div className="dialog__buttons">
        <Button onPress={onClose}>{t("common.close")}</Button>
      </div>
    </Dialog>
  );
}
