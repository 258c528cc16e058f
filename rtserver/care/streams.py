"""Streams in a database that nobody serves: their states, appending to them, and giving them new epochs."""

import secrets
from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Connection, delete, select, update

from rooms.events import Body
from rooms.model import SYSTEM_ACTOR
from rooms.ports import Append, Appended, StoredSnapshot
from rooms.stream import Event, Position, Rules, StreamName
from rtserver.care.problem import CareFailed
from rtserver.log_batch import prepare, write_batch
from rtserver.log_queries import find_snapshot, read_events, read_heads, save_snapshot
from rtserver.storage import EPOCH_BYTES
from rtserver.tables import snapshots, streams

PAGE = 200
"""Events read together."""

State = TypeVar("State")


def state_of(connection: Connection, stream: StreamName, rules: Rules[State]) -> State:
    """What the log says; the empty state where there is no such stream."""
    state, seq = rules.empty(stream), 0
    snapshot = find_snapshot(connection, stream)
    if snapshot is not None and snapshot.version == rules.version:
        state, seq = rules.decode(snapshot.state), snapshot.position.seq
    while events := read_events(connection, stream, seq, PAGE):
        for event in events:
            state = rules.apply(state, event)
        seq = events[-1].seq
    return state


def append(connection: Connection, stream: StreamName, bodies: Sequence[Body], at: int, rules: Rules[State]) -> None:
    """Append what the system decided, at `at` (milliseconds since 1970 UTC); what a stored snapshot says follows."""
    start = read_heads(connection, [stream])[stream].position
    events = tuple(
        Event(stream, seq, at, SYSTEM_ACTOR, None, body) for seq, body in enumerate(bodies, start=start.seq + 1)
    )
    had_snapshot = find_snapshot(connection, stream) is not None
    [outcome] = write_batch(connection, [prepare(Append(stream, start, events, nonces=()))])
    if outcome != Appended():
        raise CareFailed(f"The log of {stream} does not end where it says; nothing was changed.")
    if had_snapshot:
        # What was withdrawn must not live on in it.
        encoded = rules.encode(state_of(connection, stream, rules))
        save_snapshot(connection, stream, StoredSnapshot(Position(start.epoch, events[-1].seq), rules.version, encoded))


def renew_epochs(connection: Connection) -> None:
    """Name every log anew: whoever stood in the old one, perhaps further than this one reaches, starts afresh.

    One name for all of them, since it tells a stream's logs apart, not streams. Snapshots go along with their log; one
    of a log before is of no use.
    """
    current = select(streams.c.stream).where(
        streams.c.stream == snapshots.c.stream, streams.c.epoch == snapshots.c.epoch
    )
    connection.execute(delete(snapshots).where(~current.exists()))
    epoch = secrets.token_urlsafe(EPOCH_BYTES)
    connection.execute(update(streams).values(epoch=epoch))
    connection.execute(update(snapshots).values(epoch=epoch))
