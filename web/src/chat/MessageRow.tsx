import { memo } from "react";
import { useTranslation } from "react-i18next";
import { failureText } from "../locales/i18n";
import type { Message } from "../protocol/generated";
import type { Outgoing } from "../state/outgoing";
import { seemsOnline } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { Button } from "../ui/Button";
import { Icon, type IconName } from "../ui/Icon";
import { clockTime } from "../ui/places";
import { EditBox } from "./EditBox";
import { MessageText } from "./MessageText";

interface LoggedRowProps {
  room: string;
  message: Message;
  author: string;
  /** The first of its group stands under the author's name and the time. */
  isFirst: boolean;
  /** The one message of the list that Tab reaches. */
  isTabStop: boolean;
  mayEdit: boolean;
  mayDelete: boolean;
  isEditing: boolean;
  onEdit(message: number): void;
  onEditEnd(): void;
  onDelete(message: Message): void;
}

/** A message of the log. */
export const LoggedRow = memo(function LoggedRow(props: LoggedRowProps) {
  const { room, message, author, isFirst, isTabStop, isEditing } = props;
  const { t } = useTranslation();
  const isDeleted = message.deleted === true;
  return (
    <article
      className="message"
      data-testid="message"
      data-seq={message.id}
      data-state="sent"
      data-deleted={isDeleted || undefined}
      tabIndex={isTabStop ? 0 : -1}
    >
      {!isFirst && <HiddenHead author={author} at={message.at} />}
      {isEditing ? (
        <EditBox room={room} message={message} onEnd={props.onEditEnd} />
      ) : (
        <div className="message__bubble">
          {isDeleted ? (
            <p className="message__deleted">{t("chat.deleted")}</p>
          ) : (
            <MessageText text={message.text} />
          )}
          {!isDeleted && typeof message.edited_at === "number" && (
            <span className="message__edited">{t("chat.edited")}</span>
          )}
        </div>
      )}
      {!isDeleted && !isEditing && (props.mayEdit || props.mayDelete) && (
        <span className="message__tools">
          {props.mayEdit && (
            <RowButton
              icon="edit"
              label={t("chat.edit")}
              isTabStop={isTabStop}
              onClick={() => props.onEdit(message.id)}
            />
          )}
          {props.mayDelete && (
            <RowButton
              icon="trash"
              label={t("chat.delete")}
              isTabStop={isTabStop}
              onClick={() => props.onDelete(message)}
            />
          )}
        </span>
      )}
    </article>
  );
});

/** Who and when, for those who do not see the group. */
function HiddenHead({ author, at }: { author: string; at: number }) {
  const { i18n } = useTranslation();
  return (
    <span className="visually-hidden">
      {author}, {clockTime(at, i18n.language)}
    </span>
  );
}

interface RowButtonProps {
  icon: IconName;
  label: string;
  isTabStop: boolean;
  onClick(): void;
}

/** Light, because there are many: two for each message. */
function RowButton({ icon, label, isTabStop, onClick }: RowButtonProps) {
  return (
    <button
      type="button"
      className="message__tool"
      aria-label={label}
      title={label}
      tabIndex={isTabStop ? 0 : -1}
      onClick={(event) => {
        // The button goes away with what it does; the message stays, so the focus is better there.
        event.currentTarget.closest("article")?.focus();
        onClick();
      }}
    >
      <Icon name={icon} size={18} />
    </button>
  );
}

interface OutgoingRowProps {
  message: Outgoing;
  author: string;
  isFirst: boolean;
  isTabStop: boolean;
}

/** A message on its way, or one that was refused. */
export const OutgoingRow = memo(function OutgoingRow(props: OutgoingRowProps) {
  const { message, author, isFirst, isTabStop } = props;
  const { t } = useTranslation();
  const isOnline = useTwinSpace(seemsOnline);
  const { refusal, accepted } = message;
  const state = refusal !== null ? "failed" : accepted !== null ? "sent" : "sending";
  return (
    <article
      className="message"
      data-testid="message"
      data-seq={accepted ?? undefined}
      data-state={state}
      tabIndex={isTabStop ? 0 : -1}
    >
      {!isFirst && <HiddenHead author={author} at={message.at} />}
      <div className="message__bubble">
        <MessageText text={message.text} />
        {state === "sending" && (
          <span className="message__edited">
            <Icon name="clock" size={14} /> {t(isOnline ? "chat.sending" : "chat.queued")}
          </span>
        )}
      </div>
      {refusal !== null && <NotSent message={message} refusal={refusal} />}
    </article>
  );
});

interface NotSentProps {
  message: Outgoing;
  refusal: NonNullable<Outgoing["refusal"]>;
}

function NotSent({ message, refusal }: NotSentProps) {
  const { t } = useTranslation();
  const connection = useConnection();
  const { nonce, text } = message;
  return (
    <div className="not-sent">
      <p className="not-sent__reason">
        <Icon name="warning" size={16} /> {t("chat.failed")}{" "}
        {failureText(t, refusal.code, refusal.message)}
      </p>
      <div className="not-sent__buttons">
        <Button small icon="refresh" onPress={() => connection.retryPost(nonce)}>
          {t("common.tryAgain")}
        </Button>
        <Button small icon="copy" onPress={() => void navigator.clipboard?.writeText(text)}>
          {t("common.copy")}
        </Button>
        <Button small icon="trash" onPress={() => connection.discardPost(nonce)}>
          {t("chat.discard")}
        </Button>
      </div>
    </div>
  );
}
