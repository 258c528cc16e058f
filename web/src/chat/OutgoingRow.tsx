import { memo } from "react";
import { useTranslation } from "react-i18next";
import { failureText } from "../locales/i18n";
import type { Outgoing } from "../state/outgoing";
import { seemsOnline } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { OutgoingFiles } from "./files/load";
import { HiddenHead } from "./MessageRow";
import { MessageText } from "./MessageText";
import { splitMentions, withNames } from "./mentions";
import { Quote } from "./Quote";

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
  const { refusal, accepted, reply = null, files = [], text, nonce } = message;
  const state = refusal !== null ? "failed" : accepted !== null ? "sent" : "sending";
  // Whom it mentions is for the server to say; until then all who were meant are shown.
  const meant = splitMentions(message.text).flatMap(({ member }) => member ?? []);
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
        {reply !== null && <Quote room={message.room} reply={reply} isTabStop={isTabStop} />}
        {files.length > 0 && (
          <OutgoingFiles
            nonce={nonce}
            files={files}
            refusal={refusal}
            isAccepted={accepted !== null}
          />
        )}
        {text !== "" && <MessageText text={text} mentions={meant} language={null} />}
        {state === "sending" && (
          <span className="message__notes">
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
  const names = useTwinSpace((state) => state.names);
  const { nonce, text } = message;
  return (
    <div className="not-sent">
      <p className="not-sent__reason">
        <Icon name="warning" size={16} /> {t("chat.failed")}{" "}
        {refusal.code === "not_joined"
          ? t("chat.leftBefore")
          : failureText(t, refusal.code, refusal.message)}
      </p>
      <div className="not-sent__buttons">
        <Button small icon="refresh" onPress={() => connection.retryPost(nonce)}>
          {t("common.tryAgain")}
        </Button>
        <Button
          small
          icon="copy"
          onPress={() => void navigator.clipboard?.writeText(withNames(text, names))}
        >
          {t("common.copy")}
        </Button>
        <Button small icon="trash" onPress={() => connection.discardPost(nonce)}>
          {t("chat.discard")}
        </Button>
      </div>
    </div>
  );
}
