"""The rows that a commit of the log adds: in one statement on PostgreSQL, one a table on SQLite.

Each statement is a round trip to PostgreSQL, and on a machine that is at work a turn of waiting for it.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    CTE,
    Connection,
    String,
    Table,
    TableValuedAlias,
    Text,
    bindparam,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from rooms.stream import StreamName
from rtserver.sql import is_postgres
from rtserver.tables import chat_messages, events, nonces, streams

Row = dict[str, Any]

TABLES = (events, nonces, chat_messages)
NAMES = {table: [column.name for column in table.columns] for table in TABLES}


class Rows(Struct, frozen=True):
    """New rows by table, each with all its columns."""

    events: Sequence[Row]
    nonces: Sequence[Row]
    chat_messages: Sequence[Row]

    def of(self, table: Table) -> Sequence[Row]:
        """Those of one table."""
        rows: Sequence[Row] = getattr(self, table.name)
        return rows


_move_heads = update(streams).where(streams.c.stream == bindparam("of_stream")).values(head=bindparam("new_head"))
_inserts = {table: insert(table) for table in TABLES}


def write_rows(connection: Connection, heads: dict[StreamName, int], rows: Rows) -> None:
    """Write them, and where streams end now, inside the caller's transaction, which holds the locks of the streams."""
    if is_postgres(connection):
        moved = {"moved_stream": list(heads), "moved_head": list(heads.values())}
        connection.execute(_write_all, moved | arrays(rows))
        return
    if heads:
        connection.execute(_move_heads, [{"of_stream": name, "new_head": seq} for name, seq in heads.items()])
    for table in TABLES:
        if added := rows.of(table):
            connection.execute(_inserts[table], added)


def arrays(rows: Rows) -> dict[str, list[Any]]:
    """The parameters of what is `unnested` for each table: a list for each column, as long as there are rows."""
    return {
        f"{table.name}_{name}": [row[name] for row in added]
        for table in TABLES
        for added in (rows.of(table),)
        for name in NAMES[table]
    }


def unnested(name: str, *columns: Any) -> TableValuedAlias:
    """Lists as a table: a parameter `<name>_<column>` for each column. For PostgreSQL."""
    # Of Text: to cast to the type of a column would cut what is too long for it, instead of refusing it.
    types = [Text() if isinstance(column.type, String) else column.type for column in columns]
    arrays = [
        bindparam(f"{name}_{column.name}", type_=ARRAY(type_)) for column, type_ in zip(columns, types, strict=True)
    ]
    return func.unnest(*arrays).table_valued(*(column.name for column in columns)).render_derived(name=f"new_{name}")


def _adding(table: Table) -> CTE:
    rows = unnested(table.name, *table.columns)
    return insert(table).from_select(NAMES[table], select(rows)).cte(f"add_{table.name}")


_moved = unnested("moved", streams.c.stream, streams.c.head)
_write_all = select(literal(1)).add_cte(
    update(streams).where(streams.c.stream == _moved.c.stream).values(head=_moved.c.head).cte("move"),
    *(_adding(table) for table in TABLES),
)
"""A statement that writes into a table in its WITH does so whether or not the rest asks for it."""
