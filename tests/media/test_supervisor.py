"""A supervised worker: what its process does, its parent notices; a lost one is there again soon."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from media import supervisor, worker_process
from media.engine import (
    CallPlan,
    EngineEvent,
    EngineUnavailable,
    OfferRefused,
    Role,
    SpeakersChanged,
    WorkerFigures,
)
from media.protocol import Offered, Planned, RequestId, Seen, Setup, ToWorker
from media.supervisor import SupervisedWorker
from tests.media.workers import FAKE_WORKER, PERSON, worker_of

SETUP = Setup(3, "127.0.0.1", 0, 0)


class Told:
    """What a supervised worker tells."""

    def __init__(self) -> None:
        self.happened: asyncio.Queue[Any] = asyncio.Queue()

    def worker_ready(self, number: int) -> None:
        self.happened.put_nowait(("ready", number))

    def worker_lost(self, number: int) -> None:
        self.happened.put_nowait(("lost", number))

    def worker_event(self, number: int, event: EngineEvent) -> None:
        self.happened.put_nowait(event)


def offer(sdp: str) -> Callable[[RequestId], ToWorker]:
    return lambda request: Offered(request, "room", "p1", Role.PUBLISH, sdp)


@contextlib.asynccontextmanager
async def running(start: str | None = None) -> AsyncIterator[tuple[SupervisedWorker, Told]]:
    told = Told()
    worker = SupervisedWorker(SETUP, told, FAKE_WORKER if start is None else (*FAKE_WORKER, start))
    await worker.start()
    try:
        assert await told.happened.get() == ("ready", 3)
        yield worker, told
    finally:
        await worker.stop()


async def until(holds: Callable[[], bool]) -> None:
    """For what is not told by an event."""
    while not holds():  # noqa: ASYNC110
        await asyncio.sleep(0)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# --- A worker that works ---


async def test_starts_answers_and_ends() -> None:
    """It is ready with its ports, knows its number, and its process ends with `stop`."""
    async with running() as (worker, _):
        assert worker.is_ready
        assert worker.ports is not None
        assert worker.ports.udp_port == 40_000
        worker.send(Planned(CallPlan("room", (PERSON,))))
        answer = await worker.answer(offer("hello"))
        number, pid = worker_of(answer)
        assert (number, pid) == (worker.number, worker.pid)
        assert "['p1']" in answer
        assert (await worker.figures()).packets_received == 1
    assert not worker.is_ready
    assert not is_alive(pid)
    await worker.stop()


async def test_passes_on_what_happens() -> None:
    """In order."""
    async with running() as (worker, told):
        worker.send(Seen("room", "p1", 1))
        worker.send(Seen("room", "p1", 2))
        assert await told.happened.get() == SpeakersChanged("room", ("p1", "1"))
        assert await told.happened.get() == SpeakersChanged("room", ("p1", "2"))


async def test_an_offer_may_be_refused() -> None:
    """With the reason; the next one is answered."""
    async with running() as (worker, _):
        with pytest.raises(OfferRefused, match="no fingerprint"):
            await worker.answer(offer("refuse"))
        with pytest.raises(EngineUnavailable, match="another answer"):
            await worker.answer(offer("mix up"))
        assert worker_of(await worker.answer(offer("hello")))


# --- A worker that does not start ---


@pytest.mark.parametrize(
    ("start", "reason"),
    [("unable", "the port is taken"), ("exit", "its process ended with 3"), ("garbage", "does not speak our protocol")],
)
async def test_a_worker_that_cannot_start(start: str, reason: str) -> None:
    """The first start says why, and is not tried again: an operator has to do something."""
    worker = SupervisedWorker(SETUP, Told(), (*FAKE_WORKER, start))
    with pytest.raises(EngineUnavailable, match=reason):
        await worker.start()
    assert worker.pid is None
    with pytest.raises(EngineUnavailable, match="not ready"):
        await worker.figures()
    await worker.stop()


async def test_a_program_that_is_not_there() -> None:
    """Is named."""
    worker = SupervisedWorker(SETUP, Told(), ("/nowhere/to/be/found",))
    with pytest.raises(EngineUnavailable, match="found"):
        await worker.start()
    await worker.stop()


async def test_a_worker_that_never_becomes_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is given up, and its process is killed."""
    monkeypatch.setattr(supervisor, "START_DEADLINE", 0.05)
    worker = SupervisedWorker(SETUP, Told(), (*FAKE_WORKER, "silent"))
    with pytest.raises(EngineUnavailable, match="in time"):
        await worker.start()
    assert worker.pid is None


async def test_a_start_that_is_cancelled_leaves_no_process() -> None:
    """As when the server is stopped while it starts."""
    worker = SupervisedWorker(SETUP, Told(), (*FAKE_WORKER, "silent"))
    starting = asyncio.create_task(worker.start())
    await until(lambda: worker.pid is not None)
    pid = worker.pid
    assert pid is not None
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not is_alive(pid)


async def test_stop_ends_a_start() -> None:
    """Whoever waits for it does not wait for ever."""
    worker = SupervisedWorker(SETUP, Told(), (*FAKE_WORKER, "silent"))
    starting = asyncio.create_task(worker.start())
    await until(lambda: worker.pid is not None)
    await worker.stop()
    with pytest.raises(asyncio.CancelledError):
        await starting


