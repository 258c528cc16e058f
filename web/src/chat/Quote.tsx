import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "../protocol/generated";
import { findMessage } from "../state/room";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { Icon } from "../ui/Icon";
import { useChatActions } from "./chatActions";
import { inWords } from "./files/inWords";
import { withNames } from "./mentions";
import { useNames } from "./names";

/** So much of a message tells which one it is. */
const QUOTED_CHARACTERS = 140;

interface QuoteProps {
  room: string;
  reply: number;
  isTabStop: boolean;
}

/** The message that a reply answers; a press goes there. */
export function Quote({ room, reply, isTabStop }: QuoteProps) {
  const { t } = useTranslation();
  const connection = useConnection();
  const actions = useChatActions();
  const original = useTwinSpace((state) => {
    const found = state.rooms[room];
    return found === undefined ? undefined : findMessage(found, reply);
  });
  useEffect(() => {
    if (original === undefined) {
      connection.chat.fetchOriginal(room, reply);
    }
  }, [connection, room, reply, original]);
  if (original === undefined) {
    return <p className="quote quote--still">{t("chat.quoteLoading")}</p>;
  }
  if (original === null || original.deleted === true) {
    return <p className="quote quote--still">{t("chat.quoteDeleted")}</p>;
  }
  return (
    <button
      type="button"
      className="quote"
      tabIndex={isTabStop ? 0 : -1}
      onClick={() => actions.jump(reply)}
    >
      <Quoted message={original} />
    </button>
  );
}

/** Who said what, in two lines. */
export function Quoted({ message }: { message: Message }) {
  const { t } = useTranslation();
  const { names, nameOf } = useNames();
  return (
    <>
      <span className="visually-hidden">{t("chat.inReplyTo")}</span>
      <span className="quote__author">
        <Icon name="reply" size={14} />
        <bdi>{nameOf(message.actor)}</bdi>
      </span>
      <span className="quote__text" dir="auto" lang={message.language ?? undefined}>
        {withNames(inWords(t, message), names).slice(0, QUOTED_CHARACTERS)}
      </span>
    </>
  );
}
