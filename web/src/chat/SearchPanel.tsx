import "./search.css";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { roomName } from "../groups/roomName";
import {
  type RoomView,
  SEARCH_CHARACTERS_MAX,
  SEARCH_CHARACTERS_MIN,
  type SearchHit,
} from "../protocol/generated";
import { goTo, twinSpacePath } from "../route";
import { findRoom, seemsOnline } from "../state/selectors";
import { useStore, useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { Button, IconButton } from "../ui/Button";
import { dateTime } from "../ui/places";
import { Segments } from "../ui/Segments";
import { excerpt } from "./highlight";
import { withNames } from "./mentions";
import { askFor, type Found, type SearchQuery, withPage } from "./searchQuery";

/** Nothing is asked while somebody types on. */
const TYPING_PAUSE_MS = 300;

interface SearchPanelProps {
  room: RoomView;
  /** Kept while the panel is closed, so that one comes back to what was found. */
  query: SearchQuery;
  onQuery(query: SearchQuery): void;
  onClose(): void;
}

/** Looks for messages, in this room or in all, and leads to them. */
export default function SearchPanel({ room, query, onQuery, onClose }: SearchPanelProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const search = useSearch(room.id, query);
  const go = useGoing(room.id, onClose);
  useEffect(() => input.current?.focus(), []);
  return (
    <search
      className="search"
      aria-label={t("search.open")}
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          event.stopPropagation();
          onClose();
        }
      }}
    >
      <div className="search__page">
        <div className="search__head">
          <input
            ref={input}
            className="search__input"
            type="search"
            aria-label={t("search.label")}
            placeholder={t("search.label")}
            dir="auto"
            maxLength={SEARCH_CHARACTERS_MAX}
            value={query.text}
            onChange={({ currentTarget }) => onQuery({ ...query, text: currentTarget.value })}
          />
          <IconButton icon="close" label={t("search.close")} onPress={onClose} />
        </div>
        <Segments
          legend={t("search.where")}
          value={query.scope}
          options={[
            { value: "room", label: t("search.thisRoom") },
            { value: "all", label: t("search.allRooms") },
          ]}
          onChange={(scope) => onQuery({ ...query, scope })}
        />
        <p className="search__state" role="status">
          <State search={search} />
        </p>
        {search.found !== null && search.found.hits.length > 0 && (
          <ul className="search__hits">
            {search.found.hits.map((hit) => (
              <li key={`${hit.room}/${hit.message.id}`}>
                <Hit hit={hit} query={query.text} onGo={() => go(hit)} />
              </li>
            ))}
            {search.found.more && (
              <li className="search__more">
                <Button small onPress={search.goOn} isDisabled={search.status === "searching"}>
                  {t("search.more")}
                </Button>
              </li>
            )}
          </ul>
        )}
        {search.status === "failed" && (
          <Button small icon="refresh" onPress={search.again}>
            {t("common.tryAgain")}
          </Button>
        )}
      </div>
    </search>
  );
}

interface Search {
  status: "idle" | "searching" | "done" | "failed" | "offline";
  found: Found | null;
  goOn(): void;
  again(): void;
}

function State({ search: { status, found } }: { search: Search }) {
  const { t } = useTranslation();
  switch (status) {
    case "idle":
      return t("search.nothingTyped", { count: SEARCH_CHARACTERS_MIN });
    case "searching":
      return t("search.searching");
    case "offline":
      return t("search.offline");
    case "failed":
      return t("search.failed");
    case "done": {
      const count = found?.hits.length ?? 0;
      return count === 0
        ? t("search.nothingFound")
        : t(found?.more ? "search.foundMore" : "search.found", { count });
    }
  }
}

/** Asks when somebody has stopped typing; an answer to what was typed before is not shown. */
function useSearch(room: string, query: SearchQuery): Search {
  const connection = useConnection();
  const isOnline = useTwinSpace(seemsOnline);
  const [found, setFound] = useState<Found | null>(null);
  const [status, setStatus] = useState<Search["status"]>("idle");
  const asked = useRef(0);
  const { text, scope } = query;

  const ask = useCallback(
    async (before: Found | null) => {
      const params = askFor({ text, scope }, room, before);
      asked.current += 1;
      const turn = asked.current;
      if (params === null || !isOnline) {
        setFound(null);
        setStatus(params === null ? "idle" : "offline");
        return;
      }
      setStatus("searching");
      try {
        const page = await connection.chat.search(params);
        if (turn === asked.current) {
          setFound(withPage(before, page));
          setStatus("done");
        }
      } catch {
        if (turn === asked.current) {
          setStatus("failed");
        }
      }
    },
    [connection, room, text, scope, isOnline],
  );

  useEffect(() => {
    const timer = setTimeout(() => void ask(null), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [ask]);

  return { status, found, goOn: () => void ask(found), again: () => void ask(null) };
}

/** To the message that was found, in this room or in another one. */
function useGoing(room: string, onClose: () => void): (hit: SearchHit) => void {
  const store = useStore();
  return (hit) => {
    const { me, project } = store.getState();
    store.dispatch({ type: "jump", jump: { room: hit.room, message: hit.message.id } });
    onClose();
    if (hit.room !== room && me !== null && project !== null) {
      goTo(twinSpacePath(project.view.id, me, hit.room));
    }
  };
}

interface HitProps {
  hit: SearchHit;
  query: string;
  onGo(): void;
}

function Hit({ hit, query, onGo }: HitProps) {
  const { t, i18n } = useTranslation();
  const { message } = hit;
  const names = useTwinSpace((state) => state.names);
  const room = useTwinSpace((state) => findRoom(state, hit.room));
  const pieces = excerpt(withNames(message.text, names), query);
  let offset = 0;
  return (
    <button type="button" className="hit" onClick={onGo}>
      <span className="hit__head">
        <bdi className="hit__author">{names[message.actor] ?? t("common.somebody")}</bdi>
        {room !== null && <bdi>{roomName(t, room)}</bdi>}
        <time dateTime={new Date(message.at).toISOString()}>
          {dateTime(message.at, i18n.language)}
        </time>
      </span>
      <span className="hit__text" dir="auto" lang={message.language ?? undefined}>
        {pieces.map(({ text, isHit }) => {
          const key = offset;
          offset += text.length;
          return isHit ? <mark key={key}>{text}</mark> : text;
        })}
      </span>
    </button>
  );
}
