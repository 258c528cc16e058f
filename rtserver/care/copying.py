"""Copying all of one database into another, of either kind, in one transaction, and comparing both.

Nobody serves the one that is copied: what was written to it afterwards would be lost. Every stream gets a new epoch.
"""

from itertools import chain

from msgspec import Struct
from sqlalchemy import Connection, Table

from rtserver import revisions
from rtserver.care import rows
from rtserver.care.backup import Progress
from rtserver.care.problem import CareFailed
from rtserver.care.streams import renew_epochs
from rtserver.database import Database, store_errors


class CopiedTable(Struct, frozen=True):
    """A table that both databases hold the same of. `checksum`: hex, see `rtserver.care.rows.Digest`."""

    name: str
    rows: int
    checksum: str


async def copy(source: Database, target: Database, progress: Progress) -> list[CopiedTable]:
    """Fill an empty database; what was copied and compared.

    Raises `CareFailed`, `AlreadyServed` when one of them is served, `LogUnavailable`, `MigrationFailed`.
    """
    with store_errors():
        async with source.alone() as reading, target.alone() as writing:
            original = reading.sync_connection
            assert original is not None
            return await writing.run_sync(_copy, original, progress)


def _copy(target: Connection, source: Connection, progress: Progress) -> list[CopiedTable]:
    revision = revisions.state(source).current
    originals = rows.our_tables(source)
    if revision is None or not originals:
        raise CareFailed("The database that is to be copied has no tables.")
    if not rows.is_empty(target, rows.our_tables(target)):
        raise CareFailed("The database that is to be filled is not empty; nothing was changed.")
    rows.drop_all(target)
    revisions.upgrade(target, revision)
    made = {table.name: table for table in rows.our_tables(target)}
    copied = [_copy_table(source, original, target, made[original.name], progress) for original in originals]
    revisions.upgrade(target)
    renew_epochs(target)
    return copied


def _copy_table(
    source: Connection, original: Table, target: Connection, made: Table, progress: Progress
) -> CopiedTable:
    total, digest = rows.count(source, original), rows.Digest()
    columns = [column.name for column in rows.columns_of(original)]
    progress(made.name, 0, total)
    originals = chain.from_iterable(rows.read(source, original))
    for done in rows.carry(target, made, columns, originals, digest):
        progress(made.name, done, total)
    if digest.rows != total:
        raise CareFailed(f"The copy of {made.name} differs from the original; nothing was changed.")
    return CopiedTable(str(made.name), digest.rows, digest.checksum)
