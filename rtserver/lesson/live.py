"""What a live project remembers of its lesson: when attention was last asked for, and which polls had votes."""

from rooms.lesson.model import Milliseconds, PollId

ATTENTION_INTERVAL_MS = 3_000
"""Milliseconds between two calls for attention: a page that turned more often could not be followed by anybody."""

PROGRESS_INTERVAL_MS = 1_000
"""Milliseconds between two pushes of how many have voted: a class that votes at once would be sixty a second."""


class LiveLesson:
    """One project's, on one process. Times are milliseconds since 1970 UTC."""

    def __init__(self) -> None:
        self._attention_at: Milliseconds | None = None
        self._voted: set[PollId] = set()
        self._told_at: Milliseconds | None = None

    def may_call(self, now: Milliseconds) -> bool:
        """Whether enough time has passed since everybody was last asked to look."""
        return self._attention_at is None or not 0 <= now - self._attention_at < ATTENTION_INTERVAL_MS

    def called(self, now: Milliseconds) -> None:
        """Everybody was asked to look, from here or by way of another node."""
        self._attention_at = now

    def voted(self, poll: PollId) -> None:
        """There is something new to count."""
        self._voted.add(poll)

    @property
    def has_votes(self) -> bool:
        """Whether there is something new to count."""
        return bool(self._voted)

    def take_due(self, now: Milliseconds) -> frozenset[PollId]:
        """The polls whose progress is to be told now, if it is time."""
        if not self._voted or (self._told_at is not None and 0 <= now - self._told_at < PROGRESS_INTERVAL_MS):
            return frozenset()
        due = frozenset(self._voted)
        self._voted.clear()
        self._told_at = now
        return due
