import { type RefObject, Suspense, useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import { noAnswer } from "../../connection/failure";
import { lazyWithWords } from "../../locales/later";
import { Icon } from "../../ui/Icon";
import { useNotices } from "../../ui/Notices";

export interface EmojiPickerProps {
  button: RefObject<HTMLButtonElement | null>;
  onChoose(emoji: string): void;
  onClose(): void;
}

const EmojiPicker = lazyWithWords("emoji", () => import("./EmojiPicker"), NotLoaded);

interface EmojiButtonProps {
  isDisabled: boolean;
  onChoose(emoji: string): void;
}

/** Opens the emoji; they and their names are fetched when it is pressed first. */
export function EmojiButton({ isDisabled, onChoose }: EmojiButtonProps) {
  const { t } = useTranslation();
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        ref={button}
        type="button"
        className="composer__tool"
        aria-label={t("composer.emoji")}
        title={t("composer.emoji")}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        disabled={isDisabled}
        onClick={() => setOpen(true)}
      >
        <Icon name="smile" />
      </button>
      {isOpen && (
        <Suspense fallback={null}>
          <EmojiPicker
            button={button}
            onChoose={(emoji) => {
              // While it is open it keeps the focus, which then belongs to the message.
              flushSync(() => setOpen(false));
              onChoose(emoji);
            }}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      )}
    </>
  );
}

function NotLoaded({ onClose }: EmojiPickerProps) {
  const { attempt } = useNotices();
  useEffect(() => {
    void attempt(() => Promise.reject(noAnswer())).then(onClose);
  }, [attempt, onClose]);
  return null;
}
