"""Faults of the embedded database: its disk is full, or somebody else holds its lock."""

import resource
import sqlite3
from collections.abc import Callable
from contextlib import closing

from loadtests.faults.stage import Embedded

Fault = Callable[[Embedded], None]

LOCK_WITHIN = 30.0
"""Seconds in which we get the lock, on a busy machine: the server has it for milliseconds at a time."""


def disk_full(stage: Embedded) -> None:
    """No file of the server can take a byte more, its log included (RLIMIT_FSIZE, which needs no disk of our own)."""
    pid = stage.server.child.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        stage.burst()
        stage.hold()
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def locked(stage: Embedded) -> None:
    """Another program holds the lock for writing, such as somebody's database browser."""
    with closing(sqlite3.connect(stage.file, isolation_level=None, timeout=LOCK_WITHIN)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        stage.burst()
        stage.hold()
        connection.execute("ROLLBACK")


def server_killed_in_burst(stage: Embedded) -> None:
    """It is gone while everybody writes, and started again."""
    stage.burst()
    stage.server.kill()
    stage.server.start()


FAULTS: dict[str, Fault] = {
    "sqlite_disk_full": disk_full,
    "sqlite_locked": locked,
    "sqlite_server_killed_in_burst": server_killed_in_burst,
}
"""By their kind."""
