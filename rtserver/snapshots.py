"""Which state of a stream is stored, and when: beside the stream's work, so that no command waits for it."""

from typing import Generic, TypeVar

import structlog

from rooms.ports import Log, LogUnavailable, StoredSnapshot
from rooms.stream import Position, Rules, StreamName

log = structlog.get_logger(__name__)

SNAPSHOT_INTERVAL = 200
"""Events after which a stream's state is stored, so that a restart replays little."""

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
        self._holds_deleted = False

    def stored_at(self, seq: int) -> None:
        """The newest one is that of `seq`; 0: there is none."""
        self._seq = seq

    def note_deletion(self) -> None:
        """Something was withdrawn: it must not live on in an older snapshot."""
        self._holds_deleted = True

    def is_due(self, head: int) -> bool:
        """Whether the state at `head` should be stored."""
        return head - self._seq >= SNAPSHOT_INTERVAL or (self._holds_deleted and self._seq > 0)

    async def save(self, position: Position, state: State) -> bool:
        """Store a state, and prune. False when that failed, which is logged; it is due again with the next events."""
        self._seq = position.seq
        holds_deleted, self._holds_deleted = self._holds_deleted, False
        try:
            encoded = self._rules.encode(state)
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
