"""When a teacher was last connected to each project, kept on disk so that a restart does not send pupils away.

Without it, pupils who are back before their teacher would be refused as if nobody had been there.
"""

from collections.abc import Mapping

from sqlalchemy import bindparam, select, update

from rooms.model import ProjectId
from rtserver.database import Database, store_errors
from rtserver.tables import projects


class TeacherMarks:
    """The marks of all projects. Times are milliseconds since 1970 UTC. Methods raise `LogUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def seen_at(self, project: ProjectId) -> int | None:
        """When a teacher was last connected, as far as it was marked."""
        with store_errors():
            async with self._database.read() as connection:
                query = select(projects.c.teacher_seen_at).where(projects.c.project == project)
                found: int | None = (await connection.execute(query)).scalar()
        return found

    async def mark(self, seen: Mapping[ProjectId, int]) -> None:
        """Remember for several projects when a teacher was last connected."""
        if not seen:
            return
        statement = (
            update(projects).where(projects.c.project == bindparam("of")).values(teacher_seen_at=bindparam("at"))
        )
        with store_errors():
            async with self._database.write() as connection:
                await connection.execute(statement, [{"of": project, "at": at} for project, at in seen.items()])
