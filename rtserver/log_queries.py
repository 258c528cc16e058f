"""What is asked of the log and of what is stored beside it, inside the caller's transaction; `log_batch` appends.

The statements are made once: to build one anew takes longer than to run it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Connection, Row, bindparam, delete, func, or_, select, update

from rooms.chat.model import Message, MessageId
from rooms.events import ChatDeleted
from rooms.model import Identity, MemberId
from rooms.ports import StoredSnapshot, StreamHead, Tail, UsedNonce
from rooms.stored import kind_of
from rooms.stream import Event, Position, StreamName
from rtserver.log_batch import event_from
from rtserver.read_models import message_from
from rtserver.sql import insert_into, one_of
from rtserver.tables import chat_messages, events, identities, nonces, snapshots, streams

CHAT_DELETED = kind_of(ChatDeleted(message=0))

_of_stream: BindParameter[str] = bindparam("of_stream")
_after: BindParameter[int] = bindparam("after")
_count: BindParameter[int] = bindparam("count")
_bytes_max: BindParameter[int] = bindparam("bytes_max", type_=BigInteger)

_events_after = (
    select(events).where(events.c.stream == _of_stream, events.c.seq > _after).order_by(events.c.seq).limit(_count)
)
_newer = _events_after.subquery()
_tail = (
    select(_newer, streams.c.epoch, streams.c.head, streams.c.pruned)
    .join_from(streams, _newer, streams.c.stream == _newer.c.stream, isouter=True)
    .where(streams.c.stream == _of_stream)
    .order_by(_newer.c.seq)
)
_sizes = (
    select(events.c.seq, func.length(events.c.body).label("bytes"))
    .where(events.c.stream == _of_stream, events.c.seq > _after)
    .order_by(events.c.seq)
    .limit(_count)
    .subquery()
)
_sums = select(_sizes, func.sum(_sizes.c.bytes).over(order_by=_sizes.c.seq).label("total")).subquery()
# The bodies are looked up last: of what is too much only the lengths are read.
_events_within = (
    select(events)
    .join(_sums, events.c.seq == _sums.c.seq)
    # Said again of the number: a planner that does not know how few come out of the sums would read the whole stream.
    .where(
        events.c.stream == _of_stream,
        events.c.seq > _after,
        or_(_sums.c.total <= _bytes_max, _sums.c.total == _sums.c.bytes),
    )
    .order_by(events.c.seq)
)
_kept = (
    select(events.c.seq, func.sum(func.length(events.c.body)).over(order_by=events.c.seq.desc()).label("total"))
    .where(events.c.stream == _of_stream)
    .subquery()
)
_surplus = select(func.max(_kept.c.seq)).where(_kept.c.total > _bytes_max)
_weight = select(func.coalesce(func.sum(func.length(events.c.body)), 0)).where(
    events.c.stream == _of_stream, events.c.seq > _after, events.c.seq <= bindparam("up_to")
)
_deletion_after = (
    select(events.c.seq)
    .where(events.c.stream == _of_stream, events.c.seq > _after, events.c.kind == CHAT_DELETED)
    .limit(1)
)
_heads = select(streams).where(one_of(streams.c.stream, "names"))
_lock_head = select(streams).where(streams.c.stream == _of_stream).with_for_update()
_set_pruned = update(streams).where(streams.c.stream == _of_stream).values(pruned=bindparam("new_pruned"))
_set_epoch = update(streams).where(streams.c.stream == _of_stream).values(epoch=bindparam("new_epoch"))
_set_snapshot_epoch = (
    update(snapshots)
    .where(snapshots.c.stream == _of_stream, snapshots.c.seq <= bindparam("up_to"))
    .values(epoch=bindparam("new_epoch"))
)
_forget_events = delete(events).where(events.c.stream == _of_stream, events.c.seq <= bindparam("up_to"))
_newest_nonces = (
    select(nonces)
    .where(nonces.c.stream == _of_stream)
    .order_by(nonces.c.seq.desc(), nonces.c.actor, nonces.c.nonce)
    .limit(_count)
)
_snapshot = (
    select(snapshots)
    .join(streams, (streams.c.stream == snapshots.c.stream) & (streams.c.epoch == snapshots.c.epoch))
    .where(snapshots.c.stream == _of_stream)
)
_messages_before = (
    select(chat_messages)
    .where(chat_messages.c.stream == _of_stream, chat_messages.c.id < bindparam("before"))
    .order_by(chat_messages.c.id.desc())
    .limit(_count)
)
_messages_between = (
    select(chat_messages)
    .where(chat_messages.c.stream == _of_stream, chat_messages.c.id > _after, chat_messages.c.id < bindparam("before"))
    .order_by(chat_messages.c.id)
    .limit(_count)
)
_message = select(chat_messages).where(
    chat_messages.c.stream == _of_stream, chat_messages.c.id == bindparam("of_message")
)
_identities = select(identities.c.member, identities.c.roster_name, identities.c.alias).where(
    one_of(identities.c.member, "members")
)


def create_stream(connection: Connection, stream: StreamName, epoch: str) -> None:
    """An empty stream. Another process may have made it meanwhile: the first epoch stays."""
    new = {"stream": stream, "epoch": epoch, "head": 0, "pruned": 0}
    connection.execute(insert_into(connection, streams).on_conflict_do_nothing(), new)


def read_events(
    connection: Connection, stream: StreamName, after: int, limit: int, bytes_max: int | None = None
) -> list[Event]:
    """See `rooms.ports.Log.read`."""
    asked = {"of_stream": stream, "after": after, "count": limit}
    if bytes_max is None:
        found = connection.execute(_events_after, asked).all()
    else:
        found = connection.execute(_events_within, {**asked, "bytes_max": bytes_max}).all()
    return [event_from(row) for row in found]


def find_weight(connection: Connection, stream: StreamName, after: int, up_to: int) -> int:
    """See `rooms.ports.Log.weight`."""
    asked = {"of_stream": stream, "after": after, "up_to": up_to}
    return int(connection.execute(_weight, asked).scalar_one())  # PostgreSQL sums to a numeric


def read_tail(connection: Connection, stream: StreamName, after: int, limit: int) -> Tail | None:
    """See `rooms.ports.Log.tail`."""
    rows = connection.execute(_tail, {"of_stream": stream, "after": after, "count": limit}).all()
    return Tail(_head(rows[0]), [event_from(row) for row in rows if row.seq is not None]) if rows else None


def find_surplus(connection: Connection, stream: StreamName, bytes_max: int) -> int:
    """See `rooms.ports.Log.surplus`."""
    seq: int | None = connection.execute(_surplus, {"of_stream": stream, "bytes_max": bytes_max}).scalar_one()
    return seq or 0


def read_heads(connection: Connection, names: Sequence[StreamName]) -> dict[StreamName, StreamHead]:
    """See `rooms.ports.Log.heads`."""
    return {row.stream: _head(row) for row in connection.execute(_heads, {"names": names}).all()}


def read_nonces(connection: Connection, stream: StreamName, limit: int) -> list[UsedNonce]:
    """See `rooms.ports.Log.used_nonces`. The oldest of them comes first."""
    rows = connection.execute(_newest_nonces, {"of_stream": stream, "count": limit}).all()
    return [UsedNonce(row.actor, row.nonce, row.seq) for row in reversed(rows)]


def find_snapshot(connection: Connection, stream: StreamName) -> StoredSnapshot | None:
    """The stored snapshot of a stream's current epoch."""
    row = connection.execute(_snapshot, {"of_stream": stream}).one_or_none()
    if row is None:
        return None
    return StoredSnapshot(Position(row.epoch, row.seq), row.version, row.state)


