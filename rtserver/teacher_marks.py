"""When a teacher was last connected to each project, kept on disk so that a restart does not send pupils away.

Without it, pupils who are back before their teacher would be refused as if nobody had been there.
"""

import asyncio
from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, select, update

from rooms.model import ProjectId
from rtserver.database import Database, store_errors
from rtserver.tables import projects

_seen_at = select(projects.c.teacher_seen_at).where(projects.c.project == bindparam("of"))
_mark = update(projects).where(projects.c.project == bindparam("of")).values(teacher_seen_at=bindparam("at"))


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


def _write(connection: Connection, marks: Mapping[ProjectId, int]) -> None:
    # In an order that all processes keep, so that none waits for another in a circle.
    connection.execute(_mark, [{"of": project, "at": at} for project, at in sorted(marks.items())])
