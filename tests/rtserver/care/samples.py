"""Databases to care for, and what they hold."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import BigInteger, Boolean, Column, Connection, Integer, LargeBinary, String, Table, select

from rtserver.care import rows
from rtserver.care.archive import Archive
from rtserver.care.backup import back_up
from rtserver.care.copying import copy
from rtserver.care.ending_again import EndedAgain
from rtserver.care.endings import EndingsFile
from rtserver.care.restore import check, check_endings, restore
from rtserver.database import Database
from rtserver.tables import metadata

NOON = 1_767_700_800_000

Content = Mapping[str, Sequence[dict[str, Any]]]
"""Rows by table."""

REFERRED_TO = ("projects", "streams")
"""Tables that others refer to."""

# Whatever a person may type that both databases take, letters of four bytes too.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)


def quietly(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody looks at."""


def noon() -> int:
    """A clock that stands."""
    return NOON


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """A database that is closed again, whatever fails meanwhile: what is left open fails a later test."""
    database = await Database.open(url)
    try:
        yield database
    finally:
        await database.close()


async def copied(source: str, target: str) -> None:
    async with open_database(source) as original, open_database(target) as made:
        await copy(original, made, quietly)


def url_of(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


async def make(url: str, content: Content | None = None) -> None:
    """Bring a database up to date and fill it."""
    async with open_database(url) as database:
        await database.migrate()
        if content is not None:
            async with database.write() as connection:
                await connection.run_sync(insert, content)


def insert(connection: Connection, content: Content) -> None:
    for table in metadata.sorted_tables:
        if content.get(table.name):
            connection.execute(table.insert(), list(content[table.name]))


async def content_of(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """All rows, sorted, without their epochs."""
    async with open_database(url) as database, database.read() as connection:
        return {
            table.name: sorted(
                (tuple(row) for row in await connection.execute(select(*without_epoch(table)))), key=repr
            )
            for table in metadata.sorted_tables
        }


async def epochs_of(url: str, table: str) -> dict[str, str]:
    """The epoch of each stream, as a table says."""
    async with open_database(url) as database, database.read() as connection:
        return {row.stream: row.epoch for row in await connection.execute(select(metadata.tables[table]))}


def without_epoch(table: Table) -> list[Column[Any]]:
    return [column for column in rows.columns_of(table) if column.name != "epoch"]


async def backed_up(url: str, file: Path, at: int = NOON) -> Path:
    """A backup that was taken at `at`."""
    async with open_database(url) as database:
        await back_up(database, file, lambda: at, quietly)
    return file


async def restored(
    url: str, file: Path, endings: Sequence[Path] = (), *, now: int = NOON, replace: bool = False, **options: bool
) -> EndedAgain:
    """A backup restored as the command does; what was ended again."""
    async with open_database(url) as database:
        with Archive(file) as archive:
            lists = [EndingsFile(one) for one in endings]
            check_endings(archive, lists)
            check(archive, quietly)
            done = await restore(database, archive, lists, lambda: now, quietly, replace=replace, **options)
    return done.ended


class Files:
    """SQLite databases with the newest tables, in a folder; the first is migrated, the others are copied."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        self._made = 0
        asyncio.run(make(url_of(self._template)))

    def new(self) -> str:
        """Another one: its URL."""
        self._made += 1
        return url_of(Path(shutil.copy(self._template, self._folder / f"{self._made}.db")))

    def path(self, ending: str) -> Path:
        """A name that nobody has."""
        self._made += 1
        return self._folder / f"{self._made}.{ending}"


@st.composite
def contents(draw: st.DrawFn) -> Content:
    """Rows for every table: all that its columns take, with keys that are there."""
    made: dict[str, list[dict[str, Any]]] = {}
    for table in sorted(metadata.sorted_tables, key=lambda table: table.name not in REFERRED_TO):
        drawn = draw(
            st.lists(st.fixed_dictionaries({c.name: values_of(c) for c in rows.columns_of(table)}), max_size=8)
        )
        made[table.name] = _with_keys(table, drawn, made)
    return made


def values_of(column: Column[Any]) -> st.SearchStrategy[Any]:
    """What a column takes."""
    kind = column.type
    found: st.SearchStrategy[Any]
    if isinstance(kind, Boolean):
        found = st.booleans()
    elif isinstance(kind, Integer):
        limit = rows.LARGE_MAX if isinstance(kind, BigInteger) else rows.INTEGER_MAX
        found = st.integers(-limit, limit)
    elif isinstance(kind, LargeBinary):
        found = st.binary(max_size=300)
    else:
        assert isinstance(kind, String)
        found = TEXTS if kind.length is None else TEXTS.map(lambda text: text[: kind.length])
    return st.none() | found if column.nullable else found


def _with_keys(
    table: Table, drawn: list[dict[str, Any]], made: Mapping[str, list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """Those with keys of their own, which refer to what there is."""
    kept: list[dict[str, Any]] = []
    seen: set[object] = set()
    for number, row in enumerate(drawn):
        if table.foreign_keys:
            if not made["projects"]:
                return []
            row["project"] = made["projects"][number % len(made["projects"])]["project"]
        if table.name == "poll_votes":
            if number >= len(made["polls"]):
                return kept
            row |= {name: made["polls"][number][name] for name in ("project", "poll")}
        if table.name == "snapshots":
            if number >= len(made["streams"]):
                return kept
            row |= {name: made["streams"][number][name] for name in ("stream", "epoch")}
        keys = {tuple(row[key.name] for key in table.primary_key.columns)} | {row.get("token_hash", number)}
        if not keys & seen:
            seen |= keys
            kept.append(row)
    return kept
