"""What other processes say they have appended to a stream, until it can be applied."""

from collections.abc import Sequence

from rooms.stream import Event

HEARD_EVENTS_MAX = 2_000
"""Events kept while an append of ours is under way; what is more is read from the log."""


class HeardEvents:
    """By seq; they may come twice, in any order, or not at all."""

    def __init__(self) -> None:
        self._events: dict[int, Event] = {}

    def __len__(self) -> int:
        return len(self._events)

    def add(self, events: Sequence[Event]) -> bool:
        """Keep them. False when they are too many, and all are forgotten."""
        if len(self._events) + len(events) > HEARD_EVENTS_MAX:
            self._events.clear()
            return False
        self._events.update((event.seq, event) for event in events)
        return True

    def take(self, position: int) -> list[Event]:
        """Those that follow upon seq `position`, without a gap; what is older is forgotten."""
        following: list[Event] = []
        while (event := self._events.pop(position + len(following) + 1, None)) is not None:
            following.append(event)
        reached = position + len(following)
        self._events = {seq: event for seq, event in self._events.items() if seq > reached}
        return following

    def clear(self) -> None:
        """The log is another one."""
        self._events.clear()
