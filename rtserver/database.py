"""The database: connections, transactions, migrations, and who may serve from it.

SQLite is embedded and serves one process; PostgreSQL, behind the same interface, serves many. Only
this module knows which of the two it is, besides the few words of SQL in which they differ.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, exc, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from rooms.ports import LogUnavailable

BUSY_TIMEOUT_MS = 5000
"""Milliseconds that SQLite waits for the write lock: an admin command holds it far shorter, and a
person waits no longer for an ack."""

POOL_CONNECTIONS = 5
"""SQLite connections, one thread each, for what takes several steps. What is asked often has a thread of its own."""

FOLDER_MODE = 0o700
FILE_MODE = 0o600
"""The database is about children: nobody but its owner reads what we create."""

MIGRATIONS = "rtserver:migrations"
"""Where Alembic finds the migrations, inside the package."""

BUGS = (exc.IntegrityError, exc.DataError, exc.ProgrammingError, exc.NotSupportedError)
"""Errors of the driver that say that we asked for nonsense, not that the store is out of order."""

BUG_STATES = ("22", "23", "42")
"""The same as PostgreSQL says it (SQLSTATE classes: data, integrity, syntax or access rule)."""

_BEGIN = "rtserver_begin"
"""The execution option that says how a transaction of SQLite begins."""

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


class AlreadyServed(Exception):
    """Another process serves this SQLite database. The message is a sentence for the operator."""


class MigrationFailed(Exception):
    """The schema cannot be brought up to date. The message is a sentence for the operator."""


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn what the driver raises when the store fails into `LogUnavailable`; let bugs pass."""
    try:
        yield
    except BUGS:
        raise
    except (exc.DBAPIError, exc.TimeoutError, OSError) as error:
        # TimeoutError: no free connection in the pool. OSError: PostgreSQL cannot be reached.
        if str(getattr(getattr(error, "orig", None), "sqlstate", "")).startswith(BUG_STATES):
            raise
        # The driver's own words, without the statement that SQLAlchemy adds.
        raise LogUnavailable(str(getattr(error, "orig", error))) from error


