"""Whatever a database holds comes back the same, by way of a file and of the other kind of database."""

import asyncio

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from loadtests.topology.postgres import Postgres
from rtserver.tables import metadata
from tests.rtserver.care.samples import (
    Content,
    Files,
    backed_up,
    content_of,
    contents,
    copied,
    epochs_of,
    make,
    restored,
    values_of,
)

EXAMPLES, EXAMPLES_POSTGRES = 6, 3
"""Each has rows in all tables, and takes half a second, or more than one."""

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Not the shrinking: it would take minutes, and what did not come back is seen as it is."""

ANOTHER = "an epoch of before"


@settings(max_examples=EXAMPLES, deadline=None, phases=PHASES)
@given(content=contents())
def test_sqlite_file_sqlite(files: Files, content: Content) -> None:
    """A backup holds everything but the epochs."""

    async def there_and_back() -> None:
        source, target, file = files.new(), files.new(), files.path("zip")
        await make(source, content)
        await backed_up(source, file)
        await restored(target, file)
        assert await content_of(target) == await content_of(source)

    asyncio.run(there_and_back())


@settings(max_examples=EXAMPLES_POSTGRES, deadline=None, phases=PHASES)
@given(content=contents())
def test_sqlite_postgresql_file_sqlite(files: Files, postgres: Postgres, content: Content) -> None:
    """So does a copy, and a backup does not show which database it is of."""

    async def there_and_back() -> None:
        source, target, file = files.new(), files.new(), files.path("zip")
        await make(source, content)
        between = await postgres.empty_database()
        try:
            await copied(source, between)
            assert await content_of(between) == await content_of(source)
            await backed_up(between, file)
            await restored(target, file)
            assert await content_of(target) == await content_of(source)
        finally:
            await postgres.drop(between)

    asyncio.run(there_and_back())


@settings(max_examples=EXAMPLES_POSTGRES, deadline=None, phases=PHASES)
@given(content=contents())
def test_file_postgresql_sqlite(files: Files, postgres: Postgres, content: Content) -> None:
    """PostgreSQL restores what SQLite had, and is copied to SQLite."""

    async def there_and_back() -> None:
        source, target, file = files.new(), files.new(), files.path("zip")
        await make(source, content)
        await backed_up(source, file)
        between = await postgres.new_database()
        try:
            await restored(between, file)
            await copied(between, target)
            assert await content_of(target) == await content_of(source)
        finally:
            await postgres.drop(between)

    asyncio.run(there_and_back())


@pytest.mark.parametrize("way", ["restore", "copy"])
async def test_every_stream_has_a_new_epoch(files: Files, way: str) -> None:
    """Its snapshot goes along; one that was of an older epoch already is dropped."""
    source, target, file = files.new(), files.new(), files.path("zip")
    streams = [{"stream": f"room:{n}", "epoch": f"e{n}", "head": 9, "pruned": 0} for n in range(3)]
    snapshots = [
        {"stream": "room:0", "epoch": "e0", "seq": 8, "version": 1, "state": b"0"},
        {"stream": "room:1", "epoch": ANOTHER, "seq": 8, "version": 1, "state": b"1"},
    ]
    await make(source, {"streams": streams, "snapshots": snapshots})
    if way == "copy":
        await copied(source, target)
    else:
        await restored(target, await backed_up(source, file))
    before, after = await epochs_of(source, "streams"), await epochs_of(target, "streams")
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())
    assert await epochs_of(target, "snapshots") == {"room:0": after["room:0"]}
    assert set((await epochs_of(source, "snapshots")).values()) == {"e0", ANOTHER}


def test_there_is_a_rule_for_every_column() -> None:
    """Of a type that nobody has thought of, both databases might make something else."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            assert isinstance(values_of(column), st.SearchStrategy)
