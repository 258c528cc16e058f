"""Whose session a token is: asked of the database for each socket, for all that arrive together in one query.

Nothing is remembered from one query to the next: a session that was ended is not found by whoever asks after its end.
"""

import asyncio
import hashlib
from collections.abc import Callable, Collection, Iterable
from itertools import islice

from msgspec import Struct
from sqlalchemy import Connection, bindparam, select

from rooms.model import MemberId, ProjectId
from rooms.ports import LogUnavailable
from rtserver.database import Database, store_errors
from rtserver.sql import one_of
from rtserver.tables import sessions

TOKEN_CHARACTERS_MAX = 128
"""What is longer is none of ours and is not even hashed."""

LOOKUP_MAX = 500
"""Tokens looked up in one query: databases limit the number of parameters."""

_find_sessions = select(
    sessions.c.token_hash, sessions.c.id, sessions.c.project, sessions.c.member, sessions.c.expires_at
).where(
    one_of(sessions.c.token_hash, "hashes"),
    sessions.c.ended_at.is_(None),
    sessions.c.expires_at > bindparam("now"),
)

TokenHash = str


class Session(Struct, frozen=True):
    """A signed-in device. `expires_at`: milliseconds since 1970 UTC."""

    id: str
    project: ProjectId
    member: MemberId
    expires_at: int


class SessionLookup:
    """Finds sessions by their tokens. What is asked while one query runs goes together into the next.

    Methods raise `LogUnavailable` when the database does not answer. `clock` gives milliseconds since 1970 UTC.
    """

    def __init__(self, database: Database, clock: Callable[[], int]) -> None:
        self._database = database
        self._clock = clock
        self._waiting: dict[TokenHash, list[asyncio.Future[Session | None]]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def find(self, token: str) -> Session | None:
        """The session of a token, or None when there is none, or it has ended or expired."""
        future: asyncio.Future[Session | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(hash_of(token), []).append(future)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(), name="session-lookup")
        return await future

    async def find_all(self, tokens: Collection[str]) -> list[Session]:
        """The sessions of those tokens that have one, in one look."""
        hashes = list({hash_of(token) for token in tokens})
        found: dict[TokenHash, Session] = {}
        for start in range(0, len(hashes), LOOKUP_MAX):
            found |= await self._query(hashes[start : start + LOOKUP_MAX])
        return list(found.values())

    async def _look(self) -> None:
        try:
            while self._waiting:
                hashes = list(islice(self._waiting, LOOKUP_MAX))
                asked = {hashed: self._waiting.pop(hashed) for hashed in hashes}
                await self._answer(asked)
        finally:
            self._looking = None
            _fail(self._waiting.values(), LogUnavailable("the lookup of sessions was stopped"))
            self._waiting.clear()

    async def _answer(self, asked: dict[TokenHash, list[asyncio.Future[Session | None]]]) -> None:
        try:
            found = await self._query(list(asked))
        except Exception as error:  # noqa: BLE001 - told to everybody who asked
            _fail(asked.values(), error)
        else:
            for hashed, futures in asked.items():
                for future in futures:
                    if not future.done():
                        future.set_result(found.get(hashed))
        finally:
            # There is somebody left to answer only when this task has been cancelled.
            _fail(asked.values(), LogUnavailable("the lookup of sessions was stopped"))

    async def _query(self, hashes: list[TokenHash]) -> dict[TokenHash, Session]:
        with store_errors():
            return await self._database.look(_sessions_of, hashes, self._clock())


def hash_of(token: str) -> TokenHash:
    """What is stored of a token. What cannot be a token of ours gets a hash that none has."""
    if len(token) > TOKEN_CHARACTERS_MAX or not token.isascii():
        return ""
    return hashlib.sha256(token.encode()).hexdigest()


def _sessions_of(connection: Connection, hashes: list[TokenHash], now: int) -> dict[TokenHash, Session]:
    rows = connection.execute(_find_sessions, {"hashes": hashes, "now": now}).all()
    return {hashed: Session(*rest) for hashed, *rest in rows}


def _fail(asked: Iterable[list[asyncio.Future[Session | None]]], error: Exception) -> None:
    for futures in asked:
        for future in futures:
            if not future.done():
                future.set_exception(error)
