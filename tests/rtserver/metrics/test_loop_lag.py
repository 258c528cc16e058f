"""The lag of the event loop, on a loop whose clock the test holds."""

import asyncio
from typing import Any

import pytest

from rtserver.metrics.figures import Histogram
from rtserver.metrics.loop_lag import LOOK_INTERVAL, LoopLag


class HeldLoop:
    """A loop that calls a timer when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[tuple[float, Any]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, call: Any, *arguments: Any) -> asyncio.TimerHandle:
        self.timers.append((when, lambda: call(*arguments)))
        return asyncio.TimerHandle(when, call, arguments, self)  # type: ignore[arg-type]

    def get_debug(self) -> bool:
        return False

    def _timer_handle_cancelled(self, _handle: asyncio.TimerHandle) -> None:
        self.timers.clear()

    def fire(self, late: float) -> None:
        ((when, call),) = self.timers
        self.timers.clear()
        self.now = when + late
        call()


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> HeldLoop:
    held = HeldLoop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: held)
    return held


def test_how_late_it_is(loop: HeldLoop) -> None:
    """Each look says by how much; the next one is an interval after it, not after when it should have been."""
    lag = Histogram((0.01, 1.0))
    watch = LoopLag(lag)
    watch.start()
    loop.fire(late=0.0)
    loop.fire(late=0.5)
    assert lag.counts == [1, 1, 0]
    assert lag.total == pytest.approx(0.5)
    assert loop.timers[0][0] == pytest.approx(loop.now + LOOK_INTERVAL)


def test_it_stops(loop: HeldLoop) -> None:
    """May be said twice, and before it has begun."""
    watch = LoopLag(Histogram((1.0,)))
    watch.stop()
    watch.start()
    watch.stop()
    watch.stop()
    assert loop.timers == []
