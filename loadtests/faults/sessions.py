"""What others may do in a database that holds up its users: locks, deadlocks, and settings of the server."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from loadtests.faults.stage import Deployed
from loadtests.problem import Problem

LOOK_INTERVAL = 0.01
"""Seconds between two looks whether somebody waits for our lock."""

LOOKS_A_BURST = 50
"""After so many everybody writes at once again: then commits are of several streams."""

VICTIM_WITHIN = 60.0
"""Seconds in which a deadlock has to come about."""

PATIENT = "600s"
"""How long our own session waits before it looks for a deadlock: the other one notices, and is the victim."""

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND $1 = ANY(pg_blocking_pids(pid))"
"""How many wait for a session."""

BEFORE = "SELECT stream FROM streams WHERE stream < $1"

FREE = f"{BEFORE} FOR UPDATE SKIP LOCKED"

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
        raise Problem("No deadlock came about: do the nodes write several streams in one commit?") from None


async def _set(stage: Deployed, statement: str) -> None:
    await stage.topology.postgres.execute(statement)
    await stage.topology.postgres.execute("SELECT pg_reload_conf()")


async def _deadlock(stage: Deployed) -> None:
    """Lock a stream. As soon as a commit holds another one and waits for ours, want that one, too."""
    postgres, database = stage.topology.postgres, stage.database
    connection, watch = await postgres.connect(database), await postgres.connect(database)
    try:
        await connection.execute(f"SET deadlock_timeout = '{PATIENT}'")
        before = await watch.fetchval(DEADLOCKS, database)
        async with connection.transaction():
            last = max(stage.streams)  # a commit locks its streams in the order of their names: this one comes last
            await connection.fetchval(LOCK, last)
            turn = 0
            while await watch.fetchval(DEADLOCKS, database) == before:
                if turn % LOOKS_A_BURST == 0:
                    stage.burst()
                await _cross(connection, last)
                await asyncio.sleep(LOOK_INTERVAL)
                turn += 1
    finally:
        await connection.close()
        await watch.close()


async def _cross(connection: Any, last: str) -> None:
    """Want what somebody holds who seems to wait for us. What we got is given back."""
    if not await connection.fetchval(WAITING, connection.get_server_pid()):
        return
    attempt = connection.transaction()  # a savepoint: its locks end with it
    await attempt.start()
    try:
        free = {row["stream"] for row in await connection.fetch(FREE, last)}
        held = [row["stream"] for row in await connection.fetch(BEFORE, last) if row["stream"] not in free]
        if held:
            await connection.fetchval(LOCK, held[0])
    finally:
        await attempt.rollback()
