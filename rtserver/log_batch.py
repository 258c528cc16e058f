"""What one commit of the log writes: a batch of appends, of any streams, in one transaction.

The order is what makes it free of races on both databases:

1. lock the rows of the batch's streams (PostgreSQL: FOR UPDATE, in the order of their names, so
   that no two processes wait for each other in a circle; SQLite: BEGIN IMMEDIATE locked it all);
2. look up the batch's nonces. Whoever would store one of them needs the lock that we hold, so what
   we see stays true. One statement for both would not do: PostgreSQL would wait for the lock and
   then show the nonces as they were before;
3. decide each append in memory, in the order they came, as if each had its own transaction: first
   the nonces, since a resend may come with a head that is out of date and must hear `Repeated` all
   the same; then the head;
4. write everything that was accepted: see `log_rows`.

The head is compared under its lock, so there is no UPDATE ... WHERE head = :expected for each
stream. Should a lock ever fail us, the primary key of `events` refuses the second event of a number.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, Text, bindparam, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from rooms.events import Hidden
from rooms.model import MemberId
from rooms.ports import Append, Appended, AppendOutcome, Conflict, LogUnavailable, Repeated, UsedNonce
from rooms.stored import BODY_VERSION, decode_body, encode_body, kind_of
from rooms.stream import Event, Position, StreamName
from rtserver.log_rows import Rows, write_rows
from rtserver.read_models import messages_posted, project_changes, store_identities, subject_of
from rtserver.sql import is_postgres, one_of
from rtserver.tables import nonces, streams

NonceKey = tuple[StreamName, MemberId, str]

_heads = select(streams.c.stream, streams.c.epoch, streams.c.head).with_for_update()
_lock_stream = _heads.where(streams.c.stream == bindparam("name"))
_lock_streams = _heads.where(one_of(streams.c.stream, "names")).order_by(streams.c.stream)
_find_nonce = select(nonces).where(
    nonces.c.stream == bindparam("of_stream"),
    nonces.c.actor == bindparam("of_actor"),
    nonces.c.nonce == bindparam("of_nonce"),
)
_find_nonces = select(nonces).where(
    tuple_(nonces.c.stream, nonces.c.actor, nonces.c.nonce).in_(bindparam("keys", expanding=True))
)
_keys = func.unnest(*(bindparam(name, type_=ARRAY(Text)) for name in ("of_streams", "of_actors", "of_nonces")))
_wanted = _keys.table_valued("stream", "actor", "nonce").render_derived()
_find_nonces_of_arrays = select(nonces).join(
    _wanted,
    (nonces.c.stream == _wanted.c.stream) & (nonces.c.actor == _wanted.c.actor) & (nonces.c.nonce == _wanted.c.nonce),
)
"""The same for PostgreSQL: see `one_of`."""
# Of each the one for a single row besides: a list is written into the statement anew each time, which takes as long as
# to run it, and most commits are those of one message.


class Wish(Struct, frozen=True):
    """A valid append and the rows that it would write."""

    append: Append
    event_rows: tuple[dict[str, Any], ...]
    nonce_rows: tuple[dict[str, Any], ...]

    @property
    def rows(self) -> int:
        """How many rows it would write, streams and read models not counted."""
        return len(self.event_rows) + len(self.nonce_rows)


def prepare(append: Append) -> Wish:
    """Check an append and encode it.

    Raises `ValueError` when the events are not dense from `expected.seq` + 1 or not of its stream,
    when one is of a kind that is never stored, when a nonce occurs twice or stands beyond the new
    head: mistakes of the program, not of a user.
    """
    head = append.expected.seq
    for event in append.events:
        head += 1
        if event.seq != head or event.stream != append.stream:
            raise ValueError(f"event {head} of {append.stream} expected, got {event.seq} of {event.stream}")
        if isinstance(event.body, Hidden):
            raise ValueError(f"event {head} of {append.stream} is a stand-in for a reader, not an event")
    if len({_key(append, used) for used in append.nonces}) < len(append.nonces):
        raise ValueError(f"a nonce occurs twice in an append to {append.stream}")
    if any(used.seq > head for used in append.nonces):
        raise ValueError(f"a nonce stands beyond the head {head} of {append.stream}")
    return Wish(
        append,
        tuple(_event_row(event) for event in append.events),
        tuple(
            {"stream": append.stream, "actor": used.actor, "nonce": used.nonce, "seq": used.seq}
            for used in append.nonces
        ),
    )


def write_batch(connection: Connection, batch: Sequence[Wish]) -> list[AppendOutcome]:
    """Write what can be written of a batch, inside the caller's transaction; one outcome a wish."""
    heads = _heads_of(connection, batch)
    used = used_nonces(connection, batch)
    outcomes = [_decide(wish.append, heads, used) for wish in batch]
    accepted = [wish for wish, outcome in zip(batch, outcomes, strict=True) if isinstance(outcome, Appended)]
    _write(connection, accepted, heads)
    return outcomes


