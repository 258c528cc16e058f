"""What is judged and told of a run."""

import pytest

from loadtests.append.command import Report, judge, text
from loadtests.append.plan import Plan
from loadtests.append.writing import Room, Round
from loadtests.figures import Latency
from loadtests.machine import Machine
from rooms.stream import Position

MACHINE = Machine("2026-01-07T12:00:00+00:00", 2, "a CPU", "3.11.7", "Linux 6", 0.1)


def report(*p99: float, lost: int = 0, late: float = 0.5) -> Report:
    rounds = tuple(
        Round(
            Latency(1.0, 30.0, 60.0, 500),
            Latency(2.0, found, found, 1000),
            Latency(0.1, late, late, 1000),
            500,
            99.0,
            lost,
        )
        for found in p99
    )
    return Report(MACHINE, Plan(), rounds, "python -m loadtests run append")


@pytest.mark.parametrize(
    ("p99", "is_met"), [((16.0,), True), ((16.1,), False), ((9.0, 10.0, 99.0), True), ((9.0, 17.0, 18.0), False)]
)
def test_the_median_round_is_judged_above_the_usual_commit(p99: tuple[float, ...], is_met: bool) -> None:
    """Not above a slow one: that would forgive what is slow at the same time."""
    assert [mark.is_met for mark in judge(report(*p99))] == [is_met, True]


def test_what_is_lost_is_a_failure() -> None:
    """However few."""
    assert [mark.is_met for mark in judge(report(2.0, lost=1))] == [True, False]


def test_what_is_told() -> None:
    """Figures beside each other, and a generator that was late is named."""
    told = text(report(9.0), judge(report(9.0)))
    assert "2 messages a commit" in told
    assert "99 us an append" in told
    assert "Note:" not in told
    assert "was up to 7.0 ms late" in text(report(9.0, late=7.0), [])


def test_a_room_does_not_wait() -> None:
    """Each message stands on the one before it, committed or not; each is somebody's, with a nonce of its own."""
    room = Room("room:r1", 2, Position("e", 5))
    wishes = [room.post(number) for number in range(3)]
    assert [wish.expected.seq for wish in wishes] == [5, 6, 7]
    assert [wish.events[0].seq for wish in wishes] == [6, 7, 8]
    assert [wish.events[0].actor for wish in wishes] == ["member-0", "member-1", "member-0"]
    assert len({wish.nonces[0].nonce for wish in wishes}) == 3
