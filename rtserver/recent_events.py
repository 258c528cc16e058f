"""The newest events of a stream, kept in memory for readers who come back after a moment."""

from collections import deque
from collections.abc import Sequence
from itertools import islice

from rooms.events import ChatDeleted
from rooms.stream import Event

RECENT_EVENTS_MAX = 256
"""Events kept of a stream: a minute of a busy room, longer than a restart or a page that is loaded anew takes."""

RECENT_CHARACTERS_MAX = 65_536
"""Characters of text in them: some 300 bytes for each event of an ordinary chat, and a bound for one of long texts."""


class RecentEvents:
    """Dense, up to the stream's head; `start` is the seq behind which nothing is missing.

    A deletion empties it: the text that it withdraws is blanked in the log, and is not to be told from here.
    """

    def __init__(self) -> None:
        self.start = 0
        self._events: deque[Event] = deque()
        self._characters = 0
        self._emptied = 0

    def reset(self, head: int) -> None:
        """Start anew behind `head`."""
        self._events.clear()
        self._characters = 0
        self._emptied += 1
        self.start = head

    def add(self, event: Event) -> None:
        """The next event of the stream."""
        if isinstance(event.body, ChatDeleted) or event.seq != self.start + len(self._events) + 1:
            self.reset(event.seq)
            return
        self._events.append(event)
        self._characters += _characters(event)
        while len(self._events) > RECENT_EVENTS_MAX or self._characters > RECENT_CHARACTERS_MAX:
            oldest = self._events.popleft()
            self._characters -= _characters(oldest)
            self.start = oldest.seq

    def after(self, seq: int) -> list[Event] | None:
        """Every event later than `seq`, in order; None when these do not reach back that far."""
        if seq < self.start:
            return None
        return list(islice(self._events, seq - self.start, None))

    @property
    def emptied(self) -> int:
        """Grows when they are emptied: what was read from the log before is not to be put in `before` them."""
        return self._emptied

    def before(self, events: Sequence[Event], emptied: int) -> None:
        """Put older events, read from the log when it had been emptied `emptied` times, in front; as many as fit."""
        if emptied != self._emptied:
            return
        for event in reversed(events):
            if event.seq != self.start:
                continue  # at hand already
            characters = self._characters + _characters(event)
            if len(self._events) >= RECENT_EVENTS_MAX or characters > RECENT_CHARACTERS_MAX:
                return
            self._events.appendleft(event)
            self._characters = characters
            self.start -= 1


def _characters(event: Event) -> int:
    return len(getattr(event.body, "text", ""))
