import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { useAsking } from "../ui/asking";
import { Button } from "../ui/Button";
import { useAutoGrow } from "../ui/useAutoGrow";
import { blockedTitle } from "./blocked";
import { bytesLeft, wellFormed } from "./bytes";
import { isEnterToSend } from "./keys";
import { MentionList, mentionAria } from "./MentionList";
import { useMentionBox } from "./useMentionBox";

export interface EditBoxProps {
  room: string;
  message: Message;
  onEnd(): void;
}

/** One's own message, to be changed in its place. */
export default function EditBox({ room, message, onEnd }: EditBoxProps) {
  const { t } = useTranslation();
  const connection = useConnection();
  const ask = useAsking();
  const input = useRef<HTMLTextAreaElement>(null);
  const listId = useId();
  const mentions = useMentionBox({ room, input, initial: message.text, onChange: () => {} });
  const { text, wire } = mentions;
  useAutoGrow(input, text);
  const isAtSave = useRef(false);
  const denied = useTwinSpace((state) => state.rights[room]?.post ?? null);
  const isBlocked = denied !== null;
  const isSavable = !isBlocked && text.trim() !== "" && bytesLeft(wire) >= 0;

  // A button that is disabled lets go of the focus, of which React says nothing: who was about to save stays at the text.
  useLayoutEffect(() => {
    if (isBlocked && isAtSave.current) {
      input.current?.focus();
    }
  }, [isBlocked]);

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
    const changed = wellFormed(wire);
    await ask(async () => {
      if (changed !== message.text) {
        await connection.change("chat.edit", { room, message: message.id, text: changed });
      }
    }, onEnd);
  }

  function onKeyDown(event: KeyboardEvent): void {
    event.stopPropagation();
    if (mentions.onKeyDown(event)) {
      return;
    }
    if (event.key === "Escape") {
      onEnd();
    } else if (isEnterToSend(event)) {
      event.preventDefault();
      void save();
    }
  }

  return (
    <div className="edit-box">
      <MentionList box={mentions} id={listId} />
      <textarea
        ref={input}
        className="edit-box__input"
        aria-label={t("chat.editLabel")}
        {...mentionAria(mentions, listId)}
        dir="auto"
        value={text}
        onChange={({ currentTarget }) =>
          mentions.write(currentTarget.value, currentTarget.selectionEnd)
        }
        onSelect={mentions.onCaret}
        onKeyDown={onKeyDown}
      />
      <p className="edit-box__blocked" role="status">
        {denied !== null && (
          <>
            <strong>{blockedTitle(t, denied) ?? t("blocked.title.other")}.</strong>{" "}
            {t("chat.editKept")}
          </>
        )}
      </p>
      <div className="edit-box__foot">
        <span className="edit-box__hint">{t("chat.editHint")}</span>
        <Button small look="plain" onPress={onEnd}>
          {t("common.cancel")}
        </Button>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: nothing is done here, it hears where the focus is */}
        <span
          onFocus={() => {
            isAtSave.current = true;
          }}
          onBlur={() => {
            isAtSave.current = false;
          }}
        >
          <Button small look="primary" isDisabled={!isSavable} onPress={() => void save()}>
            {t("common.save")}
          </Button>
        </span>
      </div>
    </div>
  );
}
