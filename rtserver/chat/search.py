"""Finding messages by their words, on both databases; `folding` says what a word is.

What a message is found by lies in its own row, written with it: a message that was changed or withdrawn is found by
what it says now, or not at all, from the same commit on. SQLite's index (FTS5) follows by triggers, PostgreSQL's (GIN)
by itself. The words of rows that have none yet, which an older version, a restore or a copy has left, are made here,
some at a time.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Connection,
    Row,
    Text,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from rooms.chat.messages import SearchHit
from rooms.chat.model import MessageId
from rooms.stream import StreamName
from rtserver.chat.folding import beginnings, wanted_words, words_of
from rtserver.database import Database, store_errors
from rtserver.read_models import message_from
from rtserver.sql import is_postgres, one_of
from rtserver.tables import chat_messages

FILLED_AT_ONCE = 200
"""Messages whose words are made in one transaction: it keeps writers waiting for some ten milliseconds."""

TIDIED_AT_ONCE = 100
"""Pages of SQLite's index that are rewritten in one transaction: some milliseconds."""

UNCHANGED = 2
"""FTS5 has nothing to merge when a merge has changed fewer rows than that (SQLite's manual, FTS5, 6.8)."""

ROOMS_AT_ONCE = 200
"""Rooms of one search; a project has some ten. With eight words each, this is as much as FTS5 takes in one question."""

PLACES_BITS = 16
"""As in migration 0004: the place of a message in SQLite's index is its moment, and so many bits to tell those of one
moment apart."""


class Found(Struct, frozen=True):
    """What was found, the newest first; `more`: there is more."""

    hits: tuple[SearchHit, ...]
    more: bool


