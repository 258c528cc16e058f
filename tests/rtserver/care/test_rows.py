"""Rows as plain values: what fits both databases, and comparing what two of them hold."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from loadtests.topology.postgres import Postgres
from rtserver.care import rows
from rtserver.care.archive import Archive
from rtserver.care.problem import CareFailed
from rtserver.care.rows import Digest
from rtserver.database import AlreadyServed, Database
from rtserver.tables import events, files, metadata
from tests.rtserver.care.samples import Files, backed_up, content_of, copied, make, restored

PROJECT = {"project": "p1", "organisation": "o", "title": "Rivers", "created_at": 1, "revision": 0}

PICTURE_BYTES = 5_000_000

ROWS = st.lists(st.tuples(st.text(max_size=5), st.integers(0, 3), st.none() | st.binary(max_size=3)), max_size=6)


async def execute(url: str, statement: str) -> None:
    """As a mistake, or somebody with a shell, might: SQLite takes anything anywhere."""
    database = await Database.open(url)
    async with database.write() as connection:
        await connection.execute(text(statement))
    await database.close()


def digest(found: list[tuple[Any, ...]]) -> Digest:
    made = Digest()
    for row in found:
        made.add(row)
    return made


@given(ROWS, st.randoms())
def test_order_does_not_matter(found: list[tuple[Any, ...]], random: Any) -> None:
    """Databases sort texts differently."""
    mixed = list(found)
    random.shuffle(mixed)
    assert digest(mixed) == digest(found)
    assert digest(mixed).checksum == digest(found).checksum


@given(ROWS, ROWS)
def test_whatever_differs_is_seen(one: list[tuple[Any, ...]], other: list[tuple[Any, ...]]) -> None:
    """Also a row that is there twice."""
    assert (digest(one) == digest(other)) == (sorted(one, key=repr) == sorted(other, key=repr))


@pytest.mark.parametrize(
    ("column", "value", "complaint"),
    [
        ("actor", "a\x00b", "U+0000"),
        ("actor", "x" * 65, "longer than 64"),
        ("actor", b"bytes", "no text"),
        ("actor", None, "missing"),
        ("seq", 2**63, "too large"),
        ("seq", True, "no number"),
        ("version", 2**31, "too large"),
        ("body", "text", "not bytes"),
    ],
)
def test_what_does_not_fit(column: str, value: object, complaint: str) -> None:
    """SQLite would take all of it."""
    found = rows.unfit(events.c[column], value)
    assert found is not None
    assert complaint in found


@pytest.mark.parametrize(
    ("column", "value"),
    [("actor", "🎈" * 64), ("nonce", None), ("seq", 2**63 - 1), ("version", -(2**31) + 1), ("body", b"\x00")],
)
def test_what_fits(column: str, value: object) -> None:
    """Letters are counted, not bytes."""
    assert rows.unfit(events.c[column], value) is None


def test_truth_is_no_number() -> None:
    """PostgreSQL has a type for it."""
    deleted = metadata.tables["chat_messages"].c.deleted
    assert rows.unfit(deleted, True) is None
    assert rows.unfit(deleted, 1) == "is neither true nor false"


def test_column_of_a_type_without_a_rule() -> None:
    """Is a mistake of ours that is noticed at once."""
    from sqlalchemy import Column, DateTime

    with pytest.raises(NotImplementedError):
        rows.unfit(Column("at", DateTime), "2026")


# --- Between databases ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            "UPDATE identities SET alias = 'a' || char(0) || 'b'",
            r"identities with member 'm7' .* alias holds .*U\+0000",
        ),
        ("UPDATE identities SET member = printf('%065d', 7)", r"identities with member '0+7' .* longer than 64"),
        ("UPDATE identities SET alias = x'00ff'", r"identities with member 'm7' .* alias is no text"),
    ],
)
async def test_copy_names_the_row_that_postgresql_would_refuse(
    files: Files, postgres: Postgres, change: str, sentence: str
) -> None:
    """By its key, and leaves both databases as they were."""
    source, target = files.new(), await postgres.empty_database()
    try:
        await make(source, {"identities": [{"member": "m7", "roster_name": "Ola", "alias": "O."}]})
        await execute(source, change)
        with pytest.raises(CareFailed, match=sentence):
            await copied(source, target)
        database = await Database.open(target)
        assert (await database.schema()).current is None
        await database.close()
    finally:
        await postgres.drop(target)


async def test_copy_fills_nothing_that_holds_something(files: Files) -> None:
    """Nor does it mix."""
    source, target = files.new(), files.new()
    await make(source, {"projects": [PROJECT]})
    await make(target, {"projects": [{**PROJECT, "project": "p2"}]})
    before = await content_of(target)
    with pytest.raises(CareFailed, match="not empty"):
        await copied(source, target)
    assert await content_of(target) == before


async def test_copy_of_nothing(files: Files) -> None:
    """A database without tables is a mistyped one."""
    source = f"sqlite+aiosqlite:///{files.path('db')}"
    with pytest.raises(CareFailed, match="no tables"):
        await copied(source, files.new())


@pytest.mark.parametrize("served", ["source", "target"])
async def test_copy_waits_for_servers_to_end(files: Files, served: str) -> None:
    """What would be written meanwhile would be lost."""
    source, target = files.new(), files.new()
    await make(source, {"projects": [PROJECT]})
    serving = await Database.open(source if served == "source" else target)
    serving.lock_for_serving()
    try:
        with pytest.raises(AlreadyServed):
            await copied(source, target)
    finally:
        await serving.close()
    await copied(source, target)
    assert await content_of(source) == await content_of(target)


async def test_large_pictures(files: Files, postgres: Postgres, archive: Path) -> None:
    """Of some megabytes, by way of PostgreSQL and a file."""
    described = {"project": "p1", "type": "image/png", "width": 1, "height": 1, "creator": "m1", "created_at": 1}
    pictures = [
        {**described, "id": f"{number:064}", "bytes": PICTURE_BYTES, "content": bytes([number]) * PICTURE_BYTES}
        for number in range(3)
    ]
    source, between, target = files.new(), await postgres.empty_database(), files.new()
    try:
        await make(source, {"projects": [PROJECT], "files": pictures})
        await copied(source, between)
        await backed_up(between, archive)
        with Archive(archive) as found:
            assert found.manifest.rows("files") == len(pictures)
        await restored(target, archive)
        assert await content_of(target) == await content_of(source)
    finally:
        await postgres.drop(between)


def test_wide_tables_are_ours() -> None:
    """A table that was renamed would be read with too much of it at once."""
    assert set(rows.WIDE_READ_AT_ONCE) <= set(metadata.tables)
    assert rows.WIDE_READ_AT_ONCE[files.name] == 1