def insert_into(connection: Connection | AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say ON CONFLICT: the same SQL in both databases, two classes here."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


class Database:
    """An open database. Made by `Database.open`; `close` it in the end.

    Do not ask for a second connection while holding one: the pool is small. `read`, `write` and
    `transact` raise what the driver raises; put `store_errors` around them where a caller expects
    `LogUnavailable`.
    """

    def __init__(self, url: URL, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        self._url = url
        self._serving_lock: int | None = None
        # Everywhere `hide_parameters`: errors are logged, and parameters are what people wrote.
        if url.get_backend_name() == "sqlite":
            self._engine = create_async_engine(url, pool_size=POOL_CONNECTIONS, max_overflow=0, hide_parameters=True)
            self._batches: _SqliteThread | None = _SqliteThread(url, busy_timeout_ms, "database-writer")
            self._looks: _SqliteThread | None = _SqliteThread(url, busy_timeout_ms, "database-reader")
            # One writer at a time within the process: waiting here is fair and costs no thread,
            # waiting in SQLite is neither.
            self._turn: AbstractAsyncContextManager[Any] = asyncio.Lock()
            _set_up_sqlite(self._engine.sync_engine, busy_timeout_ms)
        else:
            self._engine = create_async_engine(url, hide_parameters=True)
            self._batches = self._looks = None
            self._turn = nullcontext()
        self._writing: AsyncEngine = self._engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})

    @classmethod
    async def open(cls, url: str, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> "Database":
        """Connect to `url`, such as `sqlite+aiosqlite:///data/rtserver.db`.

        An SQLite file that is not there is created, with its folder, readable by its owner only.
        Raises `LogUnavailable` when the database cannot be opened, `ValueError` for an SQLite URL
        that names no file.
        """
        parsed = make_url(url)
        with store_errors():
            if parsed.get_backend_name() == "sqlite":
                _create_private(_sqlite_file(parsed))
            database = cls(parsed, busy_timeout_ms)
            try:
                async with database.read() as connection:
                    await connection.exec_driver_sql("SELECT 1")
            except BaseException:
                await database.close()
                raise
        return database

    async def close(self) -> None:
        """Close all connections and give up the lock for serving. May be called twice."""
        await self._engine.dispose()
        for thread in (self._batches, self._looks):
            if thread is not None:
                await thread.close()
        if self._serving_lock is not None:
            os.close(self._serving_lock)
            self._serving_lock = None

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The engines beneath, for event hooks (metrics, tests)."""
        threads = (self._batches, self._looks)
        return (self._engine.sync_engine, *(thread.engine for thread in threads if thread is not None))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read with; on SQLite all its statements see the same state.

        What is written through it is undone.
        """
        async with self._engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a write transaction: committed at the end, undone on an exception."""
        async with self._turn, self._writing.begin() as connection:
            yield connection

    async def transact(self, work: Callable[[Connection, *Arguments], Result], *arguments: *Arguments) -> Result:
        """Run the synchronous `work` in one write transaction; its result, once it is durable.

        For what is done often. On SQLite `work` runs in a thread of its own, so that a transaction
        costs one hop between threads instead of three or four a statement, each of which may have
        to wait for the event loop; on PostgreSQL it runs here and its statements are awaited.
        Either way it must touch nothing but its connection and its arguments.
        """
        async with self._turn:
            if self._batches is not None:
                return await self._batches.write(work, *arguments)
            async with self._writing.begin() as connection:
                return await connection.run_sync(work, *arguments)

    async def look(self, work: Callable[[Connection, *Arguments], Result], *arguments: *Arguments) -> Result:
        """Run the synchronous `work`, which only reads, and return its result: `transact` for reading.

        All that was committed before the call is seen. On SQLite it waits for no writer.
        """
        if self._looks is not None:
            return await self._looks.read(work, *arguments)
        async with self._engine.connect() as connection:
            return await connection.run_sync(work, *arguments)

    async def migrate(self) -> None:
        """Bring the schema up to date; all of it or, on an error, nothing.

        Raises `MigrationFailed` when the database was made by a newer version of rtserver,
        `LogUnavailable` when it cannot be written.
        """
        try:
            with store_errors():
                async with self.write() as connection:
                    await connection.run_sync(_upgrade)
        except CommandError as error:
            raise MigrationFailed(
                f"The database {self._url.database} cannot be used by this version of rtserver; "
                f"it was probably written by a newer one ({error})."
            ) from error

    def lock_for_serving(self) -> None:
        """Claim an SQLite database for this process until `close`; PostgreSQL serves many.

        Admin commands, which end soon, do without. Raises `AlreadyServed`.
        """
        if self._batches is None or self._serving_lock is not None:
            return
        file = _sqlite_file(self._url)
        lock = os.open(f"{file}.lock", os.O_RDWR | os.O_CREAT, FILE_MODE)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise AlreadyServed(
                f"Another rtserver is already serving {file}: stop that one first, "
                "or use PostgreSQL, which can be shared."
            ) from None
        self._serving_lock = lock


class _SqliteThread:
    """A thread with an SQLite connection of its own, for `Database.transact` or `Database.look`."""

    def __init__(self, url: URL, busy_timeout_ms: int, name: str) -> None:
        self.engine = create_engine(url.set(drivername="sqlite+pysqlite"), pool_size=1, hide_parameters=True)
        _set_up_sqlite(self.engine, busy_timeout_ms)
        self._writing = self.engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def write(self, work: Callable[[Connection, *Arguments], Result], *arguments: *Arguments) -> Result:
        def transaction() -> Result:
            with self._writing.begin() as connection:
                return work(connection, *arguments)

        return await asyncio.get_running_loop().run_in_executor(self._thread, transaction)

    async def read(self, work: Callable[[Connection, *Arguments], Result], *arguments: *Arguments) -> Result:
        def look() -> Result:
            with self.engine.connect() as connection:
                try:
                    return work(connection, *arguments)
                except BaseException:
                    # A result that was not read to its end would hold the connection to what it saw,
                    # and the next look would miss what was committed since: a session that was ended.
                    connection.invalidate()
                    raise

        return await asyncio.get_running_loop().run_in_executor(self._thread, look)

    async def close(self) -> None:
        # In another thread: a transaction that still runs may take the busy timeout, and the last
        # connection writes the WAL back.
        await asyncio.to_thread(self._thread.shutdown)
        await asyncio.to_thread(self.engine.dispose)


def _set_up_sqlite(engine: Engine, busy_timeout_ms: int) -> None:
    """Have every connection start with our settings, and every transaction where we say.

    Python's sqlite3 begins transactions by itself, late and only before some statements.
    SQLAlchemy's documented remedy is to switch that off and to emit BEGIN in an event. (The newer
    `autocommit=False` needs Python 3.12 and cannot say BEGIN IMMEDIATE.)
    """
    settings = (
        f"busy_timeout={busy_timeout_ms}",  # first: the next one may have to wait
        "journal_mode=WAL",  # readers and the writer do not block each other
        "synchronous=FULL",  # a commit is on the disk when it returns
        "foreign_keys=ON",
        "secure_delete=ON",  # what a child withdrew is overwritten, not only unlinked
    )

    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for setting in settings:
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        # IMMEDIATE takes the write lock at once. A transaction that reads first and writes later
        # would fail without waiting when another writer came in between.
        connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


def _sqlite_file(url: URL) -> Path:
    name = url.database
    if not name or name == ":memory:" or name.startswith("file:"):
        raise ValueError("An SQLite database must be a file, such as sqlite+aiosqlite:///data/rtserver.db")
    return Path(name)


def _create_private(file: Path) -> None:
    """Create the file and its folder if missing. SQLite gives -wal and -shm the file's mode."""
    file.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE))
    except FileExistsError:
        pass


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
