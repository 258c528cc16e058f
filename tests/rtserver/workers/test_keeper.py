"""How a worker is kept: real processes of a small program, and limits that are short."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from loadtests.topology.process import free_port
from rtserver.workers.health import Address, status_of
from rtserver.workers.keeper import NOT_STARTED, CannotStart, Keeper, Limits
from rtserver.workers.plan import WorkerPlan

STUB = Path(__file__).with_name("stub.py")

PATIENT = Limits(look=0.05, look_at_start=0.02, start=20, stuck=10, kill=20, back_off=0.01, back_off_max=0.04, end=10)
"""Who is healthy on a busy machine is not taken for one that hangs."""


class Place:
    """A keeper of a stub, and what its processes have noted."""

    def __init__(self, folder: Path, stub: str = "", limits: Limits = PATIENT) -> None:
        self.journal = folder / "journal"
        self.journal.touch()
        self.folder = folder
        self.address = Address("127.0.0.1", free_port(), False)
        own = WorkerPlan(0, self.address.port, {"port": str(self.address.port)})
        self.program = [sys.executable, "-S", str(STUB), str(self.journal)]
        self.stub = stub
        self.keeper = Keeper(own, self._ask, limits, lambda _: self.program)
        self.looks = asyncio.Event()

    async def _ask(self, path: str, within: float) -> int | None:
        self.looks.set()
        return await status_of(self.address, path, within)

    def notes(self) -> list[str]:
        return [line.split(maxsplit=2)[2] for line in self.journal.read_text().splitlines()]

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Looked at whenever the keeper looks at the worker."""
        async with asyncio.timeout(30):
            while not is_so():
                self.looks.clear()
                await self.looks.wait()

    async def serve(self) -> "asyncio.Task[None]":
        """Start it and wait until it serves."""
        running = asyncio.get_running_loop().create_task(self.keeper.run())
        async with asyncio.timeout(30):
            await self.keeper.ready.wait()
        return running


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Place]:
    monkeypatch.chdir(tmp_path)

    def make(stub: str = "", limits: Limits = PATIENT) -> Place:
        monkeypatch.setenv("STUB", stub)
        return Place(tmp_path, stub, limits)

    return make


async def ended(work: Awaitable[None]) -> None:
    async with asyncio.timeout(30):
        await work


async def test_served_and_ended(place: Callable[..., Place]) -> None:
    """Started once, asked once."""
    one = place()
    running = await one.serve()
    await ended(one.keeper.end())
    await ended(running)
    assert one.notes() == ["started", "SIGTERM"]
    assert one.keeper.pid is None
    assert one.keeper.restarts == 0


async def test_one_that_dies(place: Callable[..., Place]) -> None:
    """Is there again; said with the signal that ended it."""
    one = place()
    with capture_logs() as logs:
        running = await one.serve()
        first = one.keeper.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await one.until(lambda: one.keeper.pid not in (first, None) and one.keeper.ready.is_set())
    assert one.keeper.restarts == 1
    assert [line["code"] for line in logs if line["event"] == "worker.ended"] == [-signal.SIGKILL]
    await ended(one.keeper.end())
    await ended(running)


async def test_one_that_cannot_start(place: Callable[..., Place]) -> None:
    """Is not tried again: the settings are wrong, or a port is taken."""
    one = place("fails")
    with pytest.raises(CannotStart, match=r"^Worker 0 could not start \(it ended with 3\)") as caught:
        await ended(one.keeper.run())
    assert caught.value.code == 3
    assert one.notes() == ["started"]


async def test_a_program_that_is_not_there(place: Callable[..., Place]) -> None:
    """As one that cannot start."""
    one = place()
    one.program = [str(one.folder / "nothing")]
    with pytest.raises(CannotStart) as caught:
        await ended(one.keeper.run())
    assert caught.value.code == NOT_STARTED


async def test_one_that_cannot_start_any_more(place: Callable[..., Place]) -> None:
    """Has served before: it is tried again and again, ever more slowly, and comes back when it can."""
    one = place("fails later")
    with capture_logs() as logs:
        running = await one.serve()
        (one.folder / "fail").touch()
        assert one.keeper.pid is not None
        os.kill(one.keeper.pid, signal.SIGKILL)
        await one.until(lambda: one.keeper.restarts >= 5)
        (one.folder / "fail").unlink()
        await one.until(one.keeper.ready.is_set)
    delays = [line["again_in_seconds"] for line in logs if line["event"] == "worker.ended"]
    assert delays[:5] == [0.01, 0.02, 0.04, 0.04, 0.04]
    await ended(one.keeper.end())
    await ended(running)


