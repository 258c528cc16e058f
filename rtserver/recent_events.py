"""The newest events of a stream, kept in memory for readers who come back after a moment."""

from collections import deque
from collections.abc import Sequence
from itertools import islice

from rooms.events import ChatDeleted, ChatEdited, ChatPosted
from rooms.stream import Event
from rtserver.boards.weights import body_bytes

RECENT_EVENTS_MAX = 256
"""Events kept of a stream: a minute of a busy room, longer than a restart or a page that is loaded anew takes."""

RECENT_CHARACTERS_MAX = 65_536
"""Characters of text in them: some 300 bytes for each event of an ordinary chat, and a bound for one of long texts."""

RECENT_BOARD_BYTES_MAX = 524_288
"""Bytes of elements in those of a board: some minutes of drawing; what is more is slower to read than a snapshot."""


class RecentEvents:
    """Dense, up to the stream's head; `start` is the seq behind which nothing is missing.

    A deletion empties it: the text that it withdraws is blanked in the log, and is not to be told from here.
    """

    def __init__(self, weight_max: int | None = None) -> None:
        """`weight_max`: bytes of elements, or characters of text, that they hold; None: as of a chat."""
        self.start = 0
        self._weight_max = RECENT_CHARACTERS_MAX if weight_max is None else weight_max
        self._events: deque[Event] = deque()
        self._weight = 0
        self._emptied = 0

    def reset(self, head: int) -> None:
        """Start anew behind `head`."""
        self._events.clear()
        self._weight = 0
        self._emptied += 1
        self.start = head

    def add(self, event: Event) -> None:
        """The next event of the stream."""
        if isinstance(event.body, ChatDeleted) or event.seq != self.start + len(self._events) + 1:
            self.reset(event.seq)
            return
        self._events.append(event)
        self._weight += _weight(event)
        while len(self._events) > RECENT_EVENTS_MAX or self._weight > self._weight_max:
            oldest = self._events.popleft()
            self._weight -= _weight(oldest)
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
            weight = self._weight + _weight(event)
            if len(self._events) >= RECENT_EVENTS_MAX or weight > self._weight_max:
                return
            self._events.appendleft(event)
            self._weight = weight
            self.start -= 1


def _weight(event: Event) -> int:
    """Characters of text, or about the bytes of elements."""
    body = event.body
    return len(body.text) if isinstance(body, ChatPosted | ChatEdited) else body_bytes(body)
