"""What a driver raises: is the store out of order, or did we ask for nonsense? And what may be told of it."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy import Engine, event, exc
from sqlalchemy.engine import ExceptionContext

from rooms.ports import LogUnavailable

BUGS = (exc.IntegrityError, exc.DataError, exc.ProgrammingError, exc.NotSupportedError)
"""Errors of the driver that say that we asked for nonsense, not that the store is out of order."""

BUG_STATES = ("22", "23", "42")
"""The same as PostgreSQL says it (SQLSTATE classes: data, integrity, syntax or access rule)."""

READ_ONLY = "25006"
"""SQLSTATE read_only_sql_transaction: the server has become a standby."""

NO_ANSWER = "the database did not answer in time"


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn what the driver raises when the store fails into `LogUnavailable`; let bugs pass."""
    try:
        yield
    except (exc.DBAPIError, exc.TimeoutError, OSError) as error:
        if _is_bug(error):
            raise
        # TimeoutError of SQLAlchemy: no free connection in the pool. OSError: PostgreSQL cannot be reached.
        # The driver's own words, without the statement that SQLAlchemy adds.
        raise LogUnavailable(str(getattr(error, "orig", error)) or NO_ANSWER) from error


def _is_bug(error: Exception) -> bool:
    driver = getattr(error, "orig", None)
    if isinstance(getattr(driver, "__cause__", None), asyncpg.InvalidCachedStatementError):
        return False  # somebody has migrated meanwhile; it is prepared anew the next time
    if isinstance(error, BUGS) or isinstance(getattr(driver, "__cause__", None), asyncpg.DataError):
        return True
    return str(getattr(driver, "sqlstate", "") or "").startswith(BUG_STATES)


def tell_of_postgres(engine: Engine) -> None:
    """Have the errors of a PostgreSQL engine tell nothing of what people wrote, and lost connections known as such."""
    event.listen(engine, "handle_error", _on_error)


def _on_error(context: ExceptionContext) -> None:
    cause = context.original_exception.__cause__
    if isinstance(cause, asyncpg.PostgresError):
        # The row that was refused, which may hold a text. What went wrong is in the message.
        cause.detail = None
    if isinstance(cause, asyncpg.DataError):
        _blank(context, "a value is not of the type that its column has")
    # A server that does not answer within the time of a statement hangs or is cut off, and one that takes no writes any
    # more has handed over to another. What is connected to it is of no use: look for it anew.
    if isinstance(context.original_exception, TimeoutError) or getattr(cause, "sqlstate", None) == READ_ONLY:
        if context.connection is not None and not context.connection.invalidated:
            driver = context.connection.connection.driver_connection
            assert isinstance(driver, asyncpg.Connection)
            driver.terminate()  # at once: to take leave of one who does not answer would take its time again
        context.is_disconnect = True


def _blank(context: ExceptionContext, said: str) -> None:
    """The driver repeats the value: in its own error, in the adapter's and in SQLAlchemy's."""
    for error in (context.original_exception.__cause__, context.original_exception, context.sqlalchemy_exception):
        if error is not None:
            error.args = (said, *error.args[1:])
