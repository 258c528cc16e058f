"""The backends that the contract suites run over, and short ways to say what is appended."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from sqlalchemy import event

from loadtests.topology.postgres import Postgres
from rooms.events import Body
from rooms.model import Identity, MemberId
from rooms.ports import Append, Appended, Log, UsedNonce
from rooms.stream import Event, Position, StreamName
from rtserver.database import PATIENCE, Database
from rtserver.tables import metadata

ROOM = "room:r1"
OTHER_ROOM = "room:r2"
NOON = 1_767_700_800_000

CONNECTIONS_FEW = 4
"""Of one handle to PostgreSQL: each test has two or three of them."""


class Backend(Protocol):
    """A store with the newest schema, for one test."""

    locks_all: str
    """A statement that keeps others from appending until its transaction ends."""

    async def open(self, patience: float = PATIENCE) -> Database:
        """A new handle on the store, as another process would have."""
        ...

    async def open_empty(self) -> Database:
        """A store of its own without any tables."""
        ...

    async def close(self) -> None:
        """Close what was opened, and be gone."""
        ...


class SqliteBackend:
    """A file. Migrations take longer than most tests, so they run once and their file is copied."""

    locks_all = "UPDATE streams SET pruned = pruned"

    def __init__(self, folder: Path, template: Path) -> None:
        self.file = folder / "rtserver.db"
        shutil.copy(template, self.file)
        self._opened: list[Database] = []

    @staticmethod
    def make_template(folder: Path) -> Path:
        async def make() -> None:
            database = await Database.open(f"sqlite+aiosqlite:///{folder}/template.db")
            await database.migrate()
            await database.close()

        asyncio.run(make())
        return folder / "template.db"

    async def open(self, patience: float = PATIENCE) -> Database:
        database = await Database.open(f"sqlite+aiosqlite:///{self.file}", patience=patience)
        self._opened.append(database)
        return database

    async def open_empty(self) -> Database:
        database = await Database.open(f"sqlite+aiosqlite:///{self.file.with_name('empty.db')}")
        self._opened.append(database)
        return database

    async def close(self) -> None:
        for database in self._opened:
            await database.close()


class PostgresDatabases:
    """Databases with the newest tables on the server of the session. To empty one is far quicker than to make one."""

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self._free: list[str] = []
        self._delete = "; ".join(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables))

    async def take(self) -> str:
        """An empty one."""
        return self._free.pop() if self._free else await self.server.new_database()

    async def give_back(self, url: str) -> None:
        """One that nobody is connected to any more."""
        await self.server.execute(self._delete, url.rpartition("/")[2])
        self._free.append(url)


class PostgresBackend:
    """A database of its own."""

    locks_all = "LOCK TABLE streams IN EXCLUSIVE MODE"

    def __init__(self, databases: PostgresDatabases) -> None:
        self.server = databases.server
        self.url = ""
        self._databases = databases
        self._empty: list[str] = []
        self._opened: list[Database] = []

    async def open(self, patience: float = PATIENCE, connections: int = CONNECTIONS_FEW) -> Database:
        self.url = self.url or await self._databases.take()
        database = await Database.open(self.url, patience=patience, connections=connections)
        self._opened.append(database)
        return database

    async def open_empty(self) -> Database:
        self._empty.append(await self.server.empty_database())
        database = await Database.open(self._empty[-1], connections=CONNECTIONS_FEW)
        self._opened.append(database)
        return database

    async def close(self) -> None:
        for database in self._opened:
            await database.close()
        if self.url:
            await self._databases.give_back(self.url)
        for url in self._empty:
            await self.server.drop(url)


NewBackend = Callable[[], Backend]


def count_commits(database: Database) -> list[str]:
    """A list that grows by one with each commit from now on."""
    commits: list[str] = []
    for engine in database.engines:
        event.listen(engine, "commit", lambda _connection: commits.append("commit"))
    return commits


def append_of(
    stream: StreamName,
    expected: Position,
    *bodies: Body,
    actor: MemberId = "m1",
    nonce: str | None = None,
    identities: tuple[Identity, ...] = (),
) -> Append:
    """An append as the owner of a stream makes it for one command."""
    events = tuple(
        Event(stream, seq, NOON + seq, actor, nonce, body) for seq, body in enumerate(bodies, start=expected.seq + 1)
    )
    nonces = () if nonce is None else (UsedNonce(actor, nonce, expected.seq + len(bodies)),)
    return Append(stream, expected, events, nonces, identities)


class Writer:
    """Appends to one stream, one command after the other."""

    def __init__(self, log: Log, stream: StreamName, position: Position) -> None:
        self.log = log
        self.stream = stream
        self.position = position

    @classmethod
    async def of(cls, log: Log, stream: StreamName = ROOM) -> "Writer":
        return cls(log, stream, (await log.open(stream)).position)

    def wish(self, *bodies: Body, nonce: str | None = None, actor: MemberId = "m1") -> Append:
        return append_of(self.stream, self.position, *bodies, nonce=nonce, actor=actor)

    async def write(self, *bodies: Body, nonce: str | None = None, actor: MemberId = "m1") -> tuple[Event, ...]:
        append = self.wish(*bodies, nonce=nonce, actor=actor)
        assert await self.log.append(append) == Appended()
        self.position = Position(self.position.epoch, self.position.seq + len(bodies))
        return append.events
