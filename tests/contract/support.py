"""The backends that the contract suites run over, and short ways to say what is appended."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from sqlalchemy import event

from rooms.events import Body
from rooms.model import Identity, MemberId
from rooms.ports import Append, Appended, Log, UsedNonce
from rooms.stream import Event, Position, StreamName
from rtserver.database import Database

ROOM = "room:r1"
OTHER_ROOM = "room:r2"
NOON = 1_767_700_800_000


class Backend(Protocol):
    """A store with the newest schema, for one test."""

    async def open(self, busy_timeout_ms: int = 5000) -> Database:
        """A new handle on the store, as another process would have."""
        ...

    async def close(self) -> None:
        """Close what was opened."""
        ...


class SqliteBackend:
    """A file. Migrations take longer than most tests, so they run once and their file is copied."""

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

    async def open(self, busy_timeout_ms: int = 5000) -> Database:
        database = await Database.open(f"sqlite+aiosqlite:///{self.file}", busy_timeout_ms=busy_timeout_ms)
        self._opened.append(database)
        return database

    async def close(self) -> None:
        for database in self._opened:
            await database.close()


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
