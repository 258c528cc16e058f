"""The rows of our tables, as plain values that are the same in both databases: reading, writing, comparing.

The tables are taken as they lie in the database, whichever revision it has, not as this version would make them.
"""

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Select,
    String,
    Table,
    func,
    insert,
    inspect,
    select,
    text,
)

from rtserver.care.archive import Values
from rtserver.care.problem import CareFailed
from rtserver.database import BUGS
from rtserver.tables import metadata

FORMER_TABLES: frozenset[str] = frozenset()
"""Tables that an older revision had and today's has not: their backups are read too."""

VERSION_TABLE = "alembic_version"
"""Where Alembic keeps the revision: it is not carried, but made anew with the tables."""

DERIVED = frozenset({("chat_messages", "words")})
"""Columns, by table, that are made of others; they are not carried, but made anew by whoever serves."""

READ_AT_ONCE = 500
"""Rows fetched at once: a hop between threads, or to PostgreSQL, costs as much as some hundred of them."""

WIDE_READ_AT_ONCE = {"files": 1, "previews": 50, "snapshots": 4, "events": 100}
"""Fewer where one may have 20 MB, 200 KB, 4 MB, 128 KB: what is held is some ten MB at most."""

WRITE_BYTES = 4_000_000
"""Bytes of values that go to the database at once, unless a single row has more."""

VALUE_BYTES = 8
"""About what a number takes."""

INTEGER_MAX, LARGE_MAX = 2**31 - 1, 2**63 - 1
"""What an INTEGER and a BIGINT of PostgreSQL hold; SQLite's hold 64 bits whatever they are called."""

SUM_BYTES = 32
NUL = "\x00"

_cursors = itertools.count(1)
_encoder = msgspec.msgpack.Encoder()


class Digest:
    """What a table holds, whichever order its rows are read in: how many, and the sum of their SHA-256."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, row: Values) -> None:
        """Count a row in."""
        self.rows += 1
        self._sum += int.from_bytes(hashlib.sha256(_encoder.encode(tuple(row))).digest(), "big")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Digest) and (self.rows, self.checksum) == (other.rows, other.checksum)

    __hash__ = None  # type: ignore[assignment]  # it grows

    @property
    def checksum(self) -> str:
        """The sum, hex."""
        return f"{self._sum % 2 ** (8 * SUM_BYTES):0{2 * SUM_BYTES}x}"


def our_tables(connection: Connection) -> list[Table]:
    """Our tables that are there, those before others that refer to them."""
    known = {*metadata.tables, *FORMER_TABLES}
    found = MetaData()
    found.reflect(connection, only=sorted(known & set(inspect(connection).get_table_names())))
    return found.sorted_tables


def columns_of(table: Table) -> list[Column[Any]]:
    """The columns that hold something of their own."""
    return [column for column in table.columns if column.computed is None and (table.name, column.name) not in DERIVED]


def drop_all(connection: Connection) -> None:
    """Remove our tables, and what Alembic knows about them."""
    if connection.dialect.name == "sqlite":
        # An index for searching goes with the tables of its own that are beneath it.
        virtual = text("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL%'")
        for name in connection.execute(virtual).scalars().all():
            connection.exec_driver_sql(f'DROP TABLE "{name}"')
    for table in reversed(our_tables(connection)):
        table.drop(connection)
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {VERSION_TABLE}")


def count(connection: Connection, table: Table) -> int:
    """How many rows there are."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def is_empty(connection: Connection, tables: Iterable[Table]) -> bool:
    """Whether none of the tables has a row."""
    return all(connection.execute(select(1).select_from(table).limit(1)).first() is None for table in tables)


def read(connection: Connection, table: Table) -> Iterator[Sequence[Values]]:
    """All rows, in no order, some at a time; no more of them is held than that."""
    at_once = WIDE_READ_AT_ONCE.get(table.name, READ_AT_ONCE)
    query = select(*columns_of(table))
    if connection.dialect.name == "postgresql":
        pages = _fetch(connection, query, at_once)
    else:
        options = {"stream_results": True, "yield_per": at_once}
        pages = connection.execute(query, execution_options=options).partitions()
    for page in pages:
        yield [tuple(row) for row in page]


