"""All workers together, as small programs in their place; the real ones are in tests/wire/test_workers.py."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from loadtests.topology.process import free_port
from rtserver.workers.health import Address, status_of
from rtserver.workers.keeper import CannotStart, Keeper, Limits
from rtserver.workers.plan import WorkerPlan
from rtserver.workers.supervisor import Supervisor
from tests.rtserver.workers.test_keeper import STUB

LIMITS = Limits(look=0.1, look_at_start=0.02, start=20, stuck=5, kill=10, back_off=0.05, end=10)

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Machine:
    """Two stubs under a supervisor."""

    def __init__(self, folder: Path, *stubs: str) -> None:
        self.journal = folder / "journal"
        self.journal.touch()
        self.looks = asyncio.Event()
        self.ports = [free_port() for _ in stubs]
        self.keepers = [self._keeper(number, stub) for number, stub in enumerate(stubs)]
        self.ready = asyncio.Event()
        self.supervisor = Supervisor(self.keepers, self.ready.set)

    def _keeper(self, number: int, stub: str) -> Keeper:
        port = self.ports[number]
        plan = WorkerPlan(number, port, {"port": str(port)})
        program = ["env", f"STUB={stub}", sys.executable, "-S", str(STUB), str(self.journal)]
        address = Address("127.0.0.1", port, False)

        async def ask(path: str, within: float) -> int | None:
            self.looks.set()
            return await status_of(address, path, within)

        return Keeper(plan, ask, LIMITS, lambda _: program)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Looked at whenever a worker is looked at."""
        async with asyncio.timeout(30):
            while not is_so():
                self.looks.clear()
                await self.looks.wait()

    def notes(self) -> list[tuple[int, str]]:
        """What happened, as (number of the worker, what)."""
        lines = [line.split(maxsplit=2) for line in self.journal.read_text().splitlines()]
        return [(self.ports.index(int(port)), what) for port, _, what in lines]

    async def start(self) -> "asyncio.Task[None]":
        running = asyncio.get_running_loop().create_task(self.supervisor.run())
        waiting = asyncio.get_running_loop().create_task(self.ready.wait())
        async with asyncio.timeout(30):
            await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
        assert self.ready.is_set()
        return running


@pytest.fixture
async def machine(tmp_path: Path) -> Callable[..., Machine]:
    return partial(Machine, tmp_path)


@pytest.mark.parametrize(("number", "heard"), [(signal.SIGTERM, "SIGTERM"), (signal.SIGINT, "SIGINT")])
async def test_a_signal_ends_all(machine: Callable[..., Machine], number: signal.Signals, heard: str) -> None:
    """All at once; they hear what was asked."""
    both = machine("", "")
    running = await both.start()
    os.kill(os.getpid(), number)
    await asyncio.wait_for(running, 30)
    assert {note for note in both.notes() if note[1].startswith("SIG")} == {(0, heard), (1, heard)}
    assert [keeper.pid for keeper in both.keepers] == [None, None]


async def test_a_second_signal_is_passed_on(machine: Callable[..., Machine]) -> None:
    """Whoever drains is told that there is a hurry."""
    both = machine("stays", "")
    running = await both.start()
    with capture_logs() as logs:
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(30):
            await both.keepers[1]._ended.wait()
        both.supervisor.signalled(signal.SIGTERM)
        await both.until(lambda: (0, "SIGINT") in both.notes())
        both.keepers[0].send(signal.SIGKILL)
        await asyncio.wait_for(running, 30)
    assert [line["event"] for line in logs if line["event"].startswith("workers.")] == ["workers.stopping"]


async def test_sighup_replaces_one_after_the_other(machine: Callable[..., Machine]) -> None:
    """The second is asked to end when the first one's successor serves; asked twice, it is done once."""
    both = machine("", "")
    running = await both.start()
    pids = [keeper.pid for keeper in both.keepers]
    with capture_logs() as logs:
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGHUP)
        await both.until(lambda: "workers.rolled" in {line["event"] for line in logs})
    assert both.notes()[2:] == [(0, "SIGTERM"), (0, "started"), (1, "SIGTERM"), (1, "started")]
    events = [(line["event"], line.get("number")) for line in logs]
    assert events.index(("worker.ready", 0)) < events.index(("worker.started", 1))
    assert not {keeper.pid for keeper in both.keepers} & set(pids)
    both.supervisor.signalled(signal.SIGTERM)
    await asyncio.wait_for(running, 30)


async def test_one_that_cannot_start_ends_the_others(machine: Callable[..., Machine]) -> None:
    """With its number and exit code; nothing is left behind."""
    both = machine("", "fails")
    with pytest.raises(CannotStart, match="Worker 1 could not start"):
        await asyncio.wait_for(both.supervisor.run(), 30)
    assert [keeper.pid for keeper in both.keepers] == [None, None]


async def test_one_that_dies_does_not_touch_the_others(machine: Callable[..., Machine]) -> None:
    """It is there again, and they have not noticed."""
    both = machine("", "")
    running = await both.start()
    first, second = (keeper.pid for keeper in both.keepers)
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await both.until(lambda: both.keepers[0].pid not in (first, None) and both.keepers[0].ready.is_set())
    assert both.keepers[1].pid == second
    both.supervisor.signalled(signal.SIGTERM)
    await asyncio.wait_for(running, 30)
