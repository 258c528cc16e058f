import { type KeyboardEvent, type RefObject, useEffect, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { TypingMark } from "../connection/typing";
import { roomName } from "../groups/roomName";
import type { ErrorCode, Message, RoomView } from "../protocol/generated";
import { isLessonOver } from "../state/groups";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { useAutoGrow } from "../ui/useAutoGrow";
import { useFittingPlaceholder } from "../ui/useFittingPlaceholder";
import { blockedIcon, blockedText, blockedTitle } from "./blocked";
import { bytesLeft, isNearLimit, wellFormed } from "./bytes";
import { EmojiButton } from "./emoji/EmojiButton";
import { AttachButton } from "./files/AttachButton";
import { AttachmentTray } from "./files/load";
import { namesOf, useAttachments } from "./files/useAttachments";
import { isEnterToSend } from "./keys";
import { MentionList, mentionAria } from "./MentionList";
import { Quoted } from "./Quote";
import { useDraft, useDraftFiles } from "./useDraft";
import { useMentionBox } from "./useMentionBox";

interface ComposerProps {
  room: RoomView;
  input: RefObject<HTMLTextAreaElement | null>;
  /** What one answers. */
  reply: Message | null;
  onReplyEnd(): void;
  /** ArrowUp in the empty box. */
  onEditLast(): void;
}

export function Composer({ room, input, reply, onReplyEnd, onEditLast }: ComposerProps) {
  const { t } = useTranslation();
  const connection = useConnection();
  const denied = useTwinSpace((state) => state.rights[room.id]?.post ?? null);
  const isBlocked = denied !== null;
  const isOver = useTwinSpace(
    ({ project }) => project !== null && isLessonOver(project.view, room),
  );
  const name = roomName(t, room);
  const invitation = useFittingPlaceholder(
    input,
    t("composer.placeholder", { room: name }),
    t("composer.placeholderShort"),
  );
  const [draft, keepDraft] = useDraft(room.id);
  const box = useMentionBox({
    room: room.id,
    input,
    initial: draft?.text ?? "",
    onChange: (changed) => keepDraft({ text: changed }),
  });
  const { text, wire } = box;
  const listId = useId();
  const typing = useMemo(
    () => new TypingMark((isTyping) => connection.signalTyping(room.id, isTyping)),
    [connection, room.id],
  );
  useEffect(() => () => typing.stop(), [typing]);
  useAutoGrow(input, text);
  const left = bytesLeft(wire);
  const attachments = useAttachments(input, !isBlocked, draft?.files);
  const { files, problems, isBusy, isDropping } = attachments;
  useDraftFiles(keepDraft, namesOf(files, problems));
  const hasContent = text.trim() !== "" || files.length > 0;
  const isSendable = !isBlocked && (hasContent || isBusy) && left >= 0;
  const [isAwaited, setAwaited] = useState(false);

  // Sent before its pictures were ready: it goes as soon as they are, unless there is something to say about them.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is sent is what is there by then
  useEffect(() => {
    if (isAwaited && !isBusy) {
      setAwaited(false);
      if (problems.length === 0) {
        send();
      }
    }
  }, [isAwaited, isBusy]);

  function write(value: string, caret: number): void {
    setAwaited(false);
    box.write(value, caret);
    if (value === "") {
      typing.stop();
    } else {
      typing.typed(Date.now());
    }
  }

  function send(): void {
    if (isSendable && isBusy) {
      setAwaited(true);
    } else if (isSendable) {
      const words = text.trim() === "" ? "" : wellFormed(wire);
      connection.post(room.id, words, reply?.id ?? null, files);
      box.write("", 0);
      attachments.clear();
      attachments.forgetProblems();
      onReplyEnd();
      typing.stop();
    }
    input.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (box.onKeyDown(event)) {
      return;
    }
    if (isEnterToSend(event)) {
      event.preventDefault();
      send();
    } else if (event.key === "ArrowUp" && text === "") {
      event.preventDefault();
      onEditLast();
    } else if (event.key === "Escape" && reply !== null) {
      onReplyEnd();
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
      {denied !== null && <Blocked code={denied} isLessonOver={isOver} />}
      {(!isBlocked || text !== "") && (
        <div className="composer__sheet">
          <MentionList box={box} id={listId} />
          {reply !== null && <ReplyBar message={reply} onEnd={onReplyEnd} />}
          {(files.length > 0 || problems.length > 0 || isBusy || isDropping) && (
            <AttachmentTray
              files={files}
              problems={problems}
              isBusy={isBusy}
              isDropping={isDropping}
              onRemove={(file) => {
                attachments.remove(file);
                input.current?.focus();
              }}
              onProblemsSeen={() => {
                attachments.forgetProblems();
                input.current?.focus();
              }}
            />
          )}
          <div className="composer__box" data-dropping={isDropping || undefined}>
            <AttachButton
              isDisabled={isBlocked}
              onChoose={(chosen) => {
                attachments.add(chosen);
                input.current?.focus(); // what is typed next is about them
              }}
            />
            <EmojiButton
              isDisabled={isBlocked}
              onChoose={(emoji) => {
                box.insert(emoji);
                typing.typed(Date.now());
              }}
            />
            <textarea
              ref={input}
              className="composer__input"
              aria-label={t("composer.label", { room: name })}
              aria-describedby="composer-hint"
              aria-disabled={isBlocked}
              {...mentionAria(box, listId)}
              readOnly={isBlocked}
              dir="auto"
              rows={1}
              enterKeyHint="send"
              placeholder={invitation}
              value={text}
              onChange={({ currentTarget }) =>
                write(currentTarget.value, currentTarget.selectionEnd)
              }
              onSelect={box.onCaret}
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
        </div>
      )}
      <p id="composer-hint" className="composer__hint">
        {!isBlocked && t("composer.hint")}
      </p>
      {isNearLimit(left) && <Counter left={left} />}
    </form>
  );
}

/** What one answers, and the way to answer nothing. */
function ReplyBar({ message, onEnd }: { message: Message; onEnd(): void }) {
  const { t } = useTranslation();
  return (
    <div className="reply-bar" data-testid="reply-bar">
      <p className="quote quote--still">
        <Quoted message={message} />
      </p>
      <IconButton small icon="close" label={t("chat.replyEnd")} onPress={onEnd} />
    </div>
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

interface BlockedProps {
  code: ErrorCode;
  isLessonOver: boolean;
}

function Blocked({ code, isLessonOver }: BlockedProps) {
  const { t } = useTranslation();
  const why = code === "room_closed" && isLessonOver ? "lesson_over" : code;
  return (
    <div className="blocked" role="status">
      <Icon name={blockedIcon(why)} size={24} />
      <div>
        <p className="blocked__title">{blockedTitle(t, why) ?? t("blocked.title.other")}</p>
        <p>{blockedText(t, why)}</p>
      </div>
    </div>
  );
}
