"""Putting a backup in place of what a database holds, in one transaction: all of it, or what was there stays.

While it is done nobody serves the database. What had ended since the backup is ended again, see
`rtserver.care.endings`; every stream gets a new epoch.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection

from rtserver import revisions
from rtserver.care import endings as endings_of
from rtserver.care import rows
from rtserver.care.archive import Archive
from rtserver.care.backup import Clock, Progress
from rtserver.care.ending_again import EndedAgain, end_again, sign_everybody_out
from rtserver.care.endings import EndingsFile
from rtserver.care.problem import CareFailed
from rtserver.care.streams import renew_epochs
from rtserver.database import Database, store_errors
from rtserver.revisions import Revision

CHECKING = "checking"
"""The step of reading all of a file before anything is written."""


class Restored(Struct, frozen=True):
    """What was done. `schema`: the revision that the database has now; `ended`: what was ended again."""

    schema: Revision
    ended: EndedAgain


def check(archive: Archive, progress: Progress) -> None:
    """See that a backup is whole and can be restored by this version. Raises `CareFailed`."""
    if not revisions.is_known(archive.manifest.schema):
        raise CareFailed(
            f"The backup is of schema {archive.manifest.schema}, made by rtserver {archive.manifest.rtserver}; this "
            f"version knows {revisions.newest()} and older: restore it with that one."
        )
    for done in archive.verify():
        progress(CHECKING, done, archive.bytes)


def check_endings(archive: Archive, lists: Sequence[EndingsFile]) -> None:
    """See that lists of endings are of any use. Raises `CareFailed`."""
    if any(one.taken_at < archive.manifest.made_at for one in lists):
        raise CareFailed("The list of endings is older than the backup, which knows all of it already: leave it out.")


async def holds_anything(database: Database) -> bool:
    """Whether there is anything in our tables. Raises `LogUnavailable`."""
    with store_errors():
        async with database.read() as connection:
            return await connection.run_sync(lambda sync: not rows.is_empty(sync, rows.our_tables(sync)))


async def restore(
    database: Database,
    archive: Archive,
    lists: Sequence[EndingsFile],
    clock: Clock,
    progress: Progress,
    *,
    replace: bool,
    keeps_endings: bool = True,
    signs_out: bool = False,
) -> Restored:
    """Fill a database from a backup that was checked.

    `lists`: what had ended elsewhere. `replace`: what the database holds goes; then what has ended in it stays ended,
    unless `keeps_endings` is False, for a database of which that cannot be read. `signs_out`: nobody stays signed in.

    Raises `CareFailed`, `AlreadyServed`, `LogUnavailable`, and `MigrationFailed` when the endings are to be read from a
    database that a newer rtserver has changed.
    """
    with store_errors(), tempfile.TemporaryDirectory() as folder:
        async with database.alone() as connection:
            return await connection.run_sync(
                _replace, archive, list(lists), clock, progress, replace, keeps_endings, signs_out, Path(folder)
            )


def fill(connection: Connection, archive: Archive, progress: Progress) -> None:
    """Fill empty tables of the backup's revision, and see that they hold what the backup does."""
    tables = {table.name: table for table in rows.our_tables(connection)}
    if {part.table for part in archive.manifest.parts} != set(tables):
        raise CareFailed("The backup has other tables than its schema says; nothing was changed.")
    by_name = {part.table: part for part in archive.manifest.parts}
    for name, table in tables.items():
        part = by_name[name]
        progress(name, 0, part.rows)
        for done in rows.carry(connection, table, part.columns, archive.rows(part), rows.Digest()):
            progress(name, done, part.rows)


def _replace(
    connection: Connection,
    archive: Archive,
    lists: list[EndingsFile],
    clock: Clock,
    progress: Progress,
    replace: bool,
    keeps_endings: bool,
    signs_out: bool,
    folder: Path,
) -> Restored:
    tables = rows.our_tables(connection)
    if not rows.is_empty(connection, tables):
        if not replace:
            raise CareFailed("The database is not empty: nothing was changed. --replace puts the backup in its place.")
        if keeps_endings:
            revisions.upgrade(connection)  # to be undone with all else, should anything fail
            endings_of.write(endings_of.collect(connection), folder / "endings", clock)
            lists = [EndingsFile(folder / "endings"), *lists]
    rows.drop_all(connection)
    revisions.upgrade(connection, archive.manifest.schema)
    fill(connection, archive, progress)
    revisions.upgrade(connection)
    ended = EndedAgain()
    for one in lists:
        end_again(connection, one, archive.manifest.made_at, one.taken_at, clock(), ended)
    if signs_out:
        sign_everybody_out(connection, clock(), ended)
    renew_epochs(connection)
    return Restored(revisions.newest(), ended)