class ChatSearch:
    """Searches the messages of rooms. Methods raise `LogUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # On SQLite all looks share a thread: whoever looks for a session waits for one search, not for a class's.
        self._turn = asyncio.Lock()
        self._is_stopping = False
        self._is_tidying = False

    async def search(
        self, streams: Sequence[StreamName], typed: str, before: tuple[StreamName, MessageId] | None, limit: int
    ) -> Found | None:
        """Messages of these rooms that hold all words typed, or longer ones; `limit` of those older than `before`.

        None: there is no message `before`. A text without a letter or digit finds nothing.
        """
        words = wanted_words(typed)
        if not words or not streams:
            return Found((), more=False)
        async with self._turn:
            with store_errors():
                return await self._database.look(_search, tuple(streams)[:ROOMS_AT_ONCE], words, before, limit)

    async def fill(self) -> int:
        """Make the words of those messages that have none yet, some at a time; how many there were."""
        filled = 0
        while not self._is_stopping:
            with store_errors():
                some = await self._database.transact(_fill)
            filled += some
            if some < FILLED_AT_ONCE:
                break
        return filled

    async def tidy(self) -> None:
        """Have the words that were withdrawn leave SQLite's index altogether; PostgreSQL does so by itself.

        They are not found from the commit on that withdraws them, but FTS5 lets them lie until it happens to rewrite
        that part of the index. It is rewritten here, a piece at a time.
        """
        if self._is_tidying:
            return
        self._is_tidying = True
        try:
            is_first = is_moving = True
            while is_moving and not self._is_stopping:
                with store_errors():
                    is_moving = await self._database.transact(tidy_index, is_first)
                is_first = False
        finally:
            self._is_tidying = False

    def stop(self) -> None:
        """The server ends: what is left of `fill` and `tidy` is done after the next start."""
        self._is_stopping = True


# --- Searching ---

_older = chat_messages.alias()
_message_before = (
    select(func.max(_older.c.id))
    .where(_older.c.stream == chat_messages.c.stream, _older.c.id < chat_messages.c.id)
    .scalar_subquery()
    .label("message_before")
)
_at_of = select(chat_messages.c.at).where(
    chat_messages.c.stream == bindparam("of_stream"), chat_messages.c.id == bindparam("of_message")
)

# SQLite: the index gives the places, newest first, and no more of them than are asked for.
_index = table("chat_search", column("rowid"), column("stream"), column("message"))
_places = select(_index.c.rowid).where(
    _index.c.rowid >= bindparam("first"),
    _index.c.rowid <= bindparam("last"),
    _index.c.stream == bindparam("of_stream"),
    _index.c.message == bindparam("of_message"),
)
_in_sqlite = (
    select(chat_messages, _message_before)
    .join_from(
        _index,
        chat_messages,
        and_(chat_messages.c.stream == _index.c.stream, chat_messages.c.id == _index.c.message),
    )
    .where(
        literal_column("chat_search").op("MATCH")(bindparam("words")),
        _index.c.rowid < bindparam("below", type_=BigInteger),
        _index.c.stream.in_(bindparam("streams", expanding=True)),
    )
    .order_by(_index.c.rowid.desc())
    .limit(bindparam("count"))
)
PLACE_MAX = 2**63 - 1
"""Beyond the newest."""

# PostgreSQL: the words as an expression must be that of the index.
_lexemes = func.array_to_tsvector(func.string_to_array(chat_messages.c.words, literal_column("' '")))
_order = (chat_messages.c.at, chat_messages.c.stream, chat_messages.c.id)
_in_postgres = (
    select(chat_messages, _message_before)
    .where(
        _lexemes.op("@@")(cast(bindparam("words", type_=Text), TSQUERY)),
        one_of(chat_messages.c.stream, "streams"),
        or_(
            bindparam("below", type_=BigInteger).is_(None),
            tuple_(*_order)
            < tuple_(
                bindparam("below", type_=BigInteger),
                bindparam("below_stream", type_=Text),
                bindparam("below_message", type_=BigInteger),
            ),
        ),
    )
    .order_by(*(part.desc() for part in _order))
    .limit(bindparam("count"))
)


def _search(
    connection: Connection,
    streams: Sequence[StreamName],
    words: tuple[str, ...],
    before: tuple[StreamName, MessageId] | None,
    limit: int,
) -> Found | None:
    at: int | None = None
    if before is not None:
        asked = {"of_stream": before[0], "of_message": before[1]}
        at = connection.execute(_at_of, asked).scalar_one_or_none()
        if at is None:
            return None
    look = _look_in_postgres if is_postgres(connection) else _look_in_sqlite
    rows = look(connection, streams, words, before, at, limit + 1)
    return Found(tuple(_hit(row) for row in rows[:limit]), more=len(rows) > limit)


def _look_in_sqlite(
    connection: Connection,
    streams: Sequence[StreamName],
    words: tuple[str, ...],
    before: tuple[StreamName, MessageId] | None,
    at: int | None,
    count: int,
) -> Sequence[Row[Any]]:
    # Quoted, so that none is one of FTS5's own words (AND, NEAR); letters and digits need no more.
    of_rooms = (" AND ".join(f'"{word}"*' for word in beginnings(stream, words)) for stream in streams)
    asked = {
        "words": " OR ".join(f"({of_room})" for of_room in of_rooms),
        "streams": streams,
        "below": PLACE_MAX if before is None or at is None else _place_of(connection, before, at),
        "count": count,
    }
    return connection.execute(_in_sqlite, asked).all()


def _place_of(connection: Connection, message: tuple[StreamName, MessageId], at: int) -> int:
    """Where a message is in the index of SQLite, or would be at the latest."""
    first, end = at << PLACES_BITS, (at + 1) << PLACES_BITS
    asked = {"first": first, "last": end - 1, "of_stream": message[0], "of_message": message[1]}
    place: int | None = connection.execute(_places, asked).scalar()
    return end if place is None else place


def _look_in_postgres(
    connection: Connection,
    streams: Sequence[StreamName],
    words: tuple[str, ...],
    before: tuple[StreamName, MessageId] | None,
    at: int | None,
    count: int,
) -> Sequence[Row[Any]]:
    # Quoted, so that none is an operator; letters and digits need no more.
    of_rooms = (" & ".join(f"'{word}':*" for word in beginnings(stream, words)) for stream in streams)
    below_stream, below_message = before or (None, None)
    asked = {
        "words": " | ".join(f"({of_room})" for of_room in of_rooms),
        "streams": list(streams),
        "below": at,
        "below_stream": below_stream,
        "below_message": below_message,
        "count": count,
    }
    return connection.execute(_in_postgres, asked).all()


def _hit(row: Row[Any]) -> SearchHit:
    return SearchHit(row.stream.partition(":")[2], message_from(row), row.message_before)


# --- Making words, and letting them go ---

_changes = text("SELECT total_changes()")
_merge = text("INSERT INTO chat_search (chat_search, rank) VALUES ('merge', :pages)")

_wordless = (
    select(chat_messages.c.stream, chat_messages.c.id, chat_messages.c.text)
    .where(chat_messages.c.words.is_(None))
    .limit(FILLED_AT_ONCE)
)
_set_words = (
    update(chat_messages)
    .where(
        chat_messages.c.stream == bindparam("of_stream"),
        chat_messages.c.id == bindparam("of_message"),
        # Another process may have changed it since it was read.
        chat_messages.c.words.is_(None),
        chat_messages.c.text == bindparam("of_text"),
    )
    .values(words=bindparam("new_words"))
)


def _fill(connection: Connection) -> int:
    rows = connection.execute(_wordless).all()
    if rows:
        connection.execute(
            _set_words,
            [
                {
                    "of_stream": row.stream,
                    "of_message": row.id,
                    "of_text": row.text,
                    "new_words": words_of(row.stream, row.text),
                }
                # In an order that all processes keep, so that none waits for another in a circle.
                for row in sorted(rows, key=lambda row: (row.stream, row.id))
            ],
        )
    return len(rows)


def tidy_index(connection: Connection, is_first: bool = True) -> bool:
    """One step of `ChatSearch.tidy`, in a transaction after that of the withdrawal; whether there may be another.

    The first takes in all that there is; those that follow go on with it, and not with what is written meanwhile.
    """
    if is_postgres(connection):
        return False
    before = connection.execute(_changes).scalar_one()
    connection.execute(_merge, {"pages": -TIDIED_AT_ONCE if is_first else TIDIED_AT_ONCE})
    changed: int = connection.execute(_changes).scalar_one() - before
    return changed >= UNCHANGED
