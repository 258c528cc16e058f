"""The log, the chat archive and the names, in a database. `rooms.ports` says what they promise."""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar, TypeVarTuple

from msgspec import Struct
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from rooms.chat.model import Message, MessageId
from rooms.events import ChatDeleted
from rooms.model import Identity, MemberId
from rooms.ports import Append, Appended, AppendOutcome, LogUnavailable, StoredSnapshot, StreamHead, Tail, UsedNonce
from rooms.stream import Event, Position, StreamName
from rtserver import log_queries, log_statement
from rtserver.chat.search import tidy_index
from rtserver.database import Database, store_errors
from rtserver.log_batch import Wish, prepare, write_batch

BATCH_APPENDS_MAX = 256
"""Appends of one commit: by then its cost is spread thin, and more would only make the first of them
wait for the last."""

BATCH_ROWS_MAX = 2000
"""Events and nonces of one commit (a single append may have more): keeps a commit to some tens of
milliseconds, and its lookup of nonces, three parameters each, far from the databases' 32 000."""

EPOCH_BYTES = 9
"""Random bytes of an epoch (12 characters): no two epochs of a stream may ever be the same."""

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


class _Pending(Struct, frozen=True, eq=False):
    wish: Wish
    outcome: asyncio.Future[AppendOutcome]


