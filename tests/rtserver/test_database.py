"""The database: its settings, transactions, migrations, and who may serve from it."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from rooms.ports import LogUnavailable
from rtserver.database import (
    AlreadyServed,
    Database,
    store_errors,
)
from rtserver.database_sqlite import POOL_CONNECTIONS
from rtserver.tables import identities


class PostgresError(Exception):
    """Carries its code as those of asyncpg do."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


SETTINGS = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL
    "foreign_keys": 1,
    "secure_delete": 1,
    "busy_timeout": 5000,
}


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(url_of(tmp_path))
    yield database
    await database.close()


@pytest.fixture
async def migrated(database: Database) -> Database:
    await database.migrate()
    return database


def url_of(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder}/rtserver.db"


def settings_of(connection: Connection) -> dict[str, object]:
    return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in SETTINGS}


def name_of(member: str) -> dict[str, str]:
    return {"member": member, "roster_name": "Ola", "alias": "O."}


def insert_name(connection: Connection, member: str) -> str:
    connection.execute(identities.insert(), name_of(member))
    return member


def insert_then_fail(connection: Connection, member: str) -> None:
    insert_name(connection, member)
    raise LookupError(member)


async def members(database: Database) -> set[str]:
    async with database.read() as connection:
        return set((await connection.execute(select(identities.c.member))).scalars())


# --- The file and its connections -------------------------------------------------------------------


async def test_every_connection_has_the_settings(database: Database) -> None:
    """Durability and privacy do not depend on which connection of the pool one gets."""
    async with AsyncExitStack() as readers:
        for _ in range(POOL_CONNECTIONS):
            connection = await readers.enter_async_context(database.read())
            assert await connection.run_sync(settings_of) == SETTINGS
    async with database.write() as connection:
        assert await connection.run_sync(settings_of) == SETTINGS
    assert await database.transact(settings_of) == SETTINGS
    assert await database.look(settings_of) == SETTINGS


async def test_files_are_private(tmp_path: Path) -> None:
    """Folder and files that we create are for their owner only, whatever the umask."""
    folder = tmp_path / "data"
    before = os.umask(0)
    try:
        database = await Database.open(url_of(folder))
        await database.migrate()
        database.lock_for_serving()
    finally:
        os.umask(before)

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    await database.close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert modes == dict.fromkeys(["rtserver.db", "rtserver.db-wal", "rtserver.db-shm", "rtserver.db.lock"], 0o600)


