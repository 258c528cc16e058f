import { Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { roomName } from "../groups/roomName";
import { lazyWithWords } from "../locales/later";
import type { RoomView } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { useAsking } from "../ui/asking";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { type Ending, endingOf } from "./ending";

export const SaveChatDialog = lazyWithWords("transcript", async () => {
  const { SaveChatDialog } = await import("../transcript/SaveChatDialog");
  return { default: SaveChatDialog };
});

interface EndLessonProps {
  room: RoomView;
  onClose(): void;
}

/** Says what the end of the lesson means here and now, offers to save the chat, and ends it. */
export function EndLesson({ room, onClose }: EndLessonProps) {
  const ending = useTwinSpace((state) => endingOf(state, room.id));
  const [isSaving, setSaving] = useState(false);
  if (ending === null) {
    return null;
  }
  return isSaving ? (
    <Suspense fallback={null}>
      <SaveChatDialog room={ending.room} onClose={() => setSaving(false)} />
    </Suspense>
  ) : (
    <Question ending={ending} onSave={() => setSaving(true)} onClose={onClose} />
  );
}

interface QuestionProps {
  ending: Ending;
  onSave(): void;
  onClose(): void;
}

function Question({ ending, onSave, onClose }: QuestionProps) {
  const { t } = useTranslation();
  const connection = useConnection();
  const ask = useAsking();
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => cancel.current?.focus(), []);
  const { room } = ending;
  const name = roomName(t, room);

  function end(): void {
    // Out of a group's room teachers are brought by the line about the groups, this one too.
    void ask(() => connection.change("lesson.end", { room: room.id }), onClose);
  }

  return (
    <Dialog title={t("lesson.end.question")} urgent onClose={onClose}>
      <p>{t("lesson.end.intro")}</p>
      <ul className="lesson-end">
        {ending.callers > 0 && <li>{t("lesson.end.call", { count: ending.callers })}</li>}
        {ending.hasGroups && <li>{t("lesson.end.groups", { room: name })}</li>}
        {ending.hasTimer && <li>{t("lesson.end.timer")}</li>}
        {ending.hasPoll && <li>{t("lesson.end.poll")}</li>}
        <li>{t("lesson.end.room", { room: name })}</li>
      </ul>
      <p className="dialog__text">{t("lesson.end.again", { switch: t("teacher.openSwitch") })}</p>
      <div className="lesson-tool__row">
        <Button icon="download" onPress={onSave}>
          {t("lesson.end.saveFirst")}
        </Button>
      </div>
      <div className="dialog__buttons">
        <Button ref={cancel} onPress={onClose}>
          {t("common.cancel")}
        </Button>
        <Button look="danger" onPress={end}>
          {t("lesson.end.do")}
        </Button>
      </div>
    </Dialog>
  );
}
