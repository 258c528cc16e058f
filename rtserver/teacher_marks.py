"""When a teacher was last connected to each project, kept on disk so that a restart does not send pupils away.

Without it, pupils who are back before their teacher would be refused as if nobody had been there.
"""

import asyncio
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, select, update

from rooms.model import ProjectId
from rtserver.database import Database, store_errors
from rtserver.sql import one_of
from rtserver.tables import projects

_seen_at = select(projects.c.teacher_seen_at).where(projects.c.project == bindparam("of"))
_all_seen_at = select(projects.c.project, projects.c.teacher_seen_at).where(
    one_of(projects.c.project, "wanted"), projects.c.teacher_seen_at.is_not(None)
)
_mark = update(projects).where(projects.c.project == bindparam("of")).values(teacher_seen_at=bindparam("at"))

LOOKUP_MAX = 1_000
"""Projects of one query: far from the databases' 32,000 parameters."""


class TeacherMarks:
    """The marks of all projects. Times are milliseconds since 1970 UTC. Methods raise `LogUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[ProjectId, int] = {}
        self._turn = asyncio.Lock()

    async def seen_at(self, project: ProjectId) -> int | None:
        """When a teacher was last connected, as far as it was marked."""
        with store_errors():
            return await self._database.look(_read, project)

    async def seen(self, wanted: Sequence[ProjectId]) -> dict[ProjectId, int]:
        """The same of several projects; those that have no mark are left out."""
        found: dict[ProjectId, int] = {}
        for start in range(0, len(wanted), LOOKUP_MAX):
            with store_errors():
                found |= await self._database.look(_read_all, wanted[start : start + LOOKUP_MAX])
        return found

    async def mark(self, seen: Mapping[ProjectId, int]) -> None:
        """Remember for several projects when a teacher was last connected; returns when it is on the disk.

        What is asked while one commit runs shares the next: on a Monday at nine all teachers come at once.
        """
        self._waiting.update(seen)
        async with self._turn:
            marks, self._waiting = self._waiting, {}
            if not marks:
                return  # somebody before has written them too
            try:
                with store_errors():
                    await self._database.transact(_write, marks)
            except BaseException:
                self._waiting = marks | self._waiting  # the others who wait try again
                raise


def _read(connection: Connection, project: ProjectId) -> int | None:
    found: int | None = connection.execute(_seen_at, {"of": project}).scalar()
    return found


def _read_all(connection: Connection, wanted: Sequence[ProjectId]) -> dict[ProjectId, int]:
    rows = connection.execute(_all_seen_at, {"wanted": wanted}).all()
    return {row.project: row.teacher_seen_at for row in rows}


def _write(connection: Connection, marks: Mapping[ProjectId, int]) -> None:
    # In an order that all processes keep, so that none waits for another in a circle.
    connection.execute(_mark, [{"of": project, "at": at} for project, at in sorted(marks.items())])
