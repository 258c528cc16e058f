"""One process of a worker: how it is started, and what it does first of all."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress

from rtserver.cli_output import CommandFailed
from rtserver.config_loading import unknown_variables
from rtserver.observability import identify_worker
from rtserver.workers.plan import WorkerPlan

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that this process gets when the one that has started it ends."""


def command_of(plan: WorkerPlan) -> list[str]:
    """The program of a worker."""
    program = [sys.executable, "-m", "rtserver", "serve"]
    return [*program, "--worker", str(plan.number), "--supervisor", str(os.getpid())]


class WorkerProcess:
    """A running process of a worker, in a group of its own: Ctrl-C reaches it by its supervisor only."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, command: list[str], own: Mapping[str, str]) -> "WorkerProcess":
        """`own`: variables besides ours. Raises `OSError`."""
        misspelt = set(unknown_variables(os.environ))  # which was said once
        inherited = {name: value for name, value in os.environ.items() if name not in misspelt}
        process = await asyncio.create_subprocess_exec(
            *command, env=inherited | dict(own), stdin=asyncio.subprocess.DEVNULL, process_group=0
        )
        return cls(process)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    async def wait(self) -> int:
        """Returns when it has ended: its exit code, that of a signal negative."""
        return await self._process.wait()

    def send(self, number: int) -> None:
        """Send it a signal, if it is still there."""
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once."""
        self.send(signal.SIGKILL)


def begin(number: int, supervisor: int) -> None:
    """What a worker does first: it never outlives its supervisor. Raises `CommandFailed` when that has gone already.

    At once, without a drain: one that is started in its place needs the ports.
    """
    identify_worker(number)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it asks the supervisor for new workers, whoever else gets it
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != supervisor:
        raise CommandFailed("Workers are started by `rtserver serve --workers`; the one that started this has ended.")
