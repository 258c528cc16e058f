import "./transcript.css";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { fileName, saveFile } from "../board/menu/saveFile";
import { roomName } from "../groups/roomName";
import type { RoomView } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { useNotices } from "../ui/Notices";
import { type ChatFormat, downloadChat } from "./downloadChat";

/** Save the chat as a page to read or as a table. */
export function SaveChatDialog({ room, onClose }: { room: RoomView; onClose(): void }) {
  const { t, i18n } = useTranslation();
  const { attempt } = useNotices();
  const [state, setState] = useState<"waiting" | "busy" | "done">("waiting");
  const project = useTwinSpace(({ project }) => project?.view.id ?? "");
  const member = useTwinSpace(({ me }) => me ?? "");

  async function save(format: ChatFormat): Promise<void> {
    if (state === "busy") {
      return; // not disabled: the button keeps the focus
    }
    setState("busy");
    const asker = { project, member, room: room.id };
    const isDone = await attempt(async () => {
      const file = await downloadChat(asker, format, { language: i18n.language });
      saveFile(file, fileName(`${t("transcript.file.title")} – ${room.name}`, new Date(), format));
    });
    setState(isDone ? "done" : "waiting");
  }

  return (
    <Dialog title={t("transcript.title")} onClose={onClose}>
      <p className="dialog__text">{t("transcript.text", { room: roomName(t, room) })}</p>
      <ul className="save-chat">
        <li>
          <Button look="primary" icon="print" onPress={() => void save("html")}>
            {t("transcript.html")}
          </Button>
          <p className="field__hint">{t("transcript.htmlText")}</p>
        </li>
        <li>
          <Button icon="download" onPress={() => void save("csv")}>
            {t("transcript.csv")}
          </Button>
          <p className="field__hint">{t("transcript.csvText")}</p>
        </li>
      </ul>
      <p role="status" className="field__hint">
        {state === "busy" && t("transcript.busy")}
        {state === "done" && t("transcript.done")}
      </p>
      <div className="dialog__buttons">
        <Button onPress={onClose}>{t("common.close")}</Button>
      </div>
    </Dialog>
  );
}
