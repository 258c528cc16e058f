"""What one commit takes on a PostgreSQL server: the floor under every durable message."""

from time import perf_counter_ns

import asyncpg

from loadtests.disk import COMMITS, ROW_BYTES
from loadtests.figures import Latency, latency

MAKE = "CREATE TEMPORARY SEQUENCE numbers; CREATE TABLE commit_cost (id bigint PRIMARY KEY, body bytea NOT NULL)"
INSERT = "INSERT INTO commit_cost VALUES (nextval('numbers'), $1)"
DROP = "DROP TABLE commit_cost"


async def commit_cost(url: str, commits: int = COMMITS) -> Latency:
    """Insert and commit one row after the other, one statement each, on a connection and in a table of its own."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""), server_settings={"synchronous_commit": "on"})
    try:
        await connection.execute(MAKE)
        insert = await connection.prepare(INSERT)
        body = bytes(ROW_BYTES)
        taken: list[int] = []
        for _ in range(commits):
            start = perf_counter_ns()
            await insert.fetch(body)
            taken.append(perf_counter_ns() - start)
        await connection.execute(DROP)
        return latency(taken)
    finally:
        await connection.close()
