"""The few words of SQL in which SQLite and PostgreSQL differ."""

from typing import Any

from sqlalchemy import Boolean, Column, Connection, Table, Text, any_, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


def is_postgres(connection: Connection | AsyncConnection) -> bool:
    """Which of the two it is."""
    return connection.dialect.name == "postgresql"


def insert_into(connection: Connection | AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say ON CONFLICT: the same SQL in both databases, two classes here."""
    return postgresql.insert(table) if is_postgres(connection) else sqlite.insert(table)


class one_of(FunctionElement[bool]):  # noqa: N801 - a word of SQL
    """Whether a column of text is one of a list, the parameter `name`.

    SQLite is given one parameter for each value. PostgreSQL takes the list as one: there a statement is prepared once,
    on the server, and one of each length would be prepared anew, with a round trip and a plan.
    """

    type = Boolean()
    inherit_cache = True
    name = "one_of"

    def __init__(self, column: Column[str], name: str) -> None:
        super().__init__(column, bindparam(name, expanding=True, type_=column.type))

    def self_group(self, against: Any = None) -> Any:
        """It binds more than AND, OR and NOT. (A Boolean of unknown making would be given a `= 1`: no index for it.)"""
        return self


@compiles(one_of)
def _by_parameters(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    column, values = element.clauses
    return compiler.process(column.in_(values), **options)


@compiles(one_of, "postgresql")
def _by_array(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    column, values = element.clauses
    # Of Text: to cast to the type of the column would cut what is too long for it, and find what was not asked for.
    values = bindparam(values.key, type_=postgresql.ARRAY(Text))
    return compiler.process(column == any_(values), **options)