def save_snapshot(connection: Connection, stream: StreamName, snapshot: StoredSnapshot) -> None:
    """See `rooms.ports.Log.save_snapshot`.

    Dropped is one of another epoch than the stream's, and one from before a deletion that has been
    stored since: it may hold the text that was withdrawn.

    Raises `ValueError` when it lies beyond the stream's head.
    """
    position = snapshot.position
    head = _lock_stream(connection, stream)
    if head is None or head.position.epoch != position.epoch:
        return
    if position.seq > head.position.seq:
        raise ValueError(f"a snapshot at {position.seq} lies beyond the head of {stream}")
    stored = find_snapshot(connection, stream)
    if stored is not None and stored.position.seq > position.seq:
        return
    if connection.execute(_deletion_after, {"of_stream": stream, "after": position.seq}).first() is not None:
        return
    row = {
        "stream": stream,
        "epoch": position.epoch,
        "seq": position.seq,
        "version": snapshot.version,
        "state": snapshot.state,
    }
    statement = insert_into(connection, snapshots).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=["stream"], set_=row))


def renew_epoch(connection: Connection, stream: StreamName, expected: Position, epoch: str) -> None:
    """See `rooms.ports.Log.renew_epoch`. A snapshot that does not lie beyond the head goes along."""
    head = _lock_stream(connection, stream)
    if head is not None and head.position == expected:
        given = {"of_stream": stream, "new_epoch": epoch}
        connection.execute(_set_epoch, given)
        connection.execute(_set_snapshot_epoch, {**given, "up_to": expected.seq})


def prune(connection: Connection, stream: StreamName, up_to: int) -> None:
    """See `rooms.ports.Log.prune`. Chat messages stay in the archive: they end by other rules.

    Raises `ValueError` when no stored snapshot reaches as far as `up_to`.
    """
    head = _lock_stream(connection, stream)
    stored = find_snapshot(connection, stream)
    if head is None or stored is None or stored.position.seq < up_to:
        raise ValueError(f"no snapshot holds what pruning {stream} to {up_to} would forget")
    connection.execute(_forget_events, {"of_stream": stream, "up_to": up_to})
    connection.execute(_set_pruned, {"of_stream": stream, "new_pruned": max(head.pruned, up_to)})


def read_messages(
    connection: Connection, stream: StreamName, before: MessageId, limit: int, after: MessageId | None = None
) -> list[Message]:
    """See `rooms.ports.ChatArchive.messages`."""
    asked = {"of_stream": stream, "before": before, "count": limit}
    if after is not None:
        return [message_from(row) for row in connection.execute(_messages_between, {**asked, "after": after}).all()]
    rows = connection.execute(_messages_before, asked).all()
    return [message_from(row) for row in reversed(rows)]


def read_message(connection: Connection, stream: StreamName, message: MessageId) -> Message | None:
    """See `rooms.ports.ChatArchive.message`."""
    row = connection.execute(_message, {"of_stream": stream, "of_message": message}).one_or_none()
    return None if row is None else message_from(row)


def read_identities(connection: Connection, members: Sequence[MemberId]) -> dict[MemberId, Identity]:
    """See `rooms.ports.Identities.identities`."""
    rows = connection.execute(_identities, {"members": members}).all()
    return {member: Identity(member, roster_name, alias) for member, roster_name, alias in rows}


def _lock_stream(connection: Connection, stream: StreamName) -> StreamHead | None:
    """The head of a stream, which stays as it is until the transaction ends."""
    row = connection.execute(_lock_head, {"of_stream": stream}).one_or_none()
    return None if row is None else _head(row)


def _head(row: Row[Any]) -> StreamHead:
    return StreamHead(Position(row.epoch, row.head), row.pruned)
