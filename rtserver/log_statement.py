"""What most commits on PostgreSQL are: one statement, which is a transaction of its own.

The transaction of `log_batch` is five round trips, each of which wakes this process and one of the server's; this is
one, at a third of the processor time of both, and others wait for the lock of the stream for less than half as long.

It locks the streams' rows in the order of their names, as `log_batch` does, moves the heads of those that stand where
they are expected to, and writes what comes with these. PostgreSQL compares a head that it had to wait for once more
when it has the lock (READ COMMITTED, "Transaction Isolation" in its manual). That a nonce was stored before is not
asked: the table's key refuses it, and with it all of the statement; `log_batch` then says which it was.
"""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import BigInteger, Connection, Text, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import make_url

from rooms.chat.changing import CHANGING
from rooms.events import ChatPosted
from rooms.ports import Conflict, Repeated
from rooms.stream import Event, StreamName
from rtserver.log_batch import Wish, repeated, rows_of, used_nonces
from rtserver.log_rows import NAMES, TABLES, arrays, unnested
from rtserver.tables import streams


def fits(batch: Sequence[Wish]) -> bool:
    """Whether a batch can be written in one statement: it only adds rows, and to each stream at most once."""
    appends = [wish.append for wish in batch]
    is_adding = not any(append.identities or any(_changes(event) for event in append.events) for append in appends)
    return is_adding and max(Counter(append.stream for append in appends).values()) == 1


def _changes(event: Event) -> bool:
    """Whether more is to be done than to add rows to the tables of every message."""
    return isinstance(event.body, CHANGING) or (isinstance(event.body, ChatPosted) and bool(event.body.files))


def append_at_once(connection: Connection, batch: Sequence[Wish]) -> set[StreamName]:
    """Write what can be written of a batch that `fits`; the streams to which was appended.

    `connection`: to PostgreSQL, outside of any transaction. Raises `IntegrityError` when a command was stored before;
    nothing was written then.
    """
    appends = [wish.append for wish in batch]
    given = {
        **arrays(rows_of(batch)),
        "wanted_stream": [append.stream for append in appends],
        "wanted_epoch": [append.expected.epoch for append in appends],
        "wanted_seq": [append.expected.seq for append in appends],
        "wanted_head": [append.expected.seq + len(append.events) for append in appends],
    }
    return set(connection.exec_driver_sql(_TEXT, tuple(given[name] for name in _PARAMETERS)).scalars())


def refusals(connection: Connection, refused: Sequence[Wish]) -> list[Repeated | Conflict]:
    """Why these were not written: somebody has moved the head, with the same command or with another one."""
    used = used_nonces(connection, refused)
    return [repeated(wish.append, used) or Conflict() for wish in refused]


_wanted = (
    func.unnest(
        bindparam("wanted_stream", type_=ARRAY(Text)),
        bindparam("wanted_epoch", type_=ARRAY(Text)),
        bindparam("wanted_seq", type_=ARRAY(BigInteger)),
        bindparam("wanted_head", type_=ARRAY(BigInteger)),
    )
    .table_valued("stream", "epoch", "seq", "head")
    .render_derived(name="wanted")
)
_locked = (
    select(streams.c.stream)
    .where(streams.c.stream == _wanted.c.stream)
    .order_by(streams.c.stream)
    .with_for_update(of=streams)
    .cte("locked")
)
_moved = (
    update(streams)
    .where(
        streams.c.stream == _locked.c.stream,
        streams.c.stream == _wanted.c.stream,
        streams.c.epoch == _wanted.c.epoch,
        streams.c.head == _wanted.c.seq,
    )
    .values(head=_wanted.c.head)
    .returning(streams.c.stream)
    .cte("moved")
)
_added = [unnested(table.name, *table.columns) for table in TABLES]
_compiled = (
    select(_moved.c.stream)
    .add_cte(
        *(
            insert(table)
            .from_select(NAMES[table], select(added).where(added.c.stream.in_(select(_moved.c.stream))))
            .cte(f"add_{table.name}")
            for table, added in zip(TABLES, _added, strict=True)
        )
    )
    .compile(dialect=make_url("postgresql+asyncpg://").get_dialect()())
)
# Made into text once: SQLAlchemy would look for it among the statements it knows, by all of its parts, each time, which
# takes longer than everything else here.
_TEXT = str(_compiled)
_PARAMETERS = tuple(_compiled.positiontup or ())
