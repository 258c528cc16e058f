"""The newest events of a stream, kept in memory for readers who come back after a moment."""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

from rooms.events import ChatDeleted, ChatEdited, ChatPosted
from rooms.stream import Event

RECENT_EVENTS_MAX = 256
"""Events kept of a stream: a minute of a busy room, longer than a restart or a page that is loaded anew takes."""

RECENT_CHARACTERS_MAX = 65_536
"""Characters of text in them: some 300 bytes for each event of an ordinary chat, and a bound for one of long texts."""

Weigh = Callable[[Event], int]
"""How much of the bound an event takes."""


def characters(event: Event) -> int:
    """Of the text of a message."""
    return len(event.body.text) if isinstance(event.body, ChatPosted | ChatEdited) else 0


class RecentEvents:
    """Dense, up to the stream's head; `start` is the seq behind which nothing is missing.

    A deletion empties it: the text that it withdraws is blanked in the log, and is not to be told from here.
    """

    def __init__(self, weight_max: int | None = None, weigh: Weigh = characters, is_filled_up: bool = True) -> None:
        """`weight_max`: how much they may weigh; None: as those of a chat.

        `is_filled_up`: older ones, which are in the log, are wanted too.
        """
        self.start = 0
        self._weight_max = RECENT_CHARACTERS_MAX if weight_max is None else weight_max
        self._weigh = weigh
        self._is_filled_up = is_filled_up
        self._is_full = False
        self._events: deque[Event] = deque()
        self._weight = 0
        self._emptied = 0

    def reset(self, head: int) -> None:
        """Start anew behind `head`."""
        self._events.clear()
        self._weight = 0
        self._emptied += 1
        self._is_full = False
        self.start = head

    def add(self, event: Event) -> None:
        """The next event of the stream."""
        if isinstance(event.body, ChatDeleted) or event.seq != self.start + len(self._events) + 1:
            self.reset(event.seq)
            return
        self._events.append(event)
        self._weight += self._weigh(event)
        while len(self._events) > RECENT_EVENTS_MAX or self._weight > self._weight_max:
            oldest = self._events.popleft()
            self._weight -= self._weigh(oldest)
            self.start = oldest.seq
            self._is_full = True

    def after(self, seq: int) -> list[Event] | None:
        """Every event later than `seq`, in order; None when these do not reach back that far."""
        if seq < self.start:
            return None
        return list(islice(self._events, seq - self.start, None))

    @property
    def wants_older(self) -> bool:
        """Whether older ones may fit: they do not once some had to go, or were put `before` them."""
        return self._is_filled_up and not self._is_full and self.start > 0

    @property
    def emptied(self) -> int:
        """Grows when they are emptied: what was read from the log before is not to be put in `before` them."""
        return self._emptied

    def before(self, events: Sequence[Event], emptied: int) -> None:
        """Put older events, read from the log when it had been emptied `emptied` times, in front; as many as fit."""
        if emptied != self._emptied:
            return
        self._is_full = True
        for event in reversed(events):
            if event.seq != self.start:
                continue  # at hand already
            weight = self._weight + self._weigh(event)
            if len(self._events) >= RECENT_EVENTS_MAX or weight > self._weight_max:
                return
            self._events.appendleft(event)
            self._weight = weight
            self.start -= 1