def event_from(row: Row[Any]) -> Event:
    """The event in a row of `events`.

    Raises `LogUnavailable` for one that a newer version has written, during an upgrade: to leave it out would be to
    decide without what it says, such as who may not come in any more. Its project waits until this server has ended.
    """
    try:
        body = decode_body(row.kind, row.version, row.body)
    except msgspec.MsgspecError as error:
        reason = f"{row.stream} holds an event ({row.kind}) of a newer rtserver than this one"
        raise LogUnavailable(f"{reason}: bring this one up to date") from error
    return Event(
        stream=row.stream,
        seq=row.seq,
        at=row.at,
        actor=row.actor,
        nonce=row.nonce,
        body=body,
    )


def rows_of(accepted: Sequence[Wish]) -> Rows:
    """What wishes would add to the tables."""
    return Rows(
        events=list(chain.from_iterable(wish.event_rows for wish in accepted)),
        nonces=list(chain.from_iterable(wish.nonce_rows for wish in accepted)),
        chat_messages=messages_posted([event for wish in accepted for event in wish.append.events]),
    )


def repeated(append: Append, used: Mapping[NonceKey, UsedNonce]) -> Repeated | None:
    """The outcome of an append of which some commands were stored before."""
    found = [used[key] for one in append.nonces if (key := _key(append, one)) in used]
    return Repeated(tuple(found)) if found else None


def _decide(append: Append, heads: dict[StreamName, Position], used: dict[NonceKey, UsedNonce]) -> AppendOutcome:
    """The outcome of an append. An accepted one moves `heads` and `used` on for the next."""
    stored = repeated(append, used)
    if stored is not None:
        return stored
    if heads.get(append.stream) != append.expected:
        return Conflict()
    heads[append.stream] = Position(append.expected.epoch, append.expected.seq + len(append.events))
    used.update((_key(append, one), one) for one in append.nonces)
    return Appended()


def _write(connection: Connection, accepted: Sequence[Wish], heads: dict[StreamName, Position]) -> None:
    appended = [event for wish in accepted for event in wish.append.events]
    known = list(chain.from_iterable(wish.append.identities for wish in accepted))
    if accepted:
        write_rows(connection, {event.stream: heads[event.stream].seq for event in appended}, rows_of(accepted))
    if known:
        store_identities(connection, known)
    project_changes(connection, appended)


def _heads_of(connection: Connection, batch: Sequence[Wish]) -> dict[StreamName, Position]:
    names = list({wish.append.stream for wish in batch})
    if len(names) == 1:
        rows = connection.execute(_lock_stream, {"name": names[0]})
    else:
        rows = connection.execute(_lock_streams, {"names": names})
    return {row.stream: Position(row.epoch, row.head) for row in rows}


def used_nonces(connection: Connection, batch: Sequence[Wish]) -> dict[NonceKey, UsedNonce]:
    """Those of a batch that are stored already."""
    keys = [_key(wish.append, used) for wish in batch for used in wish.append.nonces]
    if not keys:
        return {}
    if len(keys) == 1:
        stream, actor, nonce = keys[0]
        rows = connection.execute(_find_nonce, {"of_stream": stream, "of_actor": actor, "of_nonce": nonce})
    elif is_postgres(connection):
        asked = zip(("of_streams", "of_actors", "of_nonces"), map(list, zip(*keys, strict=True)), strict=True)
        rows = connection.execute(_find_nonces_of_arrays, dict(asked))
    else:
        rows = connection.execute(_find_nonces, {"keys": keys})
    return {(row.stream, row.actor, row.nonce): UsedNonce(row.actor, row.nonce, row.seq) for row in rows}


def _key(append: Append, used: UsedNonce) -> NonceKey:
    return (append.stream, used.actor, used.nonce)


def _event_row(event: Event) -> dict[str, Any]:
    return {
        "stream": event.stream,
        "seq": event.seq,
        "at": event.at,
        "actor": event.actor,
        "nonce": event.nonce,
        "kind": kind_of(event.body),
        "version": BODY_VERSION,
        "body": encode_body(event.body),
        "subject": subject_of(event),
    }
