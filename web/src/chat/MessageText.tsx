import { useId } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../ui/Icon";
import { linkCards } from "./links";
import { useNames } from "./names";
import { textParts } from "./textParts";

interface MessageTextProps {
  text: string;
  mentions: readonly string[];
  /** BCP 47, so that a browser reads it with the right voice and offers to translate it. */
  language: string | null;
}

/** The text as typed, never as HTML; web addresses in it can be followed, and members have their names. */
export function MessageText({ text, mentions, language }: MessageTextProps) {
  const notes = useId();
  const cards = linkCards(text, location.origin);
  let offset = 0;
  return (
    <>
      <p className="message__text" dir="auto" lang={language ?? undefined}>
        {textParts(text, mentions).map((part) => {
          const key = offset;
          offset += part.text.length;
          if (part.kind === "words") {
            return part.text;
          }
          if (part.kind === "mention") {
            return <Mention key={key} member={part.member} />;
          }
          const hasCard = cards.some(({ href }) => href === part.href);
          return (
            <a
              key={key}
              href={part.href}
              target="_blank"
              rel="noopener noreferrer nofollow"
              aria-describedby={hasCard ? notes : undefined}
            >
              {part.text}
            </a>
          );
        })}
      </p>
      {cards.length > 0 && <LinkCards cards={cards} noteId={notes} />}
    </>
  );
}

/** Somebody by the name that this reader may see. */
function Mention({ member }: { member: string }) {
  const { me, nameOf } = useNames();
  return (
    <span className="mention" data-me={member === me} translate="no">
      @<bdi>{nameOf(member)}</bdi>
    </span>
  );
}

interface LinkCardsProps {
  cards: ReturnType<typeof linkCards>;
  noteId: string;
}

/** Where the links lead, for the eye and the finger: the links themselves stand in the text. Nothing is fetched. */
function LinkCards({ cards, noteId }: LinkCardsProps) {
  const { t } = useTranslation();
  return (
    <div className="link-cards" aria-hidden="true">
      {cards.map(({ href, host, path }) => (
        <a
          key={href}
          className="link-card"
          href={href}
          target="_blank"
          rel="noopener noreferrer nofollow"
          tabIndex={-1}
        >
          <Icon name="link" size={18} />
          <span className="link-card__words" dir="ltr">
            <span className="link-card__host" translate="no">
              {host}
            </span>
            {path !== "" && (
              <span className="link-card__path" translate="no">
                {path}
              </span>
            )}
          </span>
        </a>
      ))}
      <p id={noteId} className="link-cards__note">
        {t("chat.leadsOut")}
      </p>
    </div>
  );
}
