/** The one button beside the teachers' switches: what a lesson is led with is loaded when it is pressed. */

import { Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { noAnswer } from "../connection/failure";
import { lazyWithWords } from "../locales/later";
import type { RoomView } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { Button } from "../ui/Button";
import { useFocusAfter } from "../ui/hooks";
import { useNotices } from "../ui/Notices";
import { TOOLS_ID } from "./focus";

interface PanelProps {
  room: RoomView;
  onClose(): void;
}

const LessonPanel = lazyWithWords("lesson", () => import("./LessonPanel"), NotLoaded);

export function LessonTools({ room }: { room: RoomView }) {
  const { t } = useTranslation();
  const mayLead = useTwinSpace((state) => state.rights[room.id]?.lead === null);
  const [isOpen, setOpen] = useState(false);
  const button = useFocusAfter(isOpen);
  if (!mayLead) {
    return null;
  }
  return (
    <>
      <Button ref={button} id={TOOLS_ID} small icon="staff" onPress={() => setOpen(true)}>
        {t("teacher.lesson")}
      </Button>
      {isOpen && (
        <Suspense fallback={null}>
          <LessonPanel room={room} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

function NotLoaded({ onClose }: PanelProps) {
  const { attempt } = useNotices();
  useEffect(() => {
    void attempt(() => Promise.reject(noAnswer())).then(onClose);
  }, [attempt, onClose]);
  return null;
}
