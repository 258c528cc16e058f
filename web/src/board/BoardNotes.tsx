import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { failureText } from "../locales/i18n";
import { seemsOnline } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { Button, IconButton } from "../ui/Button";
import { useNow } from "../ui/hooks";
import { Icon, type IconName } from "../ui/Icon";
import { useNotices } from "../ui/Notices";
import type { BoardSession } from "./boardSession";
import { LostNotes } from "./LostNotes";
import type { BoardClient } from "./ports";
import { useBoard } from "./useBoard";
import { useShown } from "./useShown";

/** Notes about something that is over go away by themselves. */
const NOTE_MS = 8_000;

interface BoardNotesProps {
  client: BoardClient;
  session: BoardSession | null;
}

/** What one should know of the board just now, and what one can do about it. */
export function BoardNotes({ client, session }: BoardNotesProps) {
  return (
    <div className="board-notes" role="status" data-testid="board-notes">
      <OfflineNote client={client} />
      <ViewOnlyNote client={client} />
      <LostNotes client={client} />
      <UndoNote client={client} />
      {session !== null && (
        <>
          <FollowNotes session={session} />
          <PassingNote session={session} />
        </>
      )}
    </div>
  );
}

interface NoteProps {
  icon: IconName;
  tone?: "calm" | "warn";
  text: string;
  children?: ReactNode;
}

export function Note({ icon, tone = "calm", text, children }: NoteProps) {
  return (
    <div className="board-note" data-tone={tone}>
      <Icon name={icon} />
      <p className="board-note__text">{text}</p>
      {children}
    </div>
  );
}

export function useName(member: string | null): string {
  const { t } = useTranslation();
  const name = useTwinSpace((state) => (member === null ? null : (state.names[member] ?? null)));
  return name ?? t("common.somebody");
}

/** One goes on drawing: what waits is sent later. */
function OfflineNote({ client }: { client: BoardClient }) {
  const { t } = useTranslation();
  const isOnline = useTwinSpace(seemsOnline);
  const count = useBoard(client, (state) => state.pending);
  if (isOnline || count === 0) {
    return null;
  }
  return <Note icon="offline" tone="warn" text={t("board.note.pending", { count })} />;
}

function ViewOnlyNote({ client }: { client: BoardClient }) {
  const { t } = useTranslation();
  const code = useBoard(client, ({ phase, rights }) =>
    phase === "ready" ? (rights.draw ?? null) : null,
  );
  return code === null ? null : (
    <div className="board-note" data-testid="board-view-only">
      <Icon name="eye" />
      <p className="board-note__text">
        <strong>{t("board.note.viewOnly")}</strong> <span>{failureText(t, code, code)}</span>
      </p>
    </div>
  );
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** Something was cleared a moment ago: teachers can take that back. */
function UndoNote({ client }: { client: BoardClient }) {
  const { t } = useTranslation();
  const { attempt } = useNotices();
  const now = useNow(SECOND_MS);
  const undoable = useBoard(client, (state) => state.undoable);
  const newest = undoable.at(-1);
  if (newest === undefined || newest.until <= now) {
    return null;
  }
  const count = Math.max(1, Math.ceil((newest.until - now) / MINUTE_MS));
  return (
    <Note icon="trash" text={t("board.note.cleared", { count })}>
      <Button small icon="undo" onPress={() => void attempt(() => client.undoClear(newest.clear))}>
        {t("board.note.undoClear")}
      </Button>
    </Note>
  );
}

function FollowNotes({ session }: { session: BoardSession }) {
  const { t } = useTranslation();
  const following = useShown(session, (shown) => shown.following);
  const presenters = useShown(session, (shown) => shown.presenters);
  const isPresenting = useShown(session, (shown) => shown.isPresenting);
  if (isPresenting) {
    return (
      <Note icon="eye" text={t("board.note.presenting")}>
        <Button small onPress={() => session.present(false)}>
          {t("board.presentEnd")}
        </Button>
      </Note>
    );
  }
  return [...(presenters?.keys() ?? [])].map((member) => (
    <FollowNote
      key={member}
      member={member}
      isFollowing={member === following}
      onFollow={(follows) => session.follow(follows ? member : null)}
    />
  ));
}

interface FollowNoteProps {
  member: string;
  isFollowing: boolean;
  onFollow(follows: boolean): void;
}

function FollowNote({ member, isFollowing, onFollow }: FollowNoteProps) {
  const { t } = useTranslation();
  const name = useName(member);
  const text = isFollowing ? t("board.note.following", { name }) : t("board.note.shows", { name });
  return (
    <Note icon="eye" text={text}>
      <Button small look={isFollowing ? "plain" : "primary"} onPress={() => onFollow(!isFollowing)}>
        {isFollowing ? t("board.note.unfollow") : t("board.note.follow", { name })}
      </Button>
    </Note>
  );
}

/** Somebody has brought everybody here, one has tried to change what one may not, or has drawn too late. */
function PassingNote({ session }: { session: BoardSession }) {
  const { t } = useTranslation();
  const broughtBy = useShown(session, (shown) => shown.broughtBy);
  const refusedBy = useShown(session, (shown) => shown.refusedBy);
  const isUnkept = useShown(session, (shown) => shown.isUnkept) ?? false;
  const brought = useName(broughtBy);
  const refused = useName(refusedBy);
  useEffect(() => {
    if (broughtBy === null && refusedBy === null && !isUnkept) {
      return;
    }
    const timer = setTimeout(() => session.dismissNotes(), NOTE_MS);
    return () => clearTimeout(timer);
  }, [session, broughtBy, refusedBy, isUnkept]);
  const dismiss = (
    <IconButton
      small
      icon="close"
      label={t("common.dismiss")}
      onPress={() => session.dismissNotes()}
    />
  );
  return (
    <>
      {broughtBy !== null && (
        <Note icon="gather" text={t("board.note.brought", { name: brought })}>
          {dismiss}
        </Note>
      )}
      {isUnkept && (
        <Note icon="warning" tone="warn" text={t("board.note.unkept")}>
          {dismiss}
        </Note>
      )}
      {refusedBy !== null && (
        <Note icon="lock" tone="warn" text={t("board.note.notYours", { name: refused })}>
          {dismiss}
        </Note>
      )}
    </>
  );
}
