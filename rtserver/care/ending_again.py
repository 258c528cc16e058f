"""Ending again, in a database that was just restored, what had ended after its backup was made."""

from collections.abc import Collection, Iterable

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, select, update

from rooms.chat.rules import ChatRules
from rooms.events import ChatDeleted, MemberRemoved
from rooms.model import MemberId, ProjectId
from rooms.project import ProjectRules
from rooms.stream import project_stream
from rtserver.auth import KEEP_ENDED_MS
from rtserver.care.endings import Ending, OfKeys, OfProject, OfStream
from rtserver.care.streams import append, state_of
from rtserver.tables import api_keys, chat_messages, grants, identities, projects, sessions

_is_known = select(projects.c.project).where(projects.c.project == bindparam("of_project"))
_live_sessions = select(sessions.c.id, sessions.c.member).where(
    sessions.c.project == bindparam("of_project"), sessions.c.ended_at.is_(None)
)
_unused_grants = select(grants.c.token_hash, grants.c.member).where(
    grants.c.project == bindparam("of_project"), grants.c.used_at.is_(None)
)
_end_sessions = update(sessions).where(sessions.c.id == bindparam("of_id")).values(ended_at=bindparam("now"))
_drop_grants = delete(grants).where(grants.c.token_hash == bindparam("of_hash"))
_erase_names = delete(identities).where(identities.c.member == bindparam("of_member"))
_named = select(identities.c.member).where(identities.c.member.in_(bindparam("members", expanding=True)))
_revoke_keys = (
    update(api_keys)
    .where(api_keys.c.id.in_(bindparam("keys", expanding=True)), api_keys.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)
_messages = select(chat_messages.c.id, chat_messages.c.at, chat_messages.c.actor).where(
    chat_messages.c.stream == bindparam("of_stream"),
    chat_messages.c.id.in_(bindparam("ids", expanding=True)),
    chat_messages.c.deleted.is_(False),
)

AT_ONCE = 500
"""Ids of one statement: databases limit the number of parameters."""


class EndedAgain(Struct):
    """How many of each were ended again."""

    members: int = 0
    names: int = 0
    sessions: int = 0
    links: int = 0
    keys: int = 0
    messages: int = 0


def end_again(
    connection: Connection, endings: Iterable[Ending], made_at: int, taken_at: int, now: int, ended: EndedAgain
) -> None:
    """End what is on the list, taken at `taken_at`, in a database with the newest tables from a backup of `made_at`.

    What it does is counted in `ended`.

    What the list does not know (a project that is not on it) stays as it is in the backup. Times are milliseconds since
    1970 UTC.
    """
    # Sessions that ended long ago are forgotten: then those are ended that the list does not say to be alive.
    work = _Work(connection, taken_at - made_at > KEEP_ENDED_MS, now, ended)
    for ending in endings:
        match ending:
            case OfProject():
                work.end_in_project(ending)
            case OfKeys(revoked):
                for some in _pages(revoked):
                    result = connection.execute(_revoke_keys, {"keys": some, "now": now})
                    work.ended.keys += result.rowcount
            case OfStream():
                work.withdraw(ending)


def sign_everybody_out(connection: Connection, now: int, ended: EndedAgain) -> None:
    """End all sessions and unused links: for when nobody knows which of them had ended."""
    live = update(sessions).where(sessions.c.ended_at.is_(None)).values(ended_at=now)
    ended.sessions += connection.execute(live).rowcount
    ended.links += connection.execute(delete(grants).where(grants.c.used_at.is_(None))).rowcount


class _Work:
    def __init__(self, connection: Connection, is_old: bool, now: int, ended: EndedAgain) -> None:
        self.ended = ended
        self._connection = connection
        self._is_old = is_old
        self._now = now

    def end_in_project(self, of: OfProject) -> None:
        if self._connection.execute(_is_known, {"of_project": of.project}).first() is None:
            return
        members = state_of(self._connection, project_stream(of.project), ProjectRules()).members
        removed = [one for one in of.removed if one in members and not members[one].removed]
        if removed:
            bodies = [MemberRemoved(member) for member in removed]
            append(self._connection, project_stream(of.project), bodies, self._now, ProjectRules())
            self.ended.members += len(removed)
        self._erase_names([member for member in of.nameless if member in members])
        self._end_sessions(of, set(removed))
        self._drop_grants(of.project, set(of.open_grants), set(removed))

    def withdraw(self, of: OfStream) -> None:
        posted = {(one.id, one.at, one.actor) for one in of.messages}
        asked = {"of_stream": of.stream, "ids": [one.id for one in of.messages]}
        found = [tuple(row) for row in self._connection.execute(_messages, asked)]
        withdrawn = sorted(id_ for id_, at, actor in found if (id_, at, actor) in posted)
        if withdrawn:
            bodies = [ChatDeleted(message) for message in withdrawn]
            append(self._connection, of.stream, bodies, self._now, ChatRules())
            self.ended.messages += len(withdrawn)

    def _erase_names(self, members: Collection[MemberId]) -> None:
        for some in _pages(members):
            named = self._connection.execute(_named, {"members": some}).scalars().all()
            if named:
                self._connection.execute(_erase_names, [{"of_member": member} for member in named])
                self.ended.names += len(named)

    def _end_sessions(self, of: OfProject, removed: set[MemberId]) -> None:
        ended, live = set(of.ended_sessions), set(of.live_sessions)
        rows = [
            {"of_id": row.id, "now": self._now}
            for row in self._connection.execute(_live_sessions, {"of_project": of.project})
            if row.id in ended or row.member in removed or (self._is_old and row.id not in live)
        ]
        if rows:
            self._connection.execute(_end_sessions, rows)
            self.ended.sessions += len(rows)

    def _drop_grants(self, project: ProjectId, still_open: set[str], removed: set[MemberId]) -> None:
        rows = [
            {"of_hash": row.token_hash}
            for row in self._connection.execute(_unused_grants, {"of_project": project})
            if row.token_hash not in still_open or row.member in removed
        ]
        if rows:
            self._connection.execute(_drop_grants, rows)
            self.ended.links += len(rows)


def _pages(ids: Collection[str]) -> list[list[str]]:
    listed = list(ids)
    return [listed[start : start + AT_ONCE] for start in range(0, len(listed), AT_ONCE)]
