"""The words of SQL in which the two databases differ."""

import pytest
from sqlalchemy import Select, create_mock_engine, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from rtserver.sql import insert_into, is_postgres, one_of
from rtserver.tables import nonces, streams

FIND = select(streams.c.head).where(one_of(streams.c.stream, "names"))


def compiled(query: Select[tuple[int]], dialect: Dialect) -> str:
    return str(query.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})).partition("WHERE ")[2]


def test_a_list_is_one_parameter_of_postgresql() -> None:
    """One statement for lists of any length; SQLite has one parameter for each."""
    assert compiled(FIND.params(names=["a", "b"]), sqlite.dialect()) == "streams.stream IN (?, ?)"
    assert compiled(FIND.params(names=["a", "b"]), postgresql.dialect()) == ("streams.stream = ANY (%(names)s::TEXT[])")


def test_statements_of_other_lists_are_other_statements() -> None:
    """SQLAlchemy keeps what it has compiled, by what it is made of."""
    other = select(nonces.c.seq).where(one_of(nonces.c.stream, "streams"))
    key = FIND._generate_cache_key()
    assert key is not None
    assert key == select(streams.c.head).where(one_of(streams.c.stream, "names"))._generate_cache_key()
    assert key != other._generate_cache_key()


@pytest.mark.parametrize(("url", "kind"), [("sqlite://", sqlite.Insert), ("postgresql://", postgresql.Insert)])
def test_inserts_that_can_say_on_conflict(url: str, kind: type) -> None:
    """Each database's own class."""
    connection = create_mock_engine(url.replace("postgresql", "postgresql+asyncpg"), lambda *_: None)
    assert isinstance(insert_into(connection, streams), kind)  # type: ignore[arg-type]
    assert is_postgres(connection) is (kind is postgresql.Insert)  # type: ignore[arg-type]
