"""One process of a worker: started, asked, ended."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from media import worker_process
from media.engine import CallPlan, EngineUnavailable, Role
from media.protocol import Answered, Offered, Planned, Ready, RequestId, Seen, Setup, ToWorker
from media.worker_process import Unfit, WorkerProcess
from tests.media.workers import FAKE_WORKER, PERSON


def offer(sdp: str) -> Callable[[RequestId], ToWorker]:
    return lambda request: Offered(request, "room", "p1", Role.PUBLISH, sdp)


@contextlib.asynccontextmanager
async def running(start: str = "") -> AsyncIterator[tuple[WorkerProcess, "asyncio.Task[list[object]]"]]:
    """A process, and what it says until its end."""
    process = await WorkerProcess.spawn((*FAKE_WORKER, start))
    said: asyncio.Task[list[object]] = asyncio.create_task(_all(process))
    process.send(Setup(1, "127.0.0.1", 0, 0))
    try:
        yield process, said
    finally:
        await process.end()


async def _all(process: WorkerProcess) -> list[object]:
    return [message async for message in process.messages()]


async def test_what_it_says_and_what_it_answers() -> None:
    """Answers go to those who asked, the rest to the listener; it exits when it is hung up on."""
    async with running() as (process, said):
        process.send(Planned(CallPlan("room", (PERSON,))))
        answers = await asyncio.gather(*(process.ask(offer(f"offer {number}")) for number in range(5)))
        assert [answer.request for answer in answers] == [1, 2, 3, 4, 5]
        assert all(isinstance(answer, Answered) and str(process.pid) in answer.sdp for answer in answers)
        assert await process.end() == 0
        assert await said == [Ready(40_000, 40_001)]


async def test_an_answer_that_nobody_waits_for_is_dropped() -> None:
    """Who asked has gone; the next one gets the own answer."""
    async with running() as (process, _):
        asking = asyncio.create_task(process.ask(offer("first")))
        await asyncio.sleep(0)
        asking.cancel()
        answer = await process.ask(offer("second"))
        assert answer.request == 2
        assert asking.cancelled()


async def test_whoever_waits_is_told_of_the_end() -> None:
    """A dead process answers nothing, and hears nothing."""
    async with running() as (process, said):
        asking = asyncio.create_task(process.ask(offer("die")))
        await said
        process.hang_up()
        with pytest.raises(EngineUnavailable, match="lost"):
            await asking
        process.send(Seen("room", "p1", 1))
        process.kill()
        assert await process.end() == -9
        process.kill()


async def test_garbage_is_no_conversation() -> None:
    """It is not listened to any more."""
    async with running("garbage") as (_, said):
        with pytest.raises(Unfit, match="does not speak our protocol"):
            await said


async def test_a_program_that_is_not_there() -> None:
    """Is named."""
    with pytest.raises(Unfit, match="found"):
        await WorkerProcess.spawn(("/nowhere/to/be/found",))


async def test_it_is_killed_when_it_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time for a goodbye."""
    monkeypatch.setattr(worker_process, "END_DEADLINE", 0.05)
    async with running("stubborn") as (process, _):
        await process.ask(offer("hello"))
        assert await process.end() == -9
