import { Fragment, memo } from "react";
import { useTranslation } from "react-i18next";
import type { Rights, SchoolClass } from "../protocol/generated";
import { Avatar, classColour } from "../ui/Avatar";
import { clockTime } from "../ui/places";
import type { Group, Shown } from "./groups";
import { MessageRow } from "./MessageRow";
import type { Marks } from "./marks";
import { OutgoingRow } from "./OutgoingRow";
import { SeenBy } from "./SeenBy";

export interface Author {
  name: string | null;
  schoolClass: SchoolClass | null;
  /** The number of the class in the project. */
  number: number | null;
}

interface MessageGroupProps extends Marks {
  room: string;
  me: string;
  group: Group;
  author: Author;
  denied: Rights["denied"] | undefined;
}

/** What one person wrote in a row. Drawn again only when something in it changes: there may be a thousand of them. */
export const MessageGroup = memo(function MessageGroup(props: MessageGroupProps) {
  const { room, me, group, author } = props;
  const { t, i18n } = useTranslation();
  const { actor } = group;
  const name = author.name ?? t(actor === "system" ? "common.system" : "common.somebody");
  const isMine = actor === me;

  function row(shown: Shown, index: number) {
    const place = { author: name, isFirst: index === 0, isTabStop: shown.key === props.tabStop };
    if (shown.from === "outbox") {
      return <OutgoingRow key={shown.key} message={shown.message} {...place} />;
    }
    const { message } = shown;
    const before = group.messages[index - 1];
    return (
      <Fragment key={shown.key}>
        {index > 0 && message.id === props.firstUnread && <UnreadLine before={message.id} />}
        <MessageRow
          room={room}
          message={message}
          {...place}
          isMine={isMine}
          isForMe={message.mentions?.includes(me) === true}
          denied={props.denied}
          isEditing={props.editing === message.id}
          isTarget={props.target === message.id}
          isLanguageSaid={before?.from === "log" && before.message.language === message.language}
        />
        {message.id === props.newestOwn && <SeenBy room={room} message={message.id} />}
      </Fragment>
    );
  }

  const first = group.messages[0];
  const isNewFromHere = first?.from === "log" && first.message.id === props.firstUnread;
  return (
    <>
      {isNewFromHere && <UnreadLine before={first.message.id} />}
      <div className="group" data-mine={isMine} data-class-colour={classColour(author.number)}>
        <Avatar
          name={name}
          classNumber={author.number}
          country={author.schoolClass?.country ?? null}
        />
        <div className="group__body">
          <p className="group__head">
            <span className="group__author" dir="auto">
              {name}
            </span>
            {author.schoolClass !== null && (
              <span className="group__class" dir="auto">
                {author.schoolClass.name}
              </span>
            )}
            <time className="group__time" dateTime={new Date(group.at).toISOString()}>
              {clockTime(group.at, i18n.language)}
            </time>
          </p>
          {group.messages.map(row)}
        </div>
      </div>
    </>
  );
});

function UnreadLine({ before }: { before: number }) {
  const { t } = useTranslation();
  return (
    <p className="unread-line" data-testid="unread-line" data-before={before}>
      <span>{t("chat.newFromHere")}</span>
    </p>
  );
}
