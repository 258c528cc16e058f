"""PostgreSQL (asyncpg) beneath `rtserver.database`: two pools, one that writes and one that cannot."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar, TypeVarTuple

import asyncpg
from sqlalchemy import URL, Connection, Engine, NullPool, event, exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import greenlet_spawn

from rtserver.database_errors import tell_of_postgres
from rtserver.database_sqlite import AlreadyServed

APPLICATION_NAME = "rtserver"
"""What the database's own views and logs call our connections."""

WRITERS_MIN = 2
"""Connections that write: the log's commits come one after the other on one; sign-ins and pictures go beside them."""

WRITERS_SHARE = 0.4
"""Of all connections. Most of the others ask for sessions, histories and heads."""

LOCK_SHARE = 0.5
"""Of the time of a statement, what it may wait for another's lock: normally a transaction takes some milliseconds. As
long may a transaction of ours do nothing: a process that hangs in the middle of one gives its locks back by then."""

ANSWER_MARGIN = 1.0
"""Seconds after the server's own limit at which we take it that the server hangs, or is cut off."""

KEEPALIVE_IDLE, KEEPALIVE_INTERVAL, KEEPALIVE_COUNT = 30, 10, 3
"""Seconds of silence until the first question whether the other side is there, seconds to the next, and how many."""

SILENCE_MAX = KEEPALIVE_IDLE + KEEPALIVE_INTERVAL * KEEPALIVE_COUNT
"""Seconds after which either side gives up the other that is gone without a word, as across a network that is cut: the
server our connection and its locks; we what may take any time, as for a backup, and what lies idle in the pool."""

OUR_PATIENCE = {
    "SO_KEEPALIVE": (socket.SOL_SOCKET, 1),
    "TCP_KEEPIDLE": (socket.IPPROTO_TCP, KEEPALIVE_IDLE),
    "TCP_KEEPINTVL": (socket.IPPROTO_TCP, KEEPALIVE_INTERVAL),
    "TCP_KEEPCNT": (socket.IPPROTO_TCP, KEEPALIVE_COUNT),
    "TCP_USER_TIMEOUT": (socket.IPPROTO_TCP, SILENCE_MAX * 1000),
}
"""Options of our sockets, those that the system knows (tcp(7)): level and value. The last, milliseconds, is for what is
sent and nobody acknowledges: while there is any, keepalive asks nothing, and the system would try for 15 minutes."""

THEIR_PATIENCE = {
    "tcp_keepalives_idle": str(KEEPALIVE_IDLE),
    "tcp_keepalives_interval": str(KEEPALIVE_INTERVAL),
    "tcp_keepalives_count": str(KEEPALIVE_COUNT),
    "tcp_user_timeout": str(SILENCE_MAX * 1000),
}
"""The same of the server's sockets, as its settings."""

RECYCLE_AFTER = 1800
"""Seconds that a connection lives: the memory that a backend has gathered is given back, and after a failover or a
change of addresses the load spreads anew."""

MS_PER_SECOND = 1000

USE_LOCK = 7_421_300_002
"""The advisory lock that each connection of ours shares, and that who replaces all data has alone: an arbitrary number
that is nobody else's."""

USE_TRIES = 20
USE_RETRY_INTERVAL = 0.1
"""Times, and seconds from one to the next: the server takes a moment to notice that who used it has ended."""

Use = Callable[[Any, object], None]

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


def _use_with_others(connection: Any, _record: object) -> None:
    """On each new connection: refused while the data are being replaced. Raises `ConnectionRefusedError`."""
    if not _try(connection, "pg_try_advisory_lock_shared"):
        raise ConnectionRefusedError("its data are just being restored or copied")


def _use_alone(connection: Any, _record: object) -> None:
    """On the one connection that replaces the data. Raises `AlreadyServed`."""
    # Not by waiting in the server: that would keep others from connecting.
    if not _try(connection, "pg_try_advisory_lock", USE_TRIES):
        raise AlreadyServed("Other processes of rtserver use this database: stop all of them first.")


def _try(connection: Any, function: str, tries: int = 1) -> bool:
    """The lock is given back when the connection ends. One that is refused it is closed."""

    async def lock(driver: Any) -> bool:
        for _ in range(tries - 1):
            if await driver.fetchval(f"SELECT {function}({USE_LOCK})"):
                return True
            await asyncio.sleep(USE_RETRY_INTERVAL)
        return bool(await driver.fetchval(f"SELECT {function}({USE_LOCK})"))

    has_lock: bool = connection.run_async(lock)
    if not has_lock:
        connection.driver_connection.terminate()
    return has_lock


