"""The embedded engine with fake workers: calls and their workers, and what happens when one is lost."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from media.embedded import EmbeddedEngine, EmbeddedOptions
from media.engine import (
    CallLost,
    CallPlan,
    EngineUnavailable,
    MediaEngine,
    OfferRefused,
    Role,
    SpeakersChanged,
)
from media.protocol import Setup
from tests.media.workers import FAKE_WORKER, PERSON, Listener, worker_of


def plan(call: str) -> CallPlan:
    return CallPlan(call, (PERSON,))


@contextlib.asynccontextmanager
async def running(workers: int = 1) -> AsyncIterator[tuple[EmbeddedEngine, Listener]]:
    engine, listener = EmbeddedEngine(EmbeddedOptions(workers=workers), FAKE_WORKER), Listener()
    await engine.start(listener)
    try:
        yield engine, listener
    finally:
        await engine.stop()


async def worker_with(engine: EmbeddedEngine, call: str) -> tuple[int, int]:
    return worker_of(await engine.answer(call, "p1", Role.PUBLISH, "hello"))


def kill(engine: EmbeddedEngine, number: int) -> None:
    pid = engine.workers[number].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def test_is_a_media_engine() -> None:
    """For the type checker."""
    engine: MediaEngine = EmbeddedEngine(EmbeddedOptions(), FAKE_WORKER)
    assert isinstance(engine, EmbeddedEngine)


def test_workers_take_consecutive_ports() -> None:
    """What a firewall has to let through is a range."""
    options = EmbeddedOptions(3, "0.0.0.0", 9000, 0, ("192.0.2.1",), offers_udp=False)
    assert options.setup(2) == Setup(2, "0.0.0.0", 9002, 0, ("192.0.2.1",), False)


async def test_calls_are_spread_and_stay() -> None:
    """The next call goes to the worker with the fewest; each knows the whole plan of its own."""
    async with running(workers=2) as (engine, _):
        assert engine.is_ready
        for call in ("a", "b", "c"):
            engine.plan(plan(call))
        workers = [(await worker_with(engine, call))[0] for call in ("a", "b", "c")]
        assert workers == [0, 1, 0]
        engine.plan(CallPlan("a", ()))
        engine.plan(plan("b"))
        engine.plan(plan("d"))
        assert [(await worker_with(engine, call))[0] for call in ("b", "c", "d")] == [1, 0, 0]
        figures = await engine.figures()
        assert [(one.worker, one.packets_received) for one in figures] == [(0, 2), (1, 1)]


async def test_a_call_without_plan_has_no_sessions() -> None:
    """Not before its first plan, and not after its last."""
    async with running() as (engine, _):
        engine.plan(CallPlan("room", ()))
        with pytest.raises(OfferRefused):
            await engine.answer("room", "p1", Role.PUBLISH, "hello")
        engine.plan(plan("room"))
        assert "['p1']" in await engine.answer("room", "p1", Role.PUBLISH, "hello")
        engine.plan(CallPlan("room", ()))
        with pytest.raises(OfferRefused):
            await engine.answer("room", "p1", Role.PUBLISH, "hello")
        engine.slots_seen("room", "p1", 1)


async def test_events_are_passed_on_for_calls_that_are_there() -> None:
    """What a worker says of a call that has ended, or of another's, is dropped."""
    async with running() as (engine, listener):
        engine.plan(plan("room"))
        engine.slots_seen("room", "p1", 7)
        assert await listener.next(SpeakersChanged) == SpeakersChanged("room", ("p1", "7"))
        await engine.answer("room", "p1", Role.PUBLISH, "events")
        assert await listener.next(SpeakersChanged) == SpeakersChanged("room", ("p1",))
        assert listener.events.empty()


async def test_a_bug_of_the_listener_is_logged() -> None:
    """It ends no call."""
    async with running() as (engine, listener):
        engine.plan(plan("room"))
        listener.engine_event = None  # type: ignore[method-assign, assignment]
        with capture_logs() as logs:
            await engine.answer("room", "p1", Role.PUBLISH, "events")
        assert [entry["event"] for entry in logs] == ["engine_event.failed"]
        assert engine.is_ready


async def test_a_call_survives_its_worker() -> None:
    """`CallLost` at once; the next offer is answered by a new process, which knows the newest plan."""
    async with running() as (engine, listener):
        engine.plan(plan("room"))
        _, before = await worker_with(engine, "room")
        kill(engine, 0)
        assert await listener.next(CallLost) == CallLost("room")
        assert not engine.is_ready
        assert await engine.figures() == ()
        engine.plan(CallPlan("room", (PERSON, PERSON)))
        answer = await engine.answer("room", "p1", Role.PUBLISH, "hello")
        assert worker_of(answer)[1] != before
        assert "['p1', 'p1']" in answer
        assert engine.is_ready


async def test_a_call_that_ended_meanwhile_does_not_come_back() -> None:
    """A worker that restarts is told what is, not what was."""
    async with running() as (engine, listener):
        engine.plan(plan("a"))
        engine.plan(plan("b"))
        kill(engine, 0)
        await listener.next(CallLost)
        await listener.next(CallLost)
        engine.plan(CallPlan("a", ()))
        await worker_with(engine, "b")
        (figures,) = await engine.figures()
        assert figures.packets_received == 1


async def test_calls_move_to_a_worker_that_is_ready() -> None:
    """Nobody waits for a restart when another can do the work; the other's calls notice nothing."""
    async with running(workers=2) as (engine, listener):
        for call in ("a", "b", "c"):
            engine.plan(plan(call))
        kill(engine, 0)
        assert {(await listener.next(CallLost)).call for _ in range(2)} == {"a", "c"}
        assert [(await worker_with(engine, call))[0] for call in ("a", "b", "c")] == [1, 1, 1]
        assert listener.events.empty()


async def test_an_engine_that_cannot_start_leaves_nothing_behind() -> None:
    """Also not the workers that could."""
    engine = EmbeddedEngine(EmbeddedOptions(workers=2), (*FAKE_WORKER, "unable"))
    with pytest.raises(EngineUnavailable, match="the port is taken"):
        await engine.start(Listener())
    assert [worker.pid for worker in engine.workers] == [None, None]


async def test_stop_tells_nobody() -> None:
    """The end of the server is no loss of a call."""
    async with running() as (engine, listener):
        engine.plan(plan("room"))
        await asyncio.wait_for(worker_with(engine, "room"), 10)
        pid = engine.workers[0].pid
        assert pid is not None
        await engine.stop()
        assert listener.events.empty()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
