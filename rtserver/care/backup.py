"""Writing all of a database into one file, while it is served: one moment of it, in one read transaction.

Nobody who writes waits for it. On SQLite the write-ahead log grows meanwhile by what is written, and is taken back
afterwards.
"""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection

from rtserver import __version__, revisions
from rtserver.care import rows
from rtserver.care.archive import ArchiveWriter, Manifest
from rtserver.care.problem import CareFailed
from rtserver.database import Database, store_errors

Clock = Callable[[], int]
"""Milliseconds since 1970 UTC."""

Progress = Callable[[str, int, int], None]
"""Told again and again: what is done, how much of it, and how much there is."""


async def back_up(database: Database, file: Path, clock: Clock, progress: Progress) -> Manifest:
    """Write a backup; the file appears when it is whole.

    Raises `CareFailed` when there is such a file already or it cannot be written, `LogUnavailable`.
    """
    with store_errors():
        async with database.snapshot() as connection:
            return await connection.run_sync(_write, file, clock, progress)


def _write(connection: Connection, file: Path, clock: Clock, progress: Progress) -> Manifest:
    revision = revisions.state(connection).current  # the first statement: this is the moment
    made_at = clock()
    tables = rows.our_tables(connection)
    if revision is None or not tables:
        raise CareFailed("The database has no tables yet: there is nothing to back up.")
    with ArchiveWriter(file) as archive:
        for table in tables:
            columns = [str(column.name) for column in rows.columns_of(table)]
            total = rows.count(connection, table)
            with archive.part(str(table.name), columns) as part:
                progress(table.name, 0, total)
                for some in rows.read(connection, table):
                    part.write(some)
                    progress(table.name, part.rows, total)
        return archive.finish(rtserver=__version__, schema=revision, database=connection.dialect.name, made_at=made_at)