# --- A worker that is lost ---


@pytest.mark.parametrize("how", ["killed", "die", "garbage"])
async def test_a_lost_worker_is_there_again(how: str) -> None:
    """Whoever waits for an answer is told at once, the listener too; the next offer waits for the new process."""
    async with running() as (worker, told):
        before = worker.pid
        assert before is not None
        with capture_logs() as logs:
            if how == "killed":
                waiting = asyncio.create_task(worker.answer(offer("hang")))
                await asyncio.sleep(0)
                os.kill(before, signal.SIGKILL)
            else:
                waiting = asyncio.create_task(worker.answer(offer(how)))
            with pytest.raises(EngineUnavailable, match="lost"):
                await waiting
            assert await told.happened.get() == ("lost", 3)
            assert not worker.is_ready
            worker.send(Seen("room", "p1", 1))  # nobody hears it
            _, after = worker_of(await worker.answer(offer("hello")))
        assert await told.happened.get() == ("ready", 3)
        assert after != before
        assert not is_alive(before)
        assert worker.restarts == 1
        assert told.happened.empty()
        assert [entry["worker"] for entry in logs if entry["event"] == "media_worker.lost"] == [3]


async def test_a_worker_that_hangs_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes offers and answers nothing: the watch notices, also when nobody asks."""
    monkeypatch.setattr(supervisor, "WATCH_INTERVAL", 0.05)
    monkeypatch.setattr(supervisor, "ANSWER_DEADLINE", 0.3)
    async with running() as (worker, told):
        before = worker.pid
        assert before is not None
        with pytest.raises(EngineUnavailable):
            await worker.answer(offer("hang"))
        assert await told.happened.get() == ("lost", 3)
        assert await told.happened.get() == ("ready", 3)
        assert not is_alive(before)


async def test_a_worker_that_is_silent_once_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the whole machine stood still; two silences that are not in a row are two of these."""
    monkeypatch.setattr(supervisor, "WATCH_INTERVAL", 0.0)
    figures = SupervisedWorker.figures
    silent = iter([True, False, True, False])
    asked_enough = asyncio.Event()

    async def figures_at_times(worker: SupervisedWorker) -> WorkerFigures:
        is_silent = next(silent, None)
        if is_silent:
            raise EngineUnavailable("the media worker does not answer")
        if is_silent is None:
            asked_enough.set()
        return await figures(worker)

    monkeypatch.setattr(SupervisedWorker, "figures", figures_at_times)
    async with running() as (worker, told):
        await asked_enough.wait()
        assert worker.is_ready
        assert worker.restarts == 0
        assert told.happened.empty()


async def test_an_answer_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client has gone on by then."""
    async with running() as (worker, _):
        monkeypatch.setattr(supervisor, "ANSWER_DEADLINE", 0.02)
        with pytest.raises(EngineUnavailable, match="does not answer"):
            await worker.answer(offer("hang"))
        with pytest.raises(EngineUnavailable, match="does not answer"):
            await worker.figures()


async def test_restarts_come_slower_while_they_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that ends as soon as it begins does not take the processor."""
    monkeypatch.setattr(supervisor, "BACK_OFF_START", 0.001)
    monkeypatch.setattr(supervisor, "BACK_OFF_MAX", 0.004)
    async with running() as (worker, told):
        with capture_logs() as logs:
            worker._command = ("/nowhere/to/be/found",)
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)
            assert await told.happened.get() == ("lost", 3)
            await until(lambda: worker.restarts >= 5)
            worker._command = FAKE_WORKER
            assert await told.happened.get() == ("ready", 3)
        delays = [entry["restart_in"] for entry in logs if entry["event"] == "media_worker.lost"]
        assert delays[:5] == [0.001, 0.002, 0.004, 0.004, 0.004]


async def test_a_process_that_ran_long_enough_restarts_at_once_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The back-off is for those that fail again and again."""
    monkeypatch.setattr(supervisor, "STABLE_AFTER", 0.0)
    async with running() as (worker, told):
        with capture_logs() as logs:
            for _ in range(2):
                assert worker.pid is not None
                os.kill(worker.pid, signal.SIGKILL)
                assert await told.happened.get() == ("lost", 3)
                assert await told.happened.get() == ("ready", 3)
        delays = [entry["restart_in"] for entry in logs if entry["event"] == "media_worker.lost"]
        assert delays == [supervisor.BACK_OFF_START] * 2


async def test_a_worker_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """After some seconds for its goodbye."""
    monkeypatch.setattr(worker_process, "END_DEADLINE", 0.05)
    async with running("stubborn") as (worker, _):
        pid = worker.pid
        assert pid is not None
    assert not is_alive(pid)


async def test_a_bug_of_the_listener_costs_one_life() -> None:
    """The supervisor goes on."""
    async with running() as (worker, told):
        told.worker_event = None  # type: ignore[method-assign, assignment]
        with capture_logs() as logs:
            worker.send(Seen("room", "p1", 1))
            assert await told.happened.get() == ("lost", 3)
            assert await told.happened.get() == ("ready", 3)
        assert "media_worker.failed" in [entry["event"] for entry in logs]
