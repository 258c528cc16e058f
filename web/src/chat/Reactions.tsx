import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Reacted } from "../protocol/generated";
import { useConnection } from "../twinspace/connectionContext";
import { useNotices } from "../ui/Notices";
import { useNames } from "./names";
import { isKnown, reactionName } from "./reactions";

interface ReactionsProps {
  room: string;
  message: number;
  reactions: readonly Reacted[];
  isTabStop: boolean;
  mayReact: boolean;
}

/** What was said to a message without words: how often, by whom, and one's own, which a press gives or takes back. */
export function Reactions({ reactions, ...rest }: ReactionsProps) {
  const { t } = useTranslation();
  return (
    <ul className="reactions" aria-label={t("reactions.list")}>
      {reactions.map((reacted) => (
        <li key={reacted.reaction}>
          <Chip reacted={reacted} {...rest} />
        </li>
      ))}
    </ul>
  );
}

interface ChipProps extends Omit<ReactionsProps, "reactions"> {
  reacted: Reacted;
}

function Chip({ room, message, reacted, isTabStop, mayReact }: ChipProps) {
  const { t, i18n } = useTranslation();
  const connection = useConnection();
  const { attempt } = useNotices();
  const whoId = useId();
  const { reaction, members } = reacted;
  const { me } = useNames();
  const isMine = members.includes(me);
  const who = useWho(members);
  const [isAsked, setAsked] = useState(false);
  const canPress = mayReact && isKnown(reaction);
  const count = new Intl.NumberFormat(i18n.language).format(members.length);

  function toggle(): void {
    if (canPress) {
      void attempt(() => connection.chat.react(room, message, reaction, !isMine));
    }
  }

  return (
    <>
      <button
        type="button"
        className="chip"
        data-mine={isMine}
        aria-pressed={isMine}
        aria-disabled={!canPress}
        aria-describedby={whoId}
        tabIndex={isTabStop ? 0 : -1}
        onClick={toggle}
        onPointerEnter={() => setAsked(true)}
        onPointerLeave={() => setAsked(false)}
        onFocus={() => setAsked(true)}
        onBlur={() => setAsked(false)}
      >
        <span className="visually-hidden">
          {t("reactions.chip", { count: members.length, reaction: reactionName(t, reaction) })}
        </span>
        <span aria-hidden="true" className="chip__emoji">
          {reaction}
        </span>
        <span aria-hidden="true" className="chip__count">
          {count}
        </span>
      </button>
      <span id={whoId} role="tooltip" className={isAsked ? "chip__who" : "visually-hidden"}>
        {who}
      </span>
    </>
  );
}

/** So many are named; more are counted. */
const NAMED_MAX = 8;

function useWho(members: readonly string[]): string {
  const { t, i18n } = useTranslation();
  const { me, nameOf } = useNames();
  const named = members
    .slice(0, NAMED_MAX)
    .map((id) => (id === me ? t("reactions.you") : nameOf(id)));
  const more = members.length - named.length;
  const list = more > 0 ? [...named, t("reactions.others", { count: more })] : named;
  return new Intl.ListFormat(i18n.language, { type: "conjunction" }).format(list);
}
