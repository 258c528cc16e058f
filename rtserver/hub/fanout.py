"""Fan-out to a room: encoded once per codec, one frame appended per recipient, and nothing awaited."""

from collections.abc import Callable

from rtserver.hub.outbox import Lane, NewestOf, Outbox
from rtserver.hub.packets import Codec, Push

HOT_PERIOD = 100
"""Milliseconds over which a room's signals are counted."""

HOT_SIGNALS = 50
"""Signals in a period from which on a room is hot: two of them share a write when it waits for 4 ms."""


class Heat:
    """Whether a room is hot: so many signals that it saves work to let several share one write."""

    __slots__ = ("_count", "_period", "_was_hot")

    def __init__(self) -> None:
        self._period = 0
        self._count = 0
        self._was_hot = False

    def rises(self, now: int) -> bool:
        """One more signal at `now` (ms). True when the room is hot: by this period's signals, or the last one's."""
        period = now // HOT_PERIOD
        if period != self._period:
            self._was_hot = self._count >= HOT_SIGNALS and period == self._period + 1
            self._period, self._count = period, 0
        self._count += 1
        return self._was_hot or self._count >= HOT_SIGNALS


class Recipients:
    """The outboxes of those who are in a room."""

    __slots__ = ("_by_codec",)

    def __init__(self) -> None:
        self._by_codec: dict[Codec, dict[str, Outbox]] = {}

    def add(self, connection: str, codec: Codec, outbox: Outbox) -> None:
        """A connection, by its id, that receives from now on."""
        self._by_codec.setdefault(codec, {})[connection] = outbox

    def remove(self, connection: str) -> None:
        """It receives no more, what is on its way already excepted."""
        for outboxes in self._by_codec.values():
            outboxes.pop(connection, None)

    def signal(
        self, push: Push, skipped: Outbox | None, newest_of: NewestOf | None, mark: Callable[[Outbox], None]
    ) -> None:
        """Send something volatile to all but one. `mark`: which of the `Flusher`'s writes it leaves with."""
        for codec, outboxes in self._by_codec.items():
            if not outboxes:
                continue
            outgoing = push.encoded(codec)
            frame = outgoing.frame
            for outbox in outboxes.values():
                if outbox is skipped:
                    continue
                pending = outbox.pending
                if pending is None:
                    outbox.send(outgoing, Lane.VOLATILE, newest_of)
                elif pending:
                    pending.append(frame)
                else:
                    mark(outbox)
                    pending.append(frame)
