import { memo, Suspense, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import type { Message, Rights } from "../protocol/generated";
import { clockTime } from "../ui/places";
import { useChatActions } from "./chatActions";
import { MessageFiles } from "./files/load";
import { isForeign } from "./languageOf";
import { comeTo, goFrom, isLast, onSpots } from "./lastActive";
import { EditBox, LanguageMark, MessageTools, NameOnly } from "./loadTools";
import { MessageText } from "./MessageText";
import { messageRights } from "./messageRights";
import { Quote } from "./Quote";
import { Reactions } from "./Reactions";
import { useLongPress } from "./useLongPress";

interface MessageRowProps {
  room: string;
  message: Message;
  author: string;
  isMine: boolean;
  /** The reader is mentioned. */
  isForMe: boolean;
  /** The first of its group stands under the author's name and the time. */
  isFirst: boolean;
  /** The one message of the list that Tab reaches. */
  isTabStop: boolean;
  denied: Rights["denied"] | undefined;
  isEditing: boolean;
  /** One has just jumped here. */
  isTarget: boolean;
  /** The one before it is in the same language: that needs no word. */
  isLanguageSaid: boolean;
}

/** A message of the log. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { room, message, author, isFirst, isTabStop } = props;
  const actions = useChatActions();
  const row = useRef<HTMLElement>(null);
  const activity = useActivity(() => row.current?.focus());
  const may = messageRights(props.denied, props.isMine);
  const isDeleted = message.deleted === true;
  const isEditing = props.isEditing && !isDeleted;
  // Withdrawn while its author changes it: that is over, and the focus goes where it goes then.
  const isTakenAway = props.isEditing && isDeleted;
  const { endEdit } = actions;
  useEffect(() => {
    if (isTakenAway) {
      endEdit();
    }
  }, [isTakenAway, endEdit]);
  const { reactions = [] } = message;
  const bubble = (
    <Bubble
      room={room}
      message={message}
      author={author}
      isTabStop={isTabStop}
      isLanguageSaid={props.isLanguageSaid}
      maySetLanguage={may.setLanguage}
    />
  );
  return (
    <article
      ref={row}
      className="message"
      data-testid="message"
      data-seq={message.id}
      data-state="sent"
      data-deleted={isDeleted || undefined}
      data-for-me={props.isForMe || undefined}
      data-target={props.isTarget || undefined}
      tabIndex={isTabStop ? 0 : -1}
      {...activity.handlers}
    >
      {!isFirst && <HiddenHead author={author} at={message.at} />}
      {isEditing ? (
        <Suspense fallback={bubble}>
          <EditBox room={room} message={message} onEnd={actions.endEdit} />
        </Suspense>
      ) : (
        bubble
      )}
      {!isDeleted && !isEditing && activity.isActive && (
        <Suspense fallback={null}>
          <MessageTools
            room={room}
            message={message}
            may={may}
            isTabStop={isTabStop}
            isPast={activity.isPast}
            onHold={activity.hold}
          />
        </Suspense>
      )}
      {reactions.length > 0 && !isEditing && (
        <Reactions
          room={room}
          message={message.id}
          reactions={reactions}
          isTabStop={isTabStop}
          mayReact={may.react}
        />
      )}
    </article>
  );
});

interface BubbleProps {
  room: string;
  message: Message;
  author: string;
  isTabStop: boolean;
  isLanguageSaid: boolean;
  maySetLanguage: boolean;
}

function Bubble({ room, message, author, isTabStop, ...props }: BubbleProps) {
  const { t, i18n } = useTranslation();
  const { language = null, mentions = [], reply = null, files = [], text } = message;
  if (message.deleted === true) {
    return (
      <div className="message__bubble">
        <p className="message__deleted">{t("chat.deleted")}</p>
      </div>
    );
  }
  const isEdited = typeof message.edited_at === "number";
  const toSay = !props.isLanguageSaid && isForeign(language, i18n.language) ? language : null;
  return (
    <div className="message__bubble">
      {reply !== null && <Quote room={room} reply={reply} isTabStop={isTabStop} />}
      {files.length > 0 && (
        <MessageFiles room={room} author={author} files={files} isTabStop={isTabStop} />
      )}
      {text !== "" && <MessageText text={text} mentions={mentions} language={language} />}
      {(isEdited || toSay !== null) && (
        <span className="message__notes">
          {toSay !== null &&
            (props.maySetLanguage ? (
              <Suspense fallback={<NameOnly language={toSay} />}>
                <LanguageMark
                  room={room}
                  message={message}
                  language={toSay}
                  isTabStop={isTabStop}
                />
              </Suspense>
            ) : (
              <NameOnly language={toSay} />
            ))}
          {isEdited && <span className="message__edited">{t("chat.edited")}</span>}
        </span>
      )}
    </div>
  );
}

/** Who and when, for those who do not see the group. */
export function HiddenHead({ author, at }: { author: string; at: number }) {
  const { i18n } = useTranslation();
  return (
    <span className="visually-hidden">
      {author}, {clockTime(at, i18n.language)}
    </span>
  );
}

/** Whether the pointer or the focus is at a message, or something that was opened from there; and has gone on since. */
function useActivity(onLongPress: () => void) {
  const [isHovered, setHovered] = useState(false);
  const [isFocused, setFocused] = useState(false);
  const [isHeld, setHeld] = useState(false);
  const [spot] = useState(() => Symbol("message"));
  const press = useLongPress(onLongPress);
  const isActive = isHovered || isFocused || isHeld;
  useEffect(() => {
    if (!isActive) {
      return;
    }
    comeTo(spot);
    return () => goFrom(spot);
  }, [isActive, spot]);
  const isPast = useSyncExternalStore(
    isActive ? onSpots : neverTold,
    () => isActive && !isHeld && !isLast(spot),
  );
  const handlers = {
    ...press,
    onPointerEnter: (event: React.PointerEvent) => {
      if (event.pointerType === "mouse") {
        setHovered(true);
        comeTo(spot);
      }
    },
    onPointerLeave: () => setHovered(false),
    onFocus: () => {
      setFocused(true);
      comeTo(spot);
    },
    onKeyDown: () => comeTo(spot),
    onBlur: (event: React.FocusEvent) =>
      setFocused(event.currentTarget.contains(event.relatedTarget)),
  };
  return { isActive, isPast, hold: setHeld, handlers };
}

/** A message at which nobody is has nothing to hear. */
function neverTold(): () => void {
  return () => {};
}