def _fetch(connection: Connection, query: Select[Any], at_once: int) -> Iterator[Sequence[Row[Any]]]:
    """By a cursor of PostgreSQL's own: the driver's would hold the table until the transaction ends."""
    # The driver remembers a statement together with the columns that it had.
    cursor = f"rtserver_rows_{next(_cursors)}"
    connection.exec_driver_sql(f"DECLARE {cursor} NO SCROLL CURSOR FOR {query.compile(connection)}")
    fetch = text(f"FETCH FORWARD {at_once} FROM {cursor}").columns(*query.selected_columns)
    while page := connection.execute(fetch).all():
        yield page
    connection.exec_driver_sql(f"CLOSE {cursor}")


def digest_of(connection: Connection, table: Table) -> Digest:
    """What a table holds."""
    digest = Digest()
    for rows in read(connection, table):
        for row in rows:
            digest.add(row)
    return digest


class TableWriter:
    """Fills an empty table. `columns`: the order of the values of a row; `digest`: of what was written.

    Raises `CareFailed` for a row that does not fit.
    """

    def __init__(self, connection: Connection, table: Table, columns: Sequence[str], digest: Digest) -> None:
        own = {column.name: column for column in columns_of(table)}
        if set(columns) != set(own):
            raise CareFailed(f"The columns of {table.name} are others than the database has; nothing was changed.")
        self._digest = digest
        self._connection = connection
        self._table = table
        self._columns = [own[name] for name in columns]
        self._names = list(columns)
        # As `read` gives them, whatever the order in a file.
        self._places = [self._names.index(name) for name in own]
        self._waiting: list[dict[str, Any]] = []
        self._bytes = 0

    def add(self, row: Values) -> None:
        """Write a row, sooner or later: see `flush`."""
        for column, value in zip(self._columns, row, strict=True):
            complaint = unfit(column, value)
            if complaint is not None:
                raise CareFailed(f"{self._place_of(row)} cannot be carried over: {column.name} {complaint}.")
        self._digest.add([row[place] for place in self._places])
        self._waiting.append(dict(zip(self._names, row, strict=True)))
        self._bytes += sum(len(value) if isinstance(value, str | bytes) else VALUE_BYTES for value in row)
        if self._bytes >= WRITE_BYTES or len(self._waiting) >= READ_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if not self._waiting:
            return
        try:
            self._connection.execute(insert(self._table), self._waiting)
        except BUGS as error:
            reason = str(getattr(error, "orig", error)).partition("\n")[0]
            raise CareFailed(f"Rows of {self._table.name} cannot be carried over ({reason}).") from error
        self._waiting, self._bytes = [], 0

    def _place_of(self, row: Values) -> str:
        """The row by its key, which is made of ids and numbers."""
        keys = self._table.primary_key.columns
        values = dict(zip(self._names, row, strict=True))
        return f"The row of {self._table.name} with " + ", ".join(f"{key.name} {values[key.name]!r}" for key in keys)


def unfit(column: Column[Any], value: object) -> str | None:
    """Why a value does not fit a column of either database; None: it fits. SQLite itself takes anything anywhere."""
    if value is None:
        return None if column.nullable else "is missing"
    kind = column.type
    if isinstance(kind, Boolean):
        return None if isinstance(value, bool) else "is neither true nor false"
    if isinstance(kind, Integer):
        if not isinstance(value, int) or isinstance(value, bool):
            return "is no number"
        limit = LARGE_MAX if isinstance(kind, BigInteger) else INTEGER_MAX
        return None if -limit <= value <= limit else "is too large a number"
    if isinstance(kind, LargeBinary):
        return None if isinstance(value, bytes) else "is not bytes"
    if not isinstance(kind, String):
        raise NotImplementedError(f"no rule for columns of type {kind!r}")
    if not isinstance(value, str):
        return "is no text"
    if NUL in value:
        return "holds the character U+0000, which PostgreSQL does not take"
    if kind.length is not None and len(value) > kind.length:
        return f"is longer than {kind.length} characters"
    return None


def carry(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Values], digest: Digest
) -> Iterator[int]:
    """Fill an empty table and see that what can be read there is what was written: rows so far, again and again.

    What was written is added to `digest`. Raises `CareFailed`.
    """
    writer = TableWriter(connection, table, columns, digest)
    for row in rows:
        writer.add(row)
        yield digest.rows
    writer.flush()
    if digest_of(connection, table) != digest:
        raise CareFailed(f"What was written to {table.name} reads differently; nothing was changed.")