async def test_folder_that_exists_is_left_alone(tmp_path: Path) -> None:
    """Modes that an operator has chosen stay."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    (folder / "rtserver.db").touch(mode=0o640)

    database = await Database.open(url_of(folder))
    await database.close()

    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert stat.S_IMODE((folder / "rtserver.db").stat().st_mode) == 0o640


@pytest.mark.parametrize("name", ["", "/", "/:memory:", "/file:x?uri=true"])
async def test_url_without_a_file(name: str) -> None:
    """A database that would not survive is refused."""
    with pytest.raises(ValueError, match="must be a file"):
        await Database.open(f"sqlite+aiosqlite://{name}")


async def test_what_is_no_database(tmp_path: Path) -> None:
    """A file of another kind, or a path that cannot be one, is a store that is unavailable."""
    (tmp_path / "rtserver.db").write_text("Once upon a time, there was a text file.\n" * 100)
    with pytest.raises(LogUnavailable, match="not a database"):
        await Database.open(url_of(tmp_path))
    with pytest.raises(LogUnavailable):
        await Database.open(url_of(tmp_path / "rtserver.db"))


async def test_closing_twice(database: Database) -> None:
    """Closing what is closed does nothing."""
    await database.close()
    await database.close()


# --- Transactions -----------------------------------------------------------------------------------


async def test_write_is_all_or_nothing(migrated: Database) -> None:
    """A write is there when its block ends, and not at all when it raises."""
    async with migrated.write() as connection:
        await connection.execute(identities.insert(), name_of("m1"))
    with pytest.raises(LookupError):
        async with migrated.write() as connection:
            await connection.run_sync(insert_then_fail, "m2")

    assert await members(migrated) == {"m1"}


async def test_transact_is_all_or_nothing(migrated: Database) -> None:
    """`transact` gives the result of a committed transaction, or its error and no change."""
    assert await migrated.transact(insert_name, "m1") == "m1"
    with pytest.raises(LookupError):
        await migrated.transact(insert_then_fail, "m2")

    assert await members(migrated) == {"m1"}


async def test_reading_writes_nothing(migrated: Database) -> None:
    """What is written through a reading connection is undone."""
    async with migrated.read() as connection:
        await connection.execute(identities.insert(), name_of("m1"))

    assert await members(migrated) == set()


async def test_a_reader_sees_one_state(migrated: Database) -> None:
    """Between two statements of a reader nothing changes, whatever is committed meanwhile."""
    query = select(identities.c.member)
    async with migrated.read() as connection:
        assert (await connection.execute(query)).all() == []
        await migrated.transact(insert_name, "m1")
        assert (await connection.execute(query)).all() == []

    assert await members(migrated) == {"m1"}


async def test_writers_of_a_process_take_turns(migrated: Database) -> None:
    """However many write at once, none meets a locked database, even one that cannot wait."""
    async with migrated.read() as connection:
        file = connection.engine.url.database
    impatient = await Database.open(f"sqlite+aiosqlite:///{file}", patience=0)

    async def write(member: str) -> None:
        async with impatient.write() as connection:
            await connection.execute(identities.insert(), name_of(member))

    await asyncio.gather(
        *(write(f"w{n}") for n in range(10)),
        *(impatient.transact(insert_name, f"t{n}") for n in range(10)),
    )
    await impatient.close()

    assert len(await members(migrated)) == 20


async def test_foreign_keys_are_enforced(migrated: Database) -> None:
    """A session of a project that does not exist is refused."""
    statement = text("INSERT INTO sessions VALUES ('s', 'h', 'no project', 'm1', 0, 0, NULL)")
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        async with migrated.write() as connection:
            await connection.execute(statement)


async def test_errors_of_the_store_and_bugs(database: Database) -> None:
    """A store out of order becomes `LogUnavailable`; an error that we made stays what it is."""
    with pytest.raises(LogUnavailable, match="disk"), store_errors():
        raise OperationalError("INSERT", {}, Exception("disk I/O error"))
    with pytest.raises(LogUnavailable, match="refused"), store_errors():
        raise ConnectionRefusedError("refused")
    with pytest.raises(IntegrityError), store_errors():
        raise IntegrityError("INSERT", {}, Exception("UNIQUE"))
    with pytest.raises(DBAPIError), store_errors():
        raise DBAPIError("INSERT", {}, PostgresError("22021"))
    with pytest.raises(LogUnavailable), store_errors():
        raise DBAPIError("INSERT", {}, PostgresError("40P01"))
    with pytest.raises(LookupError), store_errors():
        raise LookupError


async def test_errors_do_not_tell_what_people_wrote(migrated: Database) -> None:
    """Messages of errors end in logs: the values of a statement are not in them."""
    await migrated.transact(insert_name, "m1")
    with pytest.raises(IntegrityError) as caught:
        await migrated.transact(insert_name, "m1")
    assert "Ola" not in str(caught.value)

    async with migrated.write() as connection:
        await connection.execute(text("DROP TABLE identities"))
    with pytest.raises(LogUnavailable) as unavailable, store_errors():
        await migrated.transact(insert_name, "m1")
    assert "Ola" not in str(unavailable.value)
    assert "Ola" not in str(unavailable.value.__cause__)


def members_of(connection: Connection) -> set[str]:
    return set(connection.execute(select(identities.c.member)).scalars())


def fail_halfway(connection: Connection) -> None:
    rows = connection.execute(select(identities.c.member))
    raise LookupError(rows.fetchone())


async def test_a_look_sees_what_was_committed_before(migrated: Database) -> None:
    """Each time anew, while a writer is at work too; what it writes itself is undone."""
    async with migrated.write() as connection:
        await connection.run_sync(insert_name, "anna")
        assert await migrated.look(members_of) == set()
    assert await migrated.look(members_of) == {"anna"}
    assert await migrated.look(insert_name, "zosia") == "zosia"
    assert await migrated.look(members_of) == {"anna"}


async def test_a_look_that_fails_does_not_blind_the_next(migrated: Database) -> None:
    """A result that was not read to its end, and that its exception keeps, would show the past for ever."""
    for member in ("anna", "ben"):
        await migrated.transact(insert_name, member)
    with pytest.raises(LookupError) as caught:
        await migrated.look(fail_halfway)
    await migrated.transact(insert_name, "zosia")
    assert await migrated.look(members_of) == {"anna", "ben", "zosia"}
    assert caught.value.args


# --- Migrations -------------------------------------------------------------------------------------


async def test_migrating_again_is_harmless(migrated: Database) -> None:
    """A second start finds everything as it was."""
    await migrated.transact(insert_name, "m1")

    await migrated.migrate()

    assert await members(migrated) == {"m1"}


# --- One serving process ----------------------------------------------------------------------------


async def test_one_process_serves(database: Database, tmp_path: Path) -> None:
    """A second server is refused in a sentence, until the first has closed; others may work."""
    database.lock_for_serving()
    database.lock_for_serving()
    second = await Database.open(url_of(tmp_path))
    await second.migrate()
    assert await members(second) == set()

    with pytest.raises(AlreadyServed, match=r"already serving .*rtserver\.db: stop that one"):
        second.lock_for_serving()
    await database.close()
    second.lock_for_serving()
    await second.close()
