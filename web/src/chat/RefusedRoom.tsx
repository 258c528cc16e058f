import { useTranslation } from "react-i18next";
import { failureText } from "../locales/i18n";
import type { ErrorCode } from "../protocol/generated";
import { Icon } from "../ui/Icon";
import { blockedTitle } from "./blocked";

interface RefusedRoomProps {
  code: ErrorCode;
  isLessonOver: boolean;
}

/** The room is there, and one is not let in: why. It opens by itself when that changes. */
export function RefusedRoom({ code, isLessonOver }: RefusedRoomProps) {
  const { t } = useTranslation();
  if (code === "room_closed" && isLessonOver) {
    return (
      <Refused title={t("blocked.title.lesson_over")} text={t("blocked.text.lesson_over_guest")} />
    );
  }
  const title = blockedTitle(t, code) ?? t("chat.refusedTitle");
  return <Refused title={title} text={failureText(t, code, code)} />;
}

function Refused({ title, text }: { title: string; text: string }) {
  return (
    <div className="chat-note" id="messages" tabIndex={-1} role="status">
      <Icon name="lock" size={36} />
      <h2>{title}</h2>
      <p>{text}</p>
    </div>
  );
}