class SqlLog:
    """`Log`, `ChatArchive` and `Identities` of `rooms.ports` over a migrated `Database`.

    Commits are grouped: appends wait in a queue, and one task writes what has gathered there while
    the batch before was being written. The task lives until the queue is empty.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: deque[_Pending] = deque()
        self._writer: asyncio.Task[None] | None = None
        self._closed = False
        # On SQLite all looks share a thread: whoever looks for a session waits for one page of a log, not for those of
        # a whole class.
        self._reading = asyncio.Lock()

    async def close(self) -> None:
        """Finish what is queued and take nothing more. The database stays open."""
        self._closed = True
        if self._writer is not None:
            await asyncio.wait([self._writer])

    # --- Log ---

    async def open(self, stream: StreamName) -> StreamHead:
        """See `rooms.ports.Log.open`."""
        known = await self.heads([stream])
        if stream not in known:
            await self._transact(log_queries.create_stream, stream, secrets.token_urlsafe(EPOCH_BYTES))
            known = await self.heads([stream])
        return known[stream]

    async def append(self, append: Append) -> AppendOutcome:
        """See `rooms.ports.Log.append`.

        Raises `LogUnavailable` for every append of a commit that failed; `ValueError` for an append
        that makes no sense; and what the driver says if it refuses this append for what is in it.
        In the latter two cases nothing was written. When the caller is cancelled, the append may be
        written all the same.
        """
        wish = prepare(append)
        if self._closed:
            raise LogUnavailable("the log is closed")
        pending = _Pending(wish, asyncio.get_running_loop().create_future())
        self._queue.append(pending)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_queue(), name="log-writer")
        return await pending.outcome

    async def read(self, stream: StreamName, after: int, limit: int, bytes_max: int | None = None) -> list[Event]:
        """See `rooms.ports.Log.read`. One at a time."""
        async with self._reading:
            return await self._look(log_queries.read_events, stream, after, limit, bytes_max)

    async def weight(self, stream: StreamName, after: int, up_to: int) -> int:
        """See `rooms.ports.Log.weight`. It may go over a whole stream, and nobody waits for it."""
        with store_errors():
            async with self._database.read() as connection:
                return await connection.run_sync(log_queries.find_weight, stream, after, up_to)

    async def tail(self, stream: StreamName, after: int, limit: int) -> Tail | None:
        """See `rooms.ports.Log.tail`. One at a time with `read`."""
        async with self._reading:
            return await self._look(log_queries.read_tail, stream, after, limit)

    async def surplus(self, stream: StreamName, bytes_max: int) -> int:
        """See `rooms.ports.Log.surplus`. It goes over a whole stream, and nobody waits for it."""
        with store_errors():
            async with self._database.read() as connection:
                return await connection.run_sync(log_queries.find_surplus, stream, bytes_max)

    async def heads(self, streams: Sequence[StreamName]) -> dict[StreamName, StreamHead]:
        """See `rooms.ports.Log.heads`."""
        return await self._look(log_queries.read_heads, streams)

    async def renew_epoch(self, stream: StreamName, expected: Position) -> None:
        """See `rooms.ports.Log.renew_epoch`."""
        await self._transact(log_queries.renew_epoch, stream, expected, secrets.token_urlsafe(EPOCH_BYTES))

    async def used_nonces(self, stream: StreamName, limit: int) -> list[UsedNonce]:
        """See `rooms.ports.Log.used_nonces`. The oldest of them comes first."""
        return await self._look(log_queries.read_nonces, stream, limit)

    async def load_snapshot(self, stream: StreamName) -> StoredSnapshot | None:
        """See `rooms.ports.Log.load_snapshot`."""
        return await self._look(log_queries.find_snapshot, stream)

    async def save_snapshot(self, stream: StreamName, snapshot: StoredSnapshot) -> None:
        """See `rooms.ports.Log.save_snapshot`.

        Dropped is one of another epoch than the stream's, and one from before a deletion that has been
        stored since: it may hold the text that was withdrawn.

        Raises `ValueError` when it lies beyond the stream's head.
        """
        await self._transact(log_queries.save_snapshot, stream, snapshot)

    async def prune(self, stream: StreamName, up_to: int) -> None:
        """See `rooms.ports.Log.prune`. Chat messages stay in the archive: they end by other rules.

        Raises `ValueError` when no stored snapshot reaches as far as `up_to`.
        """
        await self._transact(log_queries.prune, stream, up_to)

    # --- ChatArchive and Identities ---

    async def messages(
        self, stream: StreamName, before: MessageId, limit: int, after: MessageId | None = None
    ) -> list[Message]:
        """See `rooms.ports.ChatArchive.messages`."""
        return await self._look(log_queries.read_messages, stream, before, limit, after)

    async def message(self, stream: StreamName, message: MessageId) -> Message | None:
        """See `rooms.ports.ChatArchive.message`."""
        return await self._look(log_queries.read_message, stream, message)

    async def identities(self, members: Sequence[MemberId]) -> dict[MemberId, Identity]:
        """See `rooms.ports.Identities.identities`."""
        return await self._look(log_queries.read_identities, members)

    # --- The queue ---

    async def _write_queue(self) -> None:
        try:
            while self._queue:
                await self._write_batch(self._next_batch())
        finally:
            self._writer = None
            _fail(self._queue, "the log was stopped")

    def _next_batch(self) -> list[_Pending]:
        batch = [self._queue.popleft()]
        rows = batch[0].wish.rows
        while self._queue and len(batch) < BATCH_APPENDS_MAX:
            rows += self._queue[0].wish.rows
            if rows > BATCH_ROWS_MAX:
                break
            batch.append(self._queue.popleft())
        return batch

    async def _write_batch(self, batch: list[_Pending]) -> None:
        try:
            with store_errors():
                await self._commit(batch)
        except LogUnavailable as error:
            _fail(batch, str(error))
        except Exception as error:  # noqa: BLE001 - one append is to blame: the others go on
            left = _unanswered(batch)
            if len(left) > 1:
                for pending in left:
                    await self._write_batch([pending])
            elif left:
                left[0].outcome.set_exception(error)
        finally:
            # There is somebody left to answer only when this task has been cancelled.
            _fail(batch, "the log was stopped")

    async def _commit(self, batch: list[_Pending]) -> None:
        """In one statement what can be, in a transaction the rest."""
        wishes = [pending.wish for pending in batch]
        if log_statement.fits(wishes):
            await self._commit_at_once(batch)
        left = _unanswered(batch)
        if left:
            _answer(left, await self._database.transact(write_batch, [pending.wish for pending in left]))
        if any(isinstance(event.body, ChatDeleted) for wish in wishes for event in wish.append.events):
            await self._database.transact(tidy_index)  # of a small one this is all; the hub sees to the rest

    async def _commit_at_once(self, batch: list[_Pending]) -> None:
        """In one statement, where that is quicker; who was not answered is left to a transaction."""
        try:
            moved = await self._database.autocommit(log_statement.append_at_once, [pending.wish for pending in batch])
        except IntegrityError:
            return
        if moved is None:
            return
        _answer(batch, [Appended() if pending.wish.append.stream in moved else None for pending in batch])
        left = _unanswered(batch)
        if left:
            _answer(left, await self._database.look(log_statement.refusals, [pending.wish for pending in left]))

    async def _look(self, work: Callable[[Connection, *Arguments], Result], *arguments: *Arguments) -> Result:
        with store_errors():
            return await self._database.look(work, *arguments)

    async def _transact(self, work: Callable[[Connection, *Arguments], Result], *arguments: *Arguments) -> Result:
        with store_errors():
            return await self._database.transact(work, *arguments)


def _unanswered(batch: Iterable[_Pending]) -> list[_Pending]:
    return [pending for pending in batch if not pending.outcome.done()]


def _answer(batch: Iterable[_Pending], outcomes: Iterable[AppendOutcome | None]) -> None:
    for pending, outcome in zip(batch, outcomes, strict=True):
        if outcome is not None and not pending.outcome.done():
            pending.outcome.set_result(outcome)


def _fail(batch: Iterable[_Pending], reason: str) -> None:
    for pending in _unanswered(batch):
        pending.outcome.set_exception(LogUnavailable(reason))
