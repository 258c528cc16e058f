"""What others may do in a database that holds up its users: locks, deadlocks, and settings of the server."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg

from loadtests.faults.stage import Deployed
from loadtests.problem import Problem

LOOK_INTERVAL = 0.01
"""Seconds between two looks whether somebody waits for our lock."""

VICTIM_WITHIN = 30.0
"""Seconds in which a deadlock has to come about."""

PATIENT = "600s"
"""How long our own session waits before it looks for a deadlock: the other one notices, and is the victim."""

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND $1 = ANY(pg_blocking_pids(pid))"
"""How many wait for a session."""

LOCK = "SELECT head FROM streams WHERE stream = $1 FOR UPDATE"

DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = $1"


@contextmanager
def setting(stage: Deployed, name: str, value: str) -> Iterator[None]:
    """A setting of the whole server, also of those who are connected. Raises `Problem`."""
    asyncio.run(_set(stage, f"ALTER SYSTEM SET {name} = '{value}'"))
    try:
        yield
    finally:
        asyncio.run(_set(stage, f"ALTER SYSTEM RESET {name}"))


@contextmanager
def table_locked(stage: Deployed) -> Iterator[None]:
    """Nobody else may read or write the heads of the streams."""
    with asyncio.Runner() as runner:
        connection = runner.run(stage.topology.postgres.connect(stage.database))
        try:
            runner.run(connection.execute("BEGIN; LOCK TABLE streams IN ACCESS EXCLUSIVE MODE"))
            yield
        finally:
            runner.run(connection.close())


def deadlock(stage: Deployed) -> None:
    """Have a node's commit wait for us while we wait for it, until PostgreSQL ends it. Raises `Problem`."""
    try:
        asyncio.run(asyncio.wait_for(_deadlock(stage), VICTIM_WITHIN))
    except TimeoutError:
        raise Problem("No deadlock came about: do the nodes write two rooms in one commit?") from None


async def _set(stage: Deployed, statement: str) -> None:
    await stage.topology.postgres.execute(statement)
    await stage.topology.postgres.execute("SELECT pg_reload_conf()")


async def _deadlock(stage: Deployed) -> None:
    connection = await stage.topology.postgres.connect(stage.database)
    try:
        await connection.execute(f"SET deadlock_timeout = '{PATIENT}'")
        before = await connection.fetchval(DEADLOCKS, stage.database)
        first, *_, last = sorted(await _written(connection))
        while await connection.fetchval(DEADLOCKS, stage.database) == before:
            stage.burst()
            await _cross(connection, first, last)
    finally:
        await connection.close()


async def _written(connection: Any) -> list[str]:
    rows = await connection.fetch("SELECT stream FROM streams WHERE stream LIKE 'room:%' AND head > 0")
    if len(rows) < 2:
        raise Problem("For a deadlock there have to be two rooms in which somebody writes.")
    return [row["stream"] for row in rows]


async def _cross(connection: Any, first: str, last: str) -> None:
    """Lock the last one; as soon as a commit holds the first and waits for the last, want the first, too."""
    async with connection.transaction():
        await connection.fetchval(LOCK, last)
        while not await _is_crossed(connection, first):  # noqa: ASYNC110 - PostgreSQL tells nobody who waits
            await asyncio.sleep(LOOK_INTERVAL)
        await connection.fetchval(LOCK, first)


async def _is_crossed(connection: Any, first: str) -> bool:
    """Whether somebody who waits for us, as it seems, holds the first stream. It is not locked by this."""
    if not await connection.fetchval(WAITING, connection.get_server_pid()):
        return False
    attempt = connection.transaction()  # a savepoint
    await attempt.start()
    try:
        await connection.fetchval(f"{LOCK} NOWAIT", first)
    except asyncpg.LockNotAvailableError:
        return True
    finally:
        await attempt.rollback()
    return False
