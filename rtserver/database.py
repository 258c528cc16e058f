"""The database: connections, transactions, migrations, and who may serve from it.

SQLite is embedded and serves one process; PostgreSQL, behind the same interface, serves many. Only
`database_sqlite` and `database_postgres` know which of the two it is, besides the few words of SQL in
which they differ.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol, TypeVar, TypeVarTuple

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from rtserver import revisions
from rtserver.database_errors import BUGS, store_errors
from rtserver.database_postgres import PostgresStore
from rtserver.database_sqlite import AlreadyServed, SqliteStore
from rtserver.revisions import MIGRATIONS, MigrationFailed, SchemaBehind, SchemaState
from rtserver.sql import insert_into

__all__ = [
    "BUGS",
    "CONNECTIONS",
    "MIGRATIONS",
    "PATIENCE",
    "AlreadyServed",
    "Database",
    "MigrationFailed",
    "SchemaBehind",
    "SchemaState",
    "insert_into",
    "store_errors",
]

PATIENCE = 5.0
"""Seconds for a statement, waiting for locks included: others hold one far shorter, and a person waits no longer for an
ack."""

CONNECTIONS = 10
"""Connections of one process to PostgreSQL. The log commits on one at a time, and a question takes a millisecond: ten
carry thousands a second, and eight processes stay below the hundred that PostgreSQL takes as it is shipped."""

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


class _Store(Protocol):
    """What is beneath a `Database`."""

    migrates_by_itself: bool

    @property
    def engines(self) -> tuple[Engine, ...]: ...
    def read(self) -> AbstractAsyncContextManager[AsyncConnection]: ...
    def write(self) -> AbstractAsyncContextManager[AsyncConnection]: ...
    def change_tables(self) -> AbstractAsyncContextManager[AsyncConnection]: ...
    def snapshot(self) -> AbstractAsyncContextManager[AsyncConnection]: ...
    def alone(self) -> AbstractAsyncContextManager[AsyncConnection]: ...
    async def transact(self, work: Callable[[Connection, *Arguments], Result], *arguments: *Arguments) -> Result: ...
    async def autocommit(
        self, work: Callable[[Connection, *Arguments], Result], *arguments: *Arguments
    ) -> Result | None: ...
    async def look(self, work: Callable[[Connection, *Arguments], Result], *arguments: *Arguments) -> Result: ...
    def lock_for_serving(self) -> None: ...
    async def close(self) -> None: ...


class Database:
    """An open database. Made by `Database.open`; `close` it in the end.

    Do not ask for a second connection while holding one: the pool is small. `read`, `write` and
    `transact` raise what the driver raises; put `store_errors` around them where a caller expects
    `LogUnavailable`.
    """

    def __init__(self, store: _Store) -> None:
        self._store = store

    @classmethod
    async def open(cls, url: str, *, patience: float = PATIENCE, connections: int = CONNECTIONS) -> "Database":
        """Connect to `url`, such as `sqlite+aiosqlite:///data/rtserver.db`.

        An SQLite file that is not there is created, with its folder, readable by its owner only.
        `patience`: seconds for a statement; SQLite waits no longer for its write lock. `connections`: of
        this process, to PostgreSQL.

        Raises `LogUnavailable` when the database cannot be opened, `ValueError` for an SQLite URL
        that names no file.
        """
        parsed = make_url(url)
        with store_errors():
            database = cls(
                SqliteStore(parsed, patience)
                if parsed.get_backend_name() == "sqlite"
                else PostgresStore(parsed, patience, connections)
            )
            try:
                async with database.read() as connection:
                    await connection.exec_driver_sql("SELECT 1")
            except BaseException:
                await database.close()
                raise
        return database

    async def close(self) -> None:
        """Close all connections and give up the lock for serving. May be called twice."""
        await self._store.close()

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The engines beneath, for event hooks (metrics, tests)."""
        return self._store.engines

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read with; on SQLite all its statements see the same state.

        What is written through it is undone (SQLite) or refused (PostgreSQL).
        """
        async with self._store.read() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a write transaction: committed at the end, undone on an exception."""
        async with self._store.write() as connection:
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read with for as long as it takes: all its statements see the same state."""
        async with self._store.snapshot() as connection:
            yield connection

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a write transaction of any length, while nobody serves the database or changes it.

        On PostgreSQL nobody may use it at all, this `Database` included. Raises `AlreadyServed`.
        """
        async with self._store.alone() as connection:
            yield connection

    async def transact(self, work: Callable[[Connection, *Arguments], Result], *arguments: *Arguments) -> Result:
        """Run the synchronous `work` in one write transaction; its result, once it is durable.

        For what is done often. On SQLite `work` runs in a thread of its own, so that a transaction
        costs one hop between threads instead of three or four a statement, each of which may have
        to wait for the event loop; on PostgreSQL it runs here and its statements are awaited.
        Either way it must touch nothing but its connection and its arguments.
        """
        return await self._store.transact(work, *arguments)

    async def autocommit(
        self, work: Callable[[Connection, *Arguments], Result], *arguments: *Arguments
    ) -> Result | None:
        """Run the synchronous `work`, each statement of which is a transaction of its own, durable when it returns.

        For what can be said in one statement, where that spares round trips: None on SQLite, which has none; there
        nothing is run.
        """
        return await self._store.autocommit(work, *arguments)

    async def look(self, work: Callable[[Connection, *Arguments], Result], *arguments: *Arguments) -> Result:
        """Run the synchronous `work`, which only reads, and return its result: `transact` for reading.

        All that was committed before the call is seen. On SQLite it waits for no writer.
        """
        return await self._store.look(work, *arguments)

    async def schema(self) -> SchemaState:
        """Which revision the tables have, and which this version of rtserver wants.

        Raises `MigrationFailed` when the database was made by a newer version of rtserver, `LogUnavailable`.
        """
        with store_errors():
            async with self.read() as connection:
                return await connection.run_sync(revisions.state)

    async def migrate(self, revision: revisions.Revision | None = None) -> SchemaState:
        """Bring the schema up to date (or to `revision`), all of it or, on an error, nothing; where it stood before.

        Of several at once, in other processes too, one does it and the others wait and find it done.
        Raises `MigrationFailed` when the database was made by a newer version of rtserver,
        `LogUnavailable` when it cannot be written.
        """
        with store_errors():
            async with self._store.change_tables() as connection:
                return await connection.run_sync(revisions.upgrade, revision)

    async def prepare(self) -> None:
        """See to it that the tables are those of this version: what every program does before it works with them.

        SQLite is brought up to date, like a file format. PostgreSQL is others' too: an operator says when
        (`rtserver migrate`). Raises `SchemaBehind` then, and as `migrate`.
        """
        if self._store.migrates_by_itself:
            await self.migrate()
        else:
            (await self.schema()).require_newest()

    def lock_for_serving(self) -> None:
        """Claim an SQLite database for this process until `close`; PostgreSQL serves many.

        Admin commands, which end soon, do without. Raises `AlreadyServed`.
        """
        self._store.lock_for_serving()
