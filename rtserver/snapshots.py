"""Which state of a stream is stored, and when: beside the stream's work, so that no command waits for it."""

import asyncio
from typing import Generic, TypeVar

import structlog

from rooms.ports import Log, LogUnavailable, StoredSnapshot
from rooms.stream import Position, Rules, StreamName

log = structlog.get_logger(__name__)

SNAPSHOT_INTERVAL = 200
"""Events after which a stream's state is stored, so that a restart replays little."""

BYTES_PER_EVENT = 16_384
"""Bytes of a state for which one more event has to have happened: the largest boards, of 20 MB, are written every
thousand events, which a restart applies within half a second."""

AT_ONCE_BYTES = 65_536
"""States of up to so many bytes are encoded and decoded where they are at hand: a thread takes as long to begin."""

State = TypeVar("State")


class Snapshots(Generic[State]):
    """The stored snapshot of one stream, and the pruning of the log behind it.

    `keep`: events to keep behind the snapshot; None keeps all.
    """

    def __init__(self, name: StreamName, rules: Rules[State], store: Log, keep: int | None) -> None:
        self._name = name
        self._rules = rules
        self._store = store
        self._keep = keep
        self._seq = 0
        self._bytes = 0
        self._holds_deleted = False

    def stored_at(self, seq: int, size: int = 0) -> None:
        """The newest one is that of `seq`, of so many bytes; 0: there is none."""
        self._seq = seq
        self._bytes = size

    def note_deletion(self) -> None:
        """Something was withdrawn: it must not live on in an older snapshot."""
        self._holds_deleted = True

    def is_due(self, head: int) -> bool:
        """Whether the state at `head` should be stored."""
        interval = max(SNAPSHOT_INTERVAL, self._bytes // BYTES_PER_EVENT)
        return head - self._seq >= interval or (self._holds_deleted and self._seq > 0)

    async def save(self, position: Position, state: State) -> bool:
        """Store a state, and prune. False when that failed, which is logged; it is due again with the next events."""
        self._seq = position.seq
        holds_deleted, self._holds_deleted = self._holds_deleted, False
        try:
            encoded = await self._encode(state)
            await self._store.save_snapshot(self._name, StoredSnapshot(position, self._rules.version, encoded))
            holds_deleted = False
            if self._keep is not None and position.seq > self._keep:
                await self._store.prune(self._name, position.seq - self._keep)
        except (LogUnavailable, ValueError) as error:  # ValueError: another process has replaced the snapshot
            log.warning("stream.snapshot_failed", stream=self._name, error=str(error))
            return False
        except Exception:
            log.exception("stream.snapshot_failed", stream=self._name)
            return False
        finally:
            self._holds_deleted |= holds_deleted
        return True

    async def decode(self, snapshot: StoredSnapshot) -> State:
        """The state of a stored snapshot; a large one is decoded in a thread, while the process goes on."""
        if len(snapshot.state) <= AT_ONCE_BYTES:
            return self._rules.decode(snapshot.state)
        return await asyncio.to_thread(self._rules.decode, snapshot.state)

    async def _encode(self, state: State) -> bytes:
        """States are immutable: a large one is encoded in a thread, while the stream goes on."""
        if self._bytes <= AT_ONCE_BYTES:
            encoded = self._rules.encode(state)
        else:
            encoded = await asyncio.to_thread(self._rules.encode, state)
        self._bytes = len(encoded)
        return encoded
