"""All calls of a process: which one an event is about, and what has no call."""

import asyncio
import gc

import pytest

from media.engine import EngineUnavailable, SpeakersChanged
from rtserver.calls.settings import call_settings
from rtserver.calls.switchboard import Switchboard
from tests.media_engine import FakeEngine
from tests.rtserver.hub.support import Classroom, Seat


async def test_finding_calls(classroom: Classroom, teacher: Seat) -> None:
    """By their room, as long as their project keeps them."""
    switchboard = classroom.tools.switchboard
    assert switchboard.call(classroom.hall) is None
    await teacher.ask("call.join", room=classroom.hall)
    assert switchboard.call(classroom.hall) is classroom.live.calls[classroom.hall]
    await teacher.ask("call.leave", room=classroom.hall)
    classroom.live.tell_presence()
    gc.collect()
    assert switchboard.call(classroom.hall) is None


async def test_what_is_about_no_call(classroom: Classroom) -> None:
    """Means nothing."""
    switchboard = classroom.tools.switchboard
    switchboard.engine_event(SpeakersChanged("nowhere", ()))


async def test_life(classroom: Classroom) -> None:
    """The engine starts and stops with it; what is under way then is given up."""
    engine = FakeEngine()
    switchboard = Switchboard(call_settings(classroom.on.settings), engine, classroom.on.clock)
    await switchboard.start()
    assert engine.is_running
    assert await switchboard.figures() == engine.measured
    under_way = asyncio.Event()

    async def work() -> None:
        under_way.set()
        await asyncio.Event().wait()

    switchboard.beside(work())
    await under_way.wait()
    await switchboard.stop()
    assert not engine.is_running


async def test_without_an_engine(classroom: Classroom) -> None:
    """There are no calls."""
    switchboard = Switchboard(call_settings(classroom.on.settings), None, classroom.on.clock)
    await switchboard.start()
    assert not switchboard.has_calls
    with pytest.raises(EngineUnavailable):
        await switchboard.figures()
    await switchboard.stop()
