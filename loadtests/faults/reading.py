"""The log as it is in the database in the end: read past every server."""

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from msgspec import Struct

from loadtests.topology.topology import Topology

HEAD = "SELECT epoch, head, pruned FROM streams WHERE stream = {}"
EVENTS = "SELECT seq, actor, nonce FROM events WHERE stream = {} ORDER BY seq"
NONCES = "SELECT actor, nonce, seq FROM nonces WHERE stream = {}"
"""With the database's own word for the parameter."""


class Entry(Struct, frozen=True):
    """What is read of an event in the log."""

    seq: int
    actor: str
    nonce: str | None


class StreamLog(Struct, frozen=True):
    """A stream in the end; `nonces`: where each (actor, nonce) took effect, also of events that were pruned."""

    epoch: str
    head: int
    pruned: int
    entries: tuple[Entry, ...]
    nonces: Mapping[tuple[str, str], int]


def from_postgres(topology: Topology, streams: Sequence[str]) -> dict[str, StreamLog]:
    """What its database says."""
    return asyncio.run(_read(topology, streams))


def from_sqlite(file: Path, streams: Sequence[str]) -> dict[str, StreamLog]:
    """What the file says, while it is served, too."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        found = {}
        for stream in streams:
            head, events, nonces = (
                connection.execute(query.format("?"), (stream,)).fetchall() for query in (HEAD, EVENTS, NONCES)
            )
            found[stream] = _log(head[0], events, nonces)
        return found


async def _read(topology: Topology, streams: Sequence[str]) -> dict[str, StreamLog]:
    connection = await topology.postgres.connect(topology.database_url.rpartition("/")[2])
    try:
        found = {}
        for stream in streams:
            head, events, nonces = [
                await connection.fetch(query.format("$1"), stream) for query in (HEAD, EVENTS, NONCES)
            ]
            found[stream] = _log(head[0], events, nonces)
        return found
    finally:
        await connection.close()


def _log(head: Any, events: Iterable[Any], nonces: Iterable[Any]) -> StreamLog:
    epoch, last, pruned = head
    return StreamLog(
        epoch=epoch,
        head=last,
        pruned=pruned,
        entries=tuple(Entry(*row) for row in events),
        nonces={(actor, nonce): seq for actor, nonce, seq in nonces},
    )
