"""SQLite beneath `rtserver.database`: one file, private to its owner, and threads of our own for what is done often."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

POOL_CONNECTIONS = 5
"""SQLite connections, one thread each, for what takes several steps. What is asked often has a thread of its own."""

FOLDER_MODE = 0o700
FILE_MODE = 0o600
"""The database is about children: nobody but its owner reads what we create."""

_BEGIN = "rtserver_begin"
"""The execution option that says how a transaction of SQLite begins."""

MS_PER_SECOND = 1000

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


class AlreadyServed(Exception):
    """Another process serves this SQLite database. The message is a sentence for the operator."""


class SqliteStore:
    """The connections to an SQLite file; `Database` says what its methods promise."""

    migrates_by_itself = True

    def __init__(self, url: URL, timeout: float) -> None:
        """`timeout`: seconds to wait for the write lock. Makes the file. Raises `ValueError`, `OSError`."""
        self._file = sqlite_file(url)
        _create_private(self._file)
        self._serving_lock: int | None = None
        # Everywhere `hide_parameters`: errors are logged, and parameters are what people wrote.
        self._engine = create_async_engine(url, pool_size=POOL_CONNECTIONS, max_overflow=0, hide_parameters=True)
        self._writing = self._engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        self._batches = _SqliteThread(url, timeout, "database-writer")
        self._looks = _SqliteThread(url, timeout, "database-reader")
        # One writer at a time within the process: waiting here is fair and costs no thread,
        # waiting in SQLite is neither.
        self._turn = asyncio.Lock()
        _set_up(self._engine.sync_engine, timeout)

    @property
    def engines(self) -> tuple[Engine, ...]:
        return (self._engine.sync_engine, self._batches.engine, self._looks.engine)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        async with self._turn, self._writing.begin() as connection:
            yield connection

    # A migration of an embedded database takes as long as it takes, too.
    change_tables = write
    snapshot = read

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[AsyncConnection]:
        self.lock_for_serving()
        async with self.write() as connection:
            yield connection

    async def transact(self, work: Callable[[Connection, *Arguments], Result], *arguments: *Arguments) -> Result:
        async with self._turn:
            return await self._batches.write(work, *arguments)

    async def autocommit(
        self, work: Callable[[Connection, *Arguments], Result], *arguments: *Arguments
    ) -> Result | None:
        return None

    async def look(self, work: Callable[[Connection, *Arguments], Result], *arguments: *Arguments) -> Result:
        return await self._looks.read(work, *arguments)

    def lock_for_serving(self) -> None:
        if self._serving_lock is not None:
            return
        lock = os.open(f"{self._file}.lock", os.O_RDWR | os.O_CREAT, FILE_MODE)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise AlreadyServed(
                f"Another rtserver is already serving {self._file}: stop that one first, "
                "or use PostgreSQL, which can be shared."
            ) from None
        self._serving_lock = lock

    async def close(self) -> None:
        await self._engine.dispose()
        for thread in (self._batches, self._looks):
            await thread.close()
        if self._serving_lock is not None:
            os.close(self._serving_lock)
            self._serving_lock = None


class _SqliteThread:
    """A thread with an SQLite connection of its own, for `Database.transact` or `Database.look`."""

    def __init__(self, url: URL, timeout: float, name: str) -> None:
        self.engine = create_engine(url.set(drivername="sqlite+pysqlite"), pool_size=1, hide_parameters=True)
        _set_up(self.engine, timeout)
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


def _set_up(engine: Engine, timeout: float) -> None:
    """Have every connection start with our settings, and every transaction where we say.

    Python's sqlite3 begins transactions by itself, late and only before some statements.
    SQLAlchemy's documented remedy is to switch that off and to emit BEGIN in an event. (The newer
    `autocommit=False` needs Python 3.12 and cannot say BEGIN IMMEDIATE.)
    """
    settings = (
        f"busy_timeout={round(timeout * MS_PER_SECOND)}",  # first: the next one may have to wait
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


def sqlite_file(url: URL) -> Path:
    """The file that an SQLite URL names. Raises `ValueError` when it names none."""
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
