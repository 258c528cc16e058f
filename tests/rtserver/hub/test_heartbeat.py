"""The heartbeat with a clock that the test moves."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtserver.hub import heartbeat
from rtserver.hub.heartbeat import NOWHERE, TICK_MAX, TICKS, Heartbeat
from tests.rtserver.hub.fakes import FakeLoop

INTERVAL, TIMEOUT = 25.0, 20.0
LATE = TICK_MAX
"""Seconds that something may come late."""


class Socket:
    """Notes when it was pinged and when it was given up."""

    def __init__(self, loop: FakeLoop) -> None:
        self.beat_at = NOWHERE
        self.is_awaited = False
        self.pinged: list[float] = []
        self.gone: list[float] = []
        self._loop = loop

    def ping(self) -> None:
        self.pinged.append(self._loop.now)

    def timed_out(self) -> None:
        self.gone.append(self._loop.now)


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> FakeLoop:
    return FakeLoop.under(monkeypatch, heartbeat)


@pytest.fixture
def beat() -> Heartbeat:
    return Heartbeat(INTERVAL, TIMEOUT)


@pytest.fixture
def socket(loop: FakeLoop, beat: Heartbeat) -> Socket:
    made = Socket(loop)
    beat.start(made)
    return made


def test_a_ping_after_the_interval(loop: FakeLoop, socket: Socket) -> None:
    """Never before, and late by a slot at most; one, as long as it is not answered."""
    begun = loop.now
    loop.advance(INTERVAL)
    assert socket.pinged == []
    loop.advance(LATE)
    assert len(socket.pinged) == 1
    assert begun + INTERVAL <= socket.pinged[0] <= begun + INTERVAL + LATE
    loop.advance(TIMEOUT / 2)
    assert len(socket.pinged) == 1


def test_no_answer(loop: FakeLoop, socket: Socket) -> None:
    """Given up after the timeout, once; its place is free."""
    loop.advance(INTERVAL + LATE)
    loop.advance(TIMEOUT - LATE)
    assert socket.gone == []
    loop.advance(2 * LATE)
    assert len(socket.gone) == 1
    assert TIMEOUT <= socket.gone[0] - socket.pinged[0] <= TIMEOUT + LATE
    loop.advance(10 * INTERVAL)
    assert (len(socket.pinged), len(socket.gone), socket.beat_at) == (1, 1, NOWHERE)


def test_answers(loop: FakeLoop, beat: Heartbeat, socket: Socket) -> None:
    """Each one in time begins the interval anew."""
    for count in range(1, 5):
        loop.advance(INTERVAL + LATE)
        assert len(socket.pinged) == count
        loop.advance(TIMEOUT - 2 * LATE)
        beat.answered(socket)
    assert socket.gone == []
    intervals = [later - earlier for earlier, later in zip(socket.pinged, socket.pinged[1:], strict=False)]
    assert min(intervals) >= INTERVAL


def test_an_answer_to_nothing(loop: FakeLoop, beat: Heartbeat, socket: Socket) -> None:
    """A client that sends pongs all the time does not put its ping off."""
    for _ in range(int(INTERVAL + LATE)):
        beat.answered(socket)
        loop.advance(1)
    assert len(socket.pinged) == 1


def test_starting_again(loop: FakeLoop, beat: Heartbeat, socket: Socket) -> None:
    """The old place is left: one ping, an interval after the last start."""
    loop.advance(INTERVAL - 1)
    beat.start(socket)
    loop.advance(INTERVAL - LATE)
    assert socket.pinged == []
    loop.advance(2 * LATE)
    assert len(socket.pinged) == 1


@pytest.mark.parametrize("pinged", [False, True])
def test_stopped(loop: FakeLoop, beat: Heartbeat, socket: Socket, pinged: bool) -> None:
    """Neither a ping nor an end comes any more; stopping twice is stopping; the clock stands still."""
    if pinged:
        loop.advance(INTERVAL + LATE)
    seen = len(socket.pinged)
    beat.stop(socket)
    beat.stop(socket)
    loop.advance(INTERVAL + TIMEOUT)
    assert (len(socket.pinged), socket.gone, socket.beat_at) == (seen, [], NOWHERE)
    assert loop.timers == 0, "nobody is left, and the timer runs on"


def test_the_clock_starts_again(loop: FakeLoop, beat: Heartbeat, socket: Socket) -> None:
    """Who comes after everybody has gone is pinged as the first was, not for the time between."""
    beat.stop(socket)
    loop.advance(1000)
    assert loop.timers == 0
    late = Socket(loop)
    beat.start(late)
    loop.advance(INTERVAL - LATE)
    assert late.pinged == []
    loop.advance(2 * LATE)
    assert len(late.pinged) == 1


def test_closed(loop: FakeLoop, beat: Heartbeat, socket: Socket) -> None:
    """The server ends: no timer is left."""
    beat.close()
    beat.close()
    assert loop.timers == 0
    loop.advance(INTERVAL + TIMEOUT)
    assert socket.pinged == []


def test_a_ping_may_end_its_socket(loop: FakeLoop, beat: Heartbeat) -> None:
    """As that of a socket which is too far behind; its neighbours in the slot are pinged all the same."""
    neighbours = [Socket(loop) for _ in range(3)]

    class Slow(Socket):
        def ping(self) -> None:
            super().ping()
            beat.stop(self)

    slow = Slow(loop)
    for one in (neighbours[0], slow, *neighbours[1:]):
        beat.start(one)
    loop.advance(INTERVAL + LATE)
    assert [len(one.pinged) for one in (*neighbours, slow)] == [1] * 4
    loop.advance(TIMEOUT + LATE)
    assert slow.gone == []
    assert [len(one.gone) for one in neighbours] == [1] * 3


def test_one_that_ends_may_end_another(loop: FakeLoop, beat: Heartbeat) -> None:
    """In the same slot, before its turn: it is left alone."""
    second = Socket(loop)

    class First(Socket):
        def timed_out(self) -> None:
            super().timed_out()
            beat.stop(second)

    first = First(loop)
    for one in (first, second):
        beat.start(one)
    loop.advance(INTERVAL + LATE)
    loop.advance(TIMEOUT + LATE)
    assert (len(first.gone), second.gone) == (1, [])


def test_silent_ones_are_kept_when_it_is_said(loop: FakeLoop) -> None:
    """Engineio's option `monitor_clients=False`: pings go out, nobody is ended."""
    beat = Heartbeat(INTERVAL, TIMEOUT, ends_silent=False)
    socket = Socket(loop)
    beat.start(socket)
    loop.advance(INTERVAL + TIMEOUT + 2 * LATE)
    assert (len(socket.pinged), socket.gone) == (1, [])
    beat.answered(socket)
    loop.advance(INTERVAL + LATE)
    assert len(socket.pinged) in (1, 2)


