"""The log, the chat archive and the names, in a database. `rooms.ports` says what they promise."""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from msgspec import Struct
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rooms.events import ChatDeleted, MessageId
from rooms.messages import Message
from rooms.model import Identity, MemberId
from rooms.ports import (
    Append,
    AppendOutcome,
    LogUnavailable,
    StoredSnapshot,
    StreamHead,
    UsedNonce,
)
from rooms.stored import kind_of
from rooms.stream import Event, Position, StreamName
from rtserver import tables
from rtserver.database import Database, insert_into, store_errors
from rtserver.log_batch import Wish, event_from, prepare, write_batch
from rtserver.read_models import message_from

BATCH_APPENDS_MAX = 256
"""Appends of one commit: by then its cost is spread thin, and more would only make the first of them
wait for the last."""

BATCH_ROWS_MAX = 2000
"""Events and nonces of one commit (a single append may have more): keeps a commit to some tens of
milliseconds, and its lookup of nonces, three parameters each, far from the databases' 32 000."""

EPOCH_BYTES = 9
"""Random bytes of an epoch (12 characters): no two epochs of a stream may ever be the same."""


CHAT_DELETED = kind_of(ChatDeleted(message=0))


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
            new = {
                "stream": stream,
                "epoch": secrets.token_urlsafe(EPOCH_BYTES),
                "head": 0,
                "pruned": 0,
            }
            async with self._write() as connection:
                # Another process may have created it meanwhile: the first epoch stays.
                await connection.execute(insert_into(connection, tables.streams).on_conflict_do_nothing(), new)
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

    async def read(self, stream: StreamName, after: int, limit: int) -> list[Event]:
        """See `rooms.ports.Log.read`."""
        column = tables.events.c
        query = (
            select(tables.events).where(column.stream == stream, column.seq > after).order_by(column.seq).limit(limit)
        )
        async with self._read() as connection:
            return [event_from(row) for row in await connection.execute(query)]

    async def heads(self, streams: Sequence[StreamName]) -> dict[StreamName, StreamHead]:
        """See `rooms.ports.Log.heads`."""
        query = select(tables.streams).where(tables.streams.c.stream.in_(streams))
        async with self._read() as connection:
            return {
                row.stream: StreamHead(Position(row.epoch, row.head), row.pruned)
                for row in await connection.execute(query)
            }

    async def used_nonces(self, stream: StreamName, limit: int) -> list[UsedNonce]:
        """See `rooms.ports.Log.used_nonces`. The oldest of them comes first."""
        column = tables.nonces.c
        query = (
            select(tables.nonces)
            .where(column.stream == stream)
            .order_by(column.seq.desc(), column.actor, column.nonce)
            .limit(limit)
        )
        async with self._read() as connection:
            rows = (await connection.execute(query)).all()
        return [UsedNonce(row.actor, row.nonce, row.seq) for row in reversed(rows)]

    async def load_snapshot(self, stream: StreamName) -> StoredSnapshot | None:
        """See `rooms.ports.Log.load_snapshot`."""
        async with self._read() as connection:
            return await _find_snapshot(connection, stream)

    async def save_snapshot(self, stream: StreamName, snapshot: StoredSnapshot) -> None:
        """See `rooms.ports.Log.save_snapshot`.

        Dropped is one of another epoch than the stream's, and one from before a deletion that has been
        stored since: it may hold the text that was withdrawn.

        Raises `ValueError` when it lies beyond the stream's head.
        """
        position = snapshot.position
        async with self._write() as connection:
            head = await _lock_stream(connection, stream)
            if head is None or head.position.epoch != position.epoch:
                return
            if position.seq > head.position.seq:
                raise ValueError(f"a snapshot at {position.seq} lies beyond the head of {stream}")
            stored = await _find_snapshot(connection, stream)
            if stored is not None and stored.position.seq > position.seq:
                return
            if await _has_deletion(connection, stream, position.seq):
                return
            row = {
                "stream": stream,
                "epoch": position.epoch,
                "seq": position.seq,
                "version": snapshot.version,
                "state": snapshot.state,
            }
            statement = insert_into(connection, tables.snapshots).values(row)
            await connection.execute(statement.on_conflict_do_update(index_elements=["stream"], set_=row))

    async def prune(self, stream: StreamName, up_to: int) -> None:
        """See `rooms.ports.Log.prune`. Chat messages stay in the archive: they end by other rules.

        Raises `ValueError` when no stored snapshot reaches as far as `up_to`.
        """
        async with self._write() as connection:
            head = await _lock_stream(connection, stream)
            stored = await _find_snapshot(connection, stream)
            if head is None or stored is None or stored.position.seq < up_to:
                raise ValueError(f"no snapshot holds what pruning {stream} to {up_to} would forget")
            await connection.execute(
                delete(tables.events).where(tables.events.c.stream == stream, tables.events.c.seq <= up_to)
            )
            await connection.execute(
                update(tables.streams).where(tables.streams.c.stream == stream).values(pruned=max(head.pruned, up_to))
            )

    # --- ChatArchive and Identities ---

    async def messages(self, stream: StreamName, before: MessageId, limit: int) -> list[Message]:
        """See `rooms.ports.ChatArchive.messages`."""
        column = tables.chat_messages.c
        query = (
            select(tables.chat_messages)
            .where(column.stream == stream, column.id < before)
            .order_by(column.id.desc())
            .limit(limit)
        )
        async with self._read() as connection:
            rows = (await connection.execute(query)).all()
        return [message_from(row) for row in reversed(rows)]

    async def message(self, stream: StreamName, message: MessageId) -> Message | None:
        """See `rooms.ports.ChatArchive.message`."""
        column = tables.chat_messages.c
        query = select(tables.chat_messages).where(column.stream == stream, column.id == message)
        async with self._read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else message_from(row)

    async def identities(self, members: Sequence[MemberId]) -> dict[MemberId, Identity]:
        """See `rooms.ports.Identities.identities`."""
        query = select(tables.identities).where(tables.identities.c.member.in_(members))
        async with self._read() as connection:
            return {
                row.member: Identity(row.member, row.roster_name, row.alias) for row in await connection.execute(query)
            }

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
                outcomes = await self._database.transact(write_batch, [pending.wish for pending in batch])
        except LogUnavailable as error:
            _fail(batch, str(error))
        except Exception as error:  # noqa: BLE001 - one append is to blame: the others go on
            if len(batch) > 1:
                for pending in batch:
                    await self._write_batch([pending])
            elif not batch[0].outcome.done():
                batch[0].outcome.set_exception(error)
        else:
            for pending, outcome in zip(batch, outcomes, strict=True):
                if not pending.outcome.done():
                    pending.outcome.set_result(outcome)
        finally:
            # There is somebody left to answer only when this task has been cancelled.
            _fail(batch, "the log was stopped")

    @asynccontextmanager
    async def _read(self) -> AsyncIterator[AsyncConnection]:
        with store_errors():
            async with self._database.read() as connection:
                yield connection

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[AsyncConnection]:
        with store_errors():
            async with self._database.write() as connection:
                yield connection


