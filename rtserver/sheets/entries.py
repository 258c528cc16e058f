"""Who has come in, and who holds a link: what a teacher sees of a class before a lesson."""

from collections.abc import Collection

from msgspec import Struct
from sqlalchemy import Connection, func, select

from rooms.model import MemberId, ProjectId
from rtserver.database import Database, store_errors
from rtserver.exchange import GrantKind
from rtserver.tables import grants, sessions


class Entry(Struct, frozen=True):
    """Of one member. Times are milliseconds since 1970 UTC.

    `came_in_at`: when a device was last signed in; None when none was, or that was so long ago that it is forgotten
    (`rtserver.auth.KEEP_ENDED_MS`). `devices`: how many are signed in now. `link_until`: of the link that was not used
    yet, None when there is none.
    """

    came_in_at: int | None = None
    devices: int = 0
    link_until: int | None = None


async def entries(
    database: Database, project: ProjectId, members: Collection[MemberId], now: int
) -> dict[MemberId, Entry]:
    """The entry of each of `members`. Raises `LogUnavailable`."""
    with store_errors():
        found = await database.look(_entries_in, project, now)
    return {member: found.get(member, Entry()) for member in members}


def _entries_in(connection: Connection, project: ProjectId, now: int) -> dict[MemberId, Entry]:
    """Of all of a project that have any: one look by the index, however many are asked for."""
    is_live = sessions.c.ended_at.is_(None) & (sessions.c.expires_at > now)
    came = connection.execute(
        select(sessions.c.member, func.max(sessions.c.created_at), func.count().filter(is_live))
        .where(sessions.c.project == project)
        .group_by(sessions.c.member)
    )
    linked = connection.execute(
        select(grants.c.member, func.max(grants.c.expires_at).label("until"))
        .where(
            grants.c.project == project,
            grants.c.kind == GrantKind.INVITATION.value,
            grants.c.used_at.is_(None),
            grants.c.expires_at > now,
        )
        .group_by(grants.c.member)
    )
    sessions_of = {member: (at, devices) for member, at, devices in came}
    links = {row.member: row.until for row in linked}
    return {member: Entry(*sessions_of.get(member, (None, 0)), links.get(member)) for member in {*sessions_of, *links}}