async def test_one_that_hangs_for_a_while(place: Callable[..., Place]) -> None:
    """It is said, and that it answers again; it is not ended."""
    one = place(limits=Limits(look=0.05, look_at_start=0.02, start=20, stuck=0.2, kill=3600, end=10))
    running = await one.serve()
    pid = one.keeper.pid
    assert pid is not None
    with capture_logs() as logs:
        os.kill(pid, signal.SIGSTOP)
        await one.until(lambda: "worker.stuck" in {line["event"] for line in logs})
        os.kill(pid, signal.SIGCONT)
        await one.until(lambda: "worker.answers_again" in {line["event"] for line in logs})
    assert [line["event"] for line in logs] == ["worker.stuck", "worker.answers_again"]
    assert one.keeper.pid == pid
    await ended(one.keeper.end())
    await ended(running)


@pytest.mark.parametrize(("how", "kill"), [("stopped", 0.6), ("deaf", 0.6), ("deaf", 0.2)])
async def test_one_that_hangs(place: Callable[..., Place], how: str, kill: float) -> None:
    """Stopped by the system, or busy for ever: it is killed after the limit, and another one is started.

    That it is stuck is said before, also when nobody looked in between.
    """
    one = place(how, replace(PATIENT, stuck=0.2, kill=kill))
    running = await one.serve()
    first = one.keeper.pid
    assert first is not None
    with capture_logs() as logs:
        if how == "stopped":
            os.kill(first, signal.SIGSTOP)
        await one.until(lambda: one.keeper.pid not in (first, None) and one.keeper.ready.is_set())
    events = [line["event"] for line in logs if line["event"] != "worker.answers_again"]
    assert events[: events.index("worker.ended") + 1][-3:] == ["worker.stuck", "worker.killed", "worker.ended"]
    await ended(one.keeper.end())
    await ended(running)


async def test_replaced(place: Callable[..., Place]) -> None:
    """As for a new version: asked to end, and back without a pause."""
    one = place()
    running = await one.serve()
    first = one.keeper.pid
    with capture_logs() as logs:
        assert await asyncio.wait_for(one.keeper.replace(), 30)
    assert one.keeper.pid not in (first, None)
    assert one.notes() == ["started", "SIGTERM", "started"]
    assert "worker.ended" not in {line["event"] for line in logs}
    await ended(one.keeper.end())
    await ended(running)


async def test_replaced_by_one_that_does_not_come(place: Callable[..., Place]) -> None:
    """It is said to whoever replaces the next."""
    one = place("fails later")
    running = await one.serve()
    one.keeper._limits = replace(PATIENT, start=0.5)
    (one.folder / "fail").touch()
    assert not await asyncio.wait_for(one.keeper.replace(), 30)
    await ended(one.keeper.end())
    await ended(running)


async def test_one_that_does_not_end(place: Callable[..., Place]) -> None:
    """Is killed after the limit."""
    one = place("stays", Limits(look=0.05, look_at_start=0.02, start=20, end=2))
    running = await one.serve()
    with capture_logs() as logs:
        await ended(one.keeper.end())
        await ended(running)
    assert one.notes() == ["started", "SIGTERM"]
    assert [line["event"] for line in logs] == ["worker.killed"]


async def test_ended_while_it_starts(place: Callable[..., Place]) -> None:
    """Nothing is left behind."""
    one = place()
    running = asyncio.get_running_loop().create_task(one.keeper.run())
    await asyncio.sleep(0)
    await ended(one.keeper.end())
    await ended(running)
    assert one.keeper.pid is None


async def test_cancelled(place: Callable[..., Place]) -> None:
    """Its process is not left behind."""
    one = place()
    running = await one.serve()
    process = one.keeper._process
    assert process is not None
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ended(running)
    async with asyncio.timeout(30):
        assert await process.wait() == -signal.SIGKILL
