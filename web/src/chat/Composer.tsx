import { type KeyboardEvent, type RefObject, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { draftKey, recall, remember } from "../connection/memory";
import { TypingMark } from "../connection/typing";
import type { ErrorCode, RoomView } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { Icon } from "../ui/Icon";
import { useAutoGrow } from "../ui/useAutoGrow";
import { blockedIcon, blockedText, blockedTitle } from "./blocked";
import { bytesLeft, isNearLimit, wellFormed } from "./bytes";
import { isEnterToSend } from "./keys";

interface ComposerProps {
  room: RoomView;
  input: RefObject<HTMLTextAreaElement | null>;
  /** ArrowUp in the empty box. */
  onEditLast(): void;
}

export function Composer({ room, input, onEditLast }: ComposerProps) {
  const { t } = useTranslation();
  const connection = useConnection();
  const denied = useTwinSpace((state) => state.rights[room.id]?.post ?? null);
  const isBlocked = denied !== null;
  const [text, setText] = useDraft(room.id);
  const typing = useMemo(
    () => new TypingMark((isTyping) => connection.signalTyping(room.id, isTyping)),
    [connection, room.id],
  );
  useEffect(() => () => typing.stop(), [typing]);
  useAutoGrow(input, text);
  const left = bytesLeft(text);
  const isSendable = !isBlocked && text.trim() !== "" && left >= 0;

  function write(value: string): void {
    setText(value);
    if (value === "") {
      typing.stop();
    } else {
      typing.typed(Date.now());
    }
  }

  function send(): void {
    if (isSendable) {
      connection.post(room.id, wellFormed(text));
      setText("");
      typing.stop();
    }
    input.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (isEnterToSend(event)) {
      event.preventDefault();
      send();
    } else if (event.key === "ArrowUp" && text === "") {
      event.preventDefault();
      onEditLast();
    }
  }

  return (
    <form
      className="composer"
      id="composer"
      tabIndex={-1}
      data-testid="composer"
      data-blocked={denied ?? undefined}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {denied !== null && <Blocked code={denied} />}
      {(!isBlocked || text !== "") && (
        <div className="composer__box">
          <textarea
            ref={input}
            className="composer__input"
            aria-label={t("composer.label", { room: room.name })}
            aria-describedby="composer-hint"
            aria-disabled={isBlocked}
            readOnly={isBlocked}
            dir="auto"
            rows={1}
            enterKeyHint="send"
            placeholder={t("composer.placeholder", { room: room.name })}
            value={text}
            onChange={(event) => write(event.currentTarget.value)}
            onKeyDown={onKeyDown}
          />
          <button
            type="submit"
            className="composer__send"
            aria-label={t("composer.send")}
            title={t("composer.send")}
            disabled={!isSendable}
          >
            <Icon name="send" />
          </button>
        </div>
      )}
      <p id="composer-hint" className="composer__hint">
        {!isBlocked && t("composer.hint")}
      </p>
      {isNearLimit(left) && <Counter left={left} />}
    </form>
  );
}

function Counter({ left }: { left: number }) {
  const { t } = useTranslation();
  return (
    <p className="composer__counter" data-over={left < 0} role="status">
      {left >= 0 ? t("composer.left", { count: left }) : t("composer.tooLong", { count: -left })}
    </p>
  );
}

function Blocked({ code }: { code: ErrorCode }) {
  const { t } = useTranslation();
  return (
    <div className="blocked" role="status">
      <Icon name={blockedIcon(code)} size={24} />
      <div>
        <p className="blocked__title">{blockedTitle(t, code) ?? t("blocked.title.other")}</p>
        <p>{blockedText(t, code)}</p>
      </div>
    </div>
  );
}

/** What was typed and not sent, kept on this device per person and room. */
function useDraft(room: string): [string, (text: string) => void] {
  const me = useTwinSpace((state) => state.me);
  const key = me === null ? null : draftKey(me, room);
  const [text, setText] = useState(() => (key === null ? "" : (recall(key) ?? "")));
  return [
    text,
    (changed) => {
      setText(changed);
      if (key !== null) {
        remember(key, changed === "" ? null : changed);
      }
    },
  ];
}
