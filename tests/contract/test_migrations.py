"""Every released schema, with rows in it, becomes the newest on both databases."""

import asyncio
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from rtserver import revisions
from rtserver.database import Database, MigrationFailed, SchemaBehind, SchemaState
from rtserver.tables import metadata
from tests.contract.support import Backend

AT = 1_767_700_800_000

RELEASED: dict[str, dict[str, list[dict[str, Any]]]] = {
    "0001": {
        "streams": [{"stream": "room:r1", "epoch": "e1", "head": 2, "pruned": 1}],
        "events": [
            {
                "stream": "room:r1",
                "seq": 2,
                "at": AT,
                "actor": "m1",
                "nonce": "nonce-01",
                "kind": "chat_posted",
                "version": 1,
                "body": b"\x81\xa4text\xa3Bok",
                "subject": 2,
            }
        ],
        "nonces": [{"stream": "room:r1", "actor": "m1", "nonce": "nonce-01", "seq": 2}],
        "snapshots": [{"stream": "room:r1", "epoch": "e1", "seq": 1, "version": 1, "state": b"\x00\xff"}],
        "chat_messages": [
            {
                "stream": "room:r1",
                "id": 2,
                "at": AT,
                "actor": "m1",
                "nonce": "nonce-01",
                "text": "Bók 👋",
                "edited_at": None,
                "deleted": False,
            }
        ],
        "identities": [{"member": "m1", "roster_name": "Zofia Żółć", "alias": "Z."}],
        "projects": [
            {
                "project": "p1",
                "organisation": "lyon",
                "title": "Rzeki",
                "created_at": AT,
                "revision": 3,
                "teacher_seen_at": AT,
            }
        ],
        "sessions": [
            {
                "id": "s1",
                "token_hash": "a" * 64,
                "project": "p1",
                "member": "m1",
                "created_at": AT,
                "expires_at": AT + 1,
                "ended_at": None,
            }
        ],
        "grants": [
            {
                "token_hash": "b" * 64,
                "kind": "ticket",
                "project": "p1",
                "member": "m1",
                "created_at": AT,
                "expires_at": AT + 1,
                "used_at": AT,
                "session": "s1",
            }
        ],
        "api_keys": [
            {
                "id": "k1",
                "token_hash": "c" * 64,
                "name": "Moodle",
                "organisation": "lyon",
                "project": None,
                "created_at": AT,
                "revoked_at": None,
            }
        ],
    },
    "0002": {
        "files": [
            {
                "project": "p1",
                "id": "d" * 64,
                "type": "image/png",
                "width": 3,
                "height": 2,
                "bytes": 4,
                "creator": "m1",
                "created_at": AT,
                "content": b"\x89PNG",
            }
        ],
    },
    "0003": {
        "chat_messages": [
            {
                "stream": "room:r1",
                "id": 2,
                "at": AT,
                "actor": "m1",
                "nonce": "nonce-01",
                "text": "Bók 👋 <@m2>",
                "edited_at": None,
                "deleted": False,
                "reply": 1,
                "mentions": '["m2"]',
                "language": "hr",
                "reactions": '[{"reaction":"👍","members":["m1","m2"]}]',
                "pinned": True,
            }
        ],
    },
    "0004": {
        "chat_messages": [
            {
                "stream": "room:r1",
                "id": 2,
                "at": AT,
                "actor": "m1",
                "nonce": "nonce-01",
                "text": "Bók",
                "edited_at": None,
                "deleted": False,
                "reply": 1,
                "mentions": '["m2"]',
                "language": "hr",
                "reactions": None,
                "pinned": False,
                "words": "abcdebok",
            }
        ],
        "read_marks": [{"stream": "room:r1", "member": "m1", "message": 2, "at": AT}],
    },
    "0005": {
        "polls": [{"project": "p1", "poll": "q1", "counts": None}, {"project": "p1", "poll": "q2", "counts": "[1,0]"}],
        "poll_votes": [{"project": "p1", "poll": "q1", "member": "m1", "choice": 1}],
    },
    "0006": {
        "chat_messages": [
            {
                "stream": "room:r1",
                "id": 2,
                "at": AT,
                "actor": "m1",
                "nonce": "nonce-01",
                "text": "",
                "edited_at": None,
                "deleted": False,
                "reply": None,
                "mentions": None,
                "language": None,
                "reactions": None,
                "pinned": False,
                "words": "",
                "files": '[{"file":"ab","name":"kot.png","type":"image/png","bytes":4,"width":3,"height":2}]',
            }
        ],
        "previews": [{"project": "p1", "file": "d" * 64, "type": "image/png", "content": b"\x89PNG"}],
        "file_uses": [
            {"project": "p1", "file": "d" * 64, "room": "r1", "message": 2, "member": "m1", "at": AT},
        ],
    },
}
"""What each released version has added, with rows as it wrote them. A new migration brings its own."""

