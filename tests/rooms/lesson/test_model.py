"""`rooms.lesson.model`: what is kept of a lesson."""

import msgspec

from rooms.lesson.messages import CHOICES_MAX, CHOICES_MIN
from rooms.lesson.model import READY_CHOICES, Lesson, Poll, PollKind, Timer

OPEN = Poll("q1", "hall", "Ready?", ("Yes", "No"))
CLOSED = Poll("q2", "staff", "Coffee?", ("Yes", "No"), PollKind.YES_NO, (2, 0))


def test_the_poll_of_a_room() -> None:
    """It is found by its room and its own id together."""
    lesson = Lesson(polls={"hall": OPEN, "staff": CLOSED})
    assert lesson.poll("hall", "q1") is OPEN
    assert lesson.poll("hall", "q2") is None
    assert lesson.poll("elsewhere", "q1") is None
    assert lesson.open_polls() == (OPEN,)


def test_ready_made_ones() -> None:
    """All kinds but free ones have their number of choices, which a poll may have."""
    assert set(READY_CHOICES) == set(PollKind) - {PollKind.FREE}
    assert all(CHOICES_MIN <= count <= CHOICES_MAX for count in READY_CHOICES.values())


def test_it_can_be_stored() -> None:
    """In a snapshot of the project."""
    lesson = Lesson(Timer(1_000, 10), {"hall": OPEN, "staff": CLOSED})
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(lesson), type=Lesson) == lesson