def _fail(batch: Iterable[_Pending], reason: str) -> None:
    for pending in batch:
        if not pending.outcome.done():
            pending.outcome.set_exception(LogUnavailable(reason))


async def _lock_stream(connection: AsyncConnection, stream: StreamName) -> StreamHead | None:
    """The head of a stream, which stays as it is until the transaction ends."""
    query = select(tables.streams).where(tables.streams.c.stream == stream).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else StreamHead(Position(row.epoch, row.head), row.pruned)


async def _has_deletion(connection: AsyncConnection, stream: StreamName, after: int) -> bool:
    """True when a chat message was deleted by an event later than `after`."""
    column = tables.events.c
    query = select(column.seq).where(column.stream == stream, column.seq > after, column.kind == CHAT_DELETED).limit(1)
    return (await connection.execute(query)).first() is not None


async def _find_snapshot(connection: AsyncConnection, stream: StreamName) -> StoredSnapshot | None:
    """The stored snapshot of a stream's current epoch."""
    stored, known = tables.snapshots.c, tables.streams.c
    query = (
        select(tables.snapshots)
        .join(tables.streams, (known.stream == stored.stream) & (known.epoch == stored.epoch))
        .where(stored.stream == stream)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    return StoredSnapshot(Position(row.epoch, row.seq), row.version, row.state)