SEARCH_INDEX = "chat_search"
"""The index for searching, and what SQLite keeps beneath it: of each database's own kind, so not in `tables.py`."""

NEWEST = revisions.newest()
ORDER = ("projects", "polls")
"""Tables that others refer to come first."""


def rows_of(revision: str) -> dict[str, list[dict[str, Any]]]:
    """All rows that a database of a released version may hold, by table."""
    found: dict[str, list[dict[str, Any]]] = {}
    for released, tables in RELEASED.items():
        if released <= revision:
            found.update(tables)
    return {name: found[name] for name in sorted(found, key=lambda name: name not in ORDER)}


def insert_all(connection: Connection, revision: str) -> None:
    # As text: the tables of today are not those of then.
    for table, rows in rows_of(revision).items():
        for row in rows:
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)


def read_back(connection: Connection, revision: str) -> dict[str, list[dict[str, Any]]]:
    """The same columns of the same tables as they are now."""
    return {
        table: [dict(row) for row in connection.execute(text(f"SELECT {', '.join(rows[0])} FROM {table}")).mappings()]
        for table, rows in rows_of(revision).items()
    }


def differences(connection: Connection) -> list[object]:
    opts = {"compare_server_default": True, "include_name": lambda name, *_: not str(name).startswith(SEARCH_INDEX)}
    context = MigrationContext.configure(connection, opts=opts)
    return list(compare_metadata(context, metadata))


@pytest.fixture
async def empty(backend: Backend) -> Database:
    return await backend.open_empty()


async def revision_of(database: Database) -> str | None:
    return (await database.schema()).current


def test_every_released_schema_is_here() -> None:
    """A migration without rows of its own here would not be tested with any."""
    assert max(RELEASED) == NEWEST
    assert all(revisions.is_known(revision) for revision in RELEASED)
    tables = {name for released in RELEASED.values() for name in released}
    assert set(metadata.tables) <= tables


@pytest.mark.parametrize("revision", RELEASED)
async def test_upgrading_keeps_every_row(empty: Database, revision: str) -> None:
    """What a version of then has written is there, unchanged, in the tables of now."""
    await empty.migrate(revision)
    assert await revision_of(empty) == revision
    async with empty.write() as connection:
        await connection.run_sync(insert_all, revision)

    before = await empty.migrate()

    assert before == SchemaState(revision, NEWEST)
    async with empty.read() as connection:
        assert await connection.run_sync(read_back, revision) == rows_of(revision)
        assert await connection.run_sync(differences) == []


async def test_migrated_schema_equals_the_tables(database: Database) -> None:
    """`tables.py` and the migrations say the same."""
    async with database.read() as connection:
        assert await connection.run_sync(differences) == []
    state = await database.schema()
    assert state.is_newest
    await database.prepare()


async def test_two_migrate_at_once(empty: Database, backend: Backend) -> None:
    """One does it, the other waits and finds it done."""
    stores = await asyncio.gather(empty.migrate(), empty.migrate())
    assert sorted(state.current or "none" for state in stores) == sorted(["none", NEWEST])
    assert await revision_of(empty) == NEWEST


async def test_a_failed_migration_leaves_nothing(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are made in one transaction: half a schema is never left behind."""

    def fail(*_arguments: object, **_options: object) -> None:
        raise LookupError

    with monkeypatch.context() as patched:
        patched.setattr("alembic.op.create_index", fail)
        with pytest.raises(LookupError):
            await empty.migrate()
    async with empty.read() as connection:
        assert await connection.run_sync(lambda sync: inspect(sync).get_table_names()) == []
    await empty.migrate()
    assert await revision_of(empty) == NEWEST


async def test_a_schema_that_is_behind(empty: Database) -> None:
    """SQLite follows when a program starts; PostgreSQL when the operator says so, and the sentence says how."""
    if empty.engines[0].dialect.name == "sqlite":
        await empty.prepare()
        assert (await empty.schema()).is_newest
        return
    with pytest.raises(SchemaBehind, match=f"no tables yet: run rtserver migrate, which brings it to {NEWEST}"):
        await empty.prepare()
    await empty.migrate("0001")
    with pytest.raises(SchemaBehind, match=r"the tables of an older version \(0001\): run rtserver migrate"):
        await empty.prepare()
    assert await revision_of(empty) == "0001"


async def test_a_schema_of_a_newer_version(empty: Database) -> None:
    """The operator is told that this program is too old for its data; nothing is changed."""
    await empty.migrate()
    async with empty.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for ask in (empty.migrate, empty.prepare, empty.schema):
        with pytest.raises(MigrationFailed, match=r"newer version of rtserver \(its schema is 9999"):
            await ask()
