"""How a server is asked to end."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from rtserver.ending import ENDED_LATE, Ending


@pytest.fixture
def ending() -> Iterator[Ending]:
    ending = Ending(deadline=3600, leave=_nobody_leaves)
    yield ending
    ending.ended()


def _nobody_leaves(_code: int) -> None:
    raise AssertionError


async def test_sigterm_asks_politely(ending: Ending) -> None:
    """Once; a second one is in a hurry."""
    ending.signalled(signal.SIGTERM)
    await ending.asked()
    assert not ending.hurry.is_set()
    ending.signalled(signal.SIGTERM)
    assert ending.hurry.is_set()


async def test_a_person_at_a_terminal_does_not_wait(ending: Ending) -> None:
    """Ctrl-C is in a hurry from the first, also while it drains."""
    ending.signalled(signal.SIGINT)
    await ending.asked()
    assert ending.hurry.is_set()


async def test_signals_of_the_system(ending: Ending) -> None:
    """Are heard, and logged once by their names."""
    ending.listen()
    try:
        with capture_logs() as logs:
            os.kill(os.getpid(), signal.SIGTERM)
            await ending.asked()
            os.kill(os.getpid(), signal.SIGINT)
            await ending.hurry.wait()
        assert [(line["event"], line["signal"]) for line in logs] == [("server.stopping", "SIGTERM")]
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(number)


async def test_the_deadline() -> None:
    """Whatever hangs, the event loop itself too: the process is gone."""
    left: list[int] = []
    gone = threading.Event()

    def leave(code: int) -> None:
        left.append(code)
        gone.set()

    Ending(deadline=0.01, leave=leave).signalled(signal.SIGTERM)
    assert gone.wait(10)  # the loop hangs here
    assert left == [ENDED_LATE]


async def test_an_end_in_time() -> None:
    """Nothing happens at the deadline of a process that goes on, such as that of a test."""
    ending = Ending(deadline=3600, leave=_nobody_leaves)
    before = set(threading.enumerate())
    ending.signalled(signal.SIGTERM)
    (timer,) = set(threading.enumerate()) - before
    ending.ended()
    timer.join(10)
    assert not timer.is_alive()
