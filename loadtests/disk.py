"""What one commit costs on a disk: the floor under every durable message."""

import sqlite3
from pathlib import Path
from time import perf_counter_ns

from loadtests.figures import Latency, latency

COMMITS = 500
"""Commits of one round: enough for a 99th percentile, a second or so on a disk that takes 2 ms each."""

ROW_BYTES = 200
"""Bytes of a row: a chat message."""


def commit_cost(folder: Path, commits: int = COMMITS) -> Latency:
    """Insert and commit one row after the other with SQLite, WAL and synchronous=FULL, in a file of its own."""
    file = folder / "commit-cost.db"
    connection = sqlite3.connect(file, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, body BLOB)")
        body = bytes(ROW_BYTES)
        taken: list[int] = []
        for _ in range(commits):
            start = perf_counter_ns()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO rows (body) VALUES (?)", (body,))
            connection.execute("COMMIT")
            taken.append(perf_counter_ns() - start)
        return latency(taken)
    finally:
        connection.close()
        for suffix in ("", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
