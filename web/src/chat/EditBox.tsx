import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "../protocol/generated";
import { useConnection } from "../twinspace/connectionContext";
import { Button } from "../ui/Button";
import { useNotices } from "../ui/Notices";
import { useAutoGrow } from "../ui/useAutoGrow";
import { bytesLeft, wellFormed } from "./bytes";
import { isEnterToSend } from "./keys";

interface EditBoxProps {
  room: string;
  message: Message;
  onEnd(): void;
}

/** One's own message, to be changed in its place. */
export function EditBox({ room, message, onEnd }: EditBoxProps) {
  const { t } = useTranslation();
  const connection = useConnection();
  const { attempt } = useNotices();
  const [text, setText] = useState(message.text);
  const input = useRef<HTMLTextAreaElement>(null);
  useAutoGrow(input, text);
  const isSavable = text.trim() !== "" && bytesLeft(text) >= 0;

  useEffect(() => {
    const box = input.current;
    box?.focus();
    box?.setSelectionRange(box.value.length, box.value.length);
    box?.scrollIntoView({ block: "nearest" });
  }, []);

  async function save(): Promise<void> {
    if (!isSavable) {
      return;
    }
    const changed = wellFormed(text);
    const isSaved =
      changed === message.text ||
      (await attempt(() =>
        connection.change("chat.edit", { room, message: message.id, text: changed }),
      ));
    if (isSaved) {
      onEnd();
    }
  }

  function onKeyDown(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === "Escape") {
      onEnd();
    } else if (isEnterToSend(event)) {
      event.preventDefault();
      void save();
    }
  }

  return (
    <div className="edit-box">
      <textarea
        ref={input}
        className="edit-box__input"
        aria-label={t("chat.editLabel")}
        dir="auto"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <div className="edit-box__foot">
        <span className="edit-box__hint">{t("chat.editHint")}</span>
        <Button small look="plain" onPress={onEnd}>
          {t("common.cancel")}
        </Button>
        <Button small look="primary" isDisabled={!isSavable} onPress={() => void save()}>
          {t("common.save")}
        </Button>
      </div>
    </div>
  );
}