class _Watchful(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection that notices by itself that the server is gone without a word."""

    def __init__(self, protocol: Any, transport: asyncio.Transport, *more: Any) -> None:
        super().__init__(protocol, transport, *more)
        ours = transport.get_extra_info("socket")
        if ours.family in (socket.AF_INET, socket.AF_INET6):
            for name, (level, value) in OUR_PATIENCE.items():
                if hasattr(socket, name):
                    ours.setsockopt(level, getattr(socket, name), value)


class PostgresStore:
    """The connections to a PostgreSQL database; `Database` says what its methods promise."""

    migrates_by_itself = False

    def __init__(self, url: URL, timeout: float, connections: int) -> None:
        """`timeout`: seconds for a statement, and for getting a connection. Connects to nothing yet."""
        self._url = url
        self._timeout = timeout
        writers = max(WRITERS_MIN, round(connections * WRITERS_SHARE))
        # READ COMMITTED whatever the server's default: what is read after waiting for a lock must be the newest.
        self._writing = self._engine(writers, "READ COMMITTED", default_transaction_isolation="read committed")
        self._committing = self._writing.sync_engine.execution_options(isolation_level="AUTOCOMMIT")
        # Without transactions a question is one round trip instead of three.
        self._reading = self._engine(max(1, connections - writers), "AUTOCOMMIT", default_transaction_read_only="on")

    @property
    def engines(self) -> tuple[Engine, ...]:
        return (self._writing.sync_engine, self._reading.sync_engine)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        async with self._reading.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        async with self._writing.begin() as connection:
            yield connection

    @asynccontextmanager
    async def change_tables(self) -> AsyncIterator[AsyncConnection]:
        async with self._patient("READ COMMITTED").begin() as connection:
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        async with self._patient("REPEATABLE READ", default_transaction_read_only="on").connect() as connection:
            yield connection

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[AsyncConnection]:
        await self.close()  # our own connections count, too
        async with self._patient("REPEATABLE READ", use=_use_alone).begin() as connection:
            yield connection

    async def transact(self, work: Callable[[Connection, *Arguments], Result], *arguments: *Arguments) -> Result:
        def transaction() -> Result:
            with self._writing.sync_engine.begin() as connection:
                return work(connection, *arguments)

        # All of it in one greenlet: AsyncConnection would take one for each step, and a task to close.
        return await greenlet_spawn(transaction)

    async def autocommit(
        self, work: Callable[[Connection, *Arguments], Result], *arguments: *Arguments
    ) -> Result | None:
        def statements() -> Result:
            with self._committing.begin() as connection:
                return work(connection, *arguments)

        return await greenlet_spawn(statements)

    async def look(self, work: Callable[[Connection, *Arguments], Result], *arguments: *Arguments) -> Result:
        def look() -> Result:
            with self._reading.sync_engine.connect() as connection:
                return work(connection, *arguments)

        return await greenlet_spawn(look)

    def lock_for_serving(self) -> None:
        """Many may."""

    async def close(self) -> None:
        await self._writing.dispose()
        await self._reading.dispose()

    def _engine(self, size: int, isolation: str, **settings: str) -> AsyncEngine:
        engine = create_async_engine(
            self._url,
            pool_size=size,
            max_overflow=0,
            pool_timeout=self._timeout,
            pool_recycle=RECYCLE_AFTER,
            pool_use_lifo=True,  # who has just been at work has its statements planned, and all of it in the caches
            isolation_level=isolation,
            hide_parameters=True,
            connect_args=self._connect_arguments(is_patient=False, **settings),
        )
        event.listen(engine.sync_engine, "connect", _use_with_others)
        event.listen(engine.sync_engine, "checkout", _refuse_closed)
        tell_of_postgres(engine.sync_engine)
        return engine

    def _patient(self, isolation: str, use: Use = _use_with_others, **settings: str) -> AsyncEngine:
        """For what takes as long as it takes: one connection, which is closed after its use."""
        engine = create_async_engine(
            self._url,
            poolclass=NullPool,
            isolation_level=isolation,
            hide_parameters=True,
            connect_args=self._connect_arguments(is_patient=True, **settings),
        )
        event.listen(engine.sync_engine, "connect", use)
        tell_of_postgres(engine.sync_engine)
        return engine

    def _connect_arguments(self, *, is_patient: bool, **settings: str) -> dict[str, Any]:
        """`is_patient`: nothing but a lock is waited for with a limit."""
        limit, lock = _ms(self._timeout), _ms(self._timeout * LOCK_SHARE)
        # Where the address names several servers: one that can be written to, also by those that shall not. (The driver
        # would take "read-write" for what the connection may do, and refuse every server.)
        wanted = self._url.query.get("target_session_attrs")
        return {
            **({"target_session_attrs": "primary"} if wanted == "read-write" else {}),
            "connection_class": _Watchful,
            "timeout": self._timeout,
            "command_timeout": None if is_patient else self._timeout + ANSWER_MARGIN,
            "server_settings": {
                "application_name": APPLICATION_NAME,
                "synchronous_commit": "on",  # what was acknowledged is on the disk, whatever the server's default
                "statement_timeout": "0" if is_patient else limit,
                "lock_timeout": lock,
                "idle_in_transaction_session_timeout": "0" if is_patient else lock,
                "jit": "off",  # compiling takes longer than any statement of ours
                **THEIR_PATIENCE,
                **settings,
            },
        }


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    """When a connection is taken from the pool: the server may have ended it meanwhile, which the loop has seen.

    A question to the server ("pre-ping") would find little more, and cost each transaction a round trip.
    """
    if connection.driver_connection.is_closed():
        raise exc.InvalidatePoolError("the server has closed the connection")


def _ms(seconds: float) -> str:
    """As PostgreSQL takes it; 0 would mean no limit."""
    return str(max(1, round(seconds * MS_PER_SECOND)))
