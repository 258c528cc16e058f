"""Which state of a stream is stored, and when: beside the stream's work, so that no command waits for it."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

from rooms.ports import Log, LogUnavailable, StoredSnapshot
from rooms.stream import Position, Rules, StreamName

log = structlog.get_logger(__name__)

SNAPSHOT_INTERVAL = 200
"""Events after which a stream's state is stored, so that a restart replays little."""

BYTES_PER_EVENT = 4_096
"""Bytes of a stored state for which one more event has to have happened: the largest boards, some 4 MB when they are
compressed, are written every thousand events, which a restart applies within half a second."""

SURPLUS_MAX = 1 / 8
"""Of the bytes to keep of a log: so many more it has before the oldest events beyond them are looked for, which goes
over all of it, a microsecond an event."""

RETRIES = 10
"""Times that one which cannot be stored is tried within the events after which the next one would be due."""

AT_ONCE_BYTES = 65_536
"""States of up to so many bytes are encoded and decoded where they are at hand: a thread takes as long to begin."""

State = TypeVar("State")


class Snapshots(Generic[State]):
    """The stored snapshot of one stream, and the pruning of the log behind it.

    `keep`: events to keep behind the snapshot, of at most `keep_bytes`; None keeps all. `weigh`: about how many bytes a
    state takes, for those that may be large before any was stored.
    """

    def __init__(
        self,
        name: StreamName,
        rules: Rules[State],
        store: Log,
        keep: int | None = None,
        keep_bytes: int | None = None,
        weigh: Callable[[State], int] | None = None,
    ) -> None:
        self._name = name
        self._rules = rules
        self._store = store
        self._keep = keep
        self._keep_bytes = keep_bytes
        self._weigh = weigh
        self._weighed_to = 0
        """Up to which seq the log was weighed, and found to be of so many bytes: at least, or fewer have been kept."""
        self._log_bytes = 0
        self._seq = 0
        self._not_before = 0
        """The head at which one is tried again after it failed."""
        self._bytes = 0
        self._is_stored = False
        """Whether there may be one."""
        self._holds_deleted = False

    def stored_at(self, seq: int, size: int = 0) -> None:
        """The newest one is that of `seq`, of so many bytes; 0: there is none."""
        self._seq = seq
        self._bytes = size
        self._is_stored = seq > 0

    def note_deletion(self) -> None:
        """Something was withdrawn: it must not live on in an older snapshot."""
        self._holds_deleted = True

    def is_due(self, head: int) -> bool:
        """Whether the state at `head` should be stored."""
        is_time = head - self._seq >= self._interval() and head >= self._not_before
        return is_time or (self._holds_deleted and self._is_stored)

    async def save(self, position: Position, state: State) -> bool:
        """Store a state, and prune. False when that failed, which is logged; it is due again after some more events."""
        holds_deleted, self._holds_deleted = self._holds_deleted, False
        self._not_before = position.seq + self._interval() // RETRIES
        try:
            encoded = await self._encode(state)
            self._is_stored = True  # also when the store fails: it may do so behind the commit
            await self._store.save_snapshot(self._name, StoredSnapshot(position, self._rules.version, encoded))
            holds_deleted = False
            self._seq, self._bytes = position.seq, len(encoded)
            await self._prune(position.seq)
        except (LogUnavailable, ValueError) as error:  # ValueError: another process has replaced the snapshot
            log.warning("stream.snapshot_failed", stream=self._name, error=str(error))
            return False
        except Exception:
            log.exception("stream.snapshot_failed", stream=self._name)
            return False
        finally:
            self._holds_deleted |= holds_deleted
        return True

    def _interval(self) -> int:
        return max(SNAPSHOT_INTERVAL, self._bytes // BYTES_PER_EVENT)

    async def _prune(self, seq: int) -> None:
        """Forget what need not be kept behind the snapshot at `seq`."""
        up_to = 0 if self._keep is None else seq - self._keep
        if self._keep_bytes is not None:
            up_to = max(up_to, await self._surplus(seq, self._keep_bytes))
        if up_to <= 0:
            return
        forgotten = 0 if self._keep_bytes is None else await self._store.weight(self._name, 0, up_to)
        await self._store.prune(self._name, up_to)
        self._log_bytes -= forgotten

    async def _surplus(self, seq: int, keep_bytes: int) -> int:
        """Up to which seq, at most this one, the log has more than it may.

        Only new events are weighed each time. Other processes forget events of the same log: when it looks too large,
        also because of that, it is weighed anew.
        """
        self._log_bytes += await self._store.weight(self._name, self._weighed_to, seq)
        self._weighed_to = seq
        if self._log_bytes <= keep_bytes * (1 + SURPLUS_MAX):
            return 0
        self._log_bytes = await self._store.weight(self._name, 0, seq)
        return min(seq, await self._store.surplus(self._name, keep_bytes))

    async def decode(self, snapshot: StoredSnapshot) -> State:
        """The state of a stored snapshot; a large one is decoded in a thread, while the process goes on."""
        if len(snapshot.state) <= AT_ONCE_BYTES:
            return self._rules.decode(snapshot.state)
        return await asyncio.to_thread(self._rules.decode, snapshot.state)

    async def _encode(self, state: State) -> bytes:
        """States are immutable: a large one is encoded in a thread, while the stream goes on."""
        size = self._bytes if self._weigh is None else self._weigh(state)
        if size <= AT_ONCE_BYTES:
            return self._rules.encode(state)
        return await asyncio.to_thread(self._rules.encode, state)