def test_a_loop_that_was_held_up(loop: FakeLoop, beat: Heartbeat, socket: Socket) -> None:
    """No slot is passed over when a turn comes late."""
    other = Socket(loop)
    loop.advance(3.3)
    beat.start(other)
    loop.now += INTERVAL + LATE  # nothing ran meanwhile
    loop.advance(LATE)
    assert (len(socket.pinged), len(other.pinged)) == (1, 1)


@settings(max_examples=60, deadline=None, database=None, derandomize=True, print_blob=False)
@given(
    starts=st.lists(st.floats(0, 30), min_size=1, max_size=8),
    interval=st.floats(0.05, 30),
    timeout=st.floats(0.05, 30),
)
def test_whenever_they_begin(starts: list[float], interval: float, timeout: float) -> None:
    """Each is pinged once, in its time, and given up in its time: never early, late by two slots at most."""
    with pytest.MonkeyPatch.context() as patch:
        loop = FakeLoop.under(patch, heartbeat)
        beat = Heartbeat(interval, timeout)
        slot = min(max(min(interval, timeout) / TICKS, heartbeat.TICK_MIN), TICK_MAX)
        begun = []
        for start in sorted(starts):
            loop.advance(max(0, 1000 + start - loop.now))
            socket = Socket(loop)
            beat.start(socket)
            begun.append((loop.now, socket))
        loop.advance(interval + timeout + 5 * slot)
        slack = 1e-6
        for at, socket in begun:
            (pinged,), (gone,) = socket.pinged, socket.gone
            assert at + interval - slack <= pinged <= at + interval + 2 * slot + slack
            assert pinged + timeout - slack <= gone <= pinged + timeout + 2 * slot + slack
        assert loop.timers == 0
