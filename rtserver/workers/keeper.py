"""Keeps one worker: starts it, looks whether it answers, ends one that hangs, and starts the next in its place."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus

import structlog
from msgspec import Struct

from rtserver.workers.plan import WorkerPlan
from rtserver.workers.process import WorkerProcess, command_of

log = structlog.get_logger(__name__)

NOT_STARTED = 127
"""As shells count a program that cannot be started."""

Ask = Callable[[str, float], Awaitable[int | None]]
"""The HTTP status of a path, within so many seconds; None: no answer."""


class Limits(Struct, frozen=True):
    """Seconds, all of them."""

    look: float = 2.0
    """Between two looks at a worker that serves, and for its answer."""
    look_at_start: float = 0.2
    """Between two looks at one that is being started: others wait for it."""
    start: float = 60.0
    """For its first answer: a database that is brought up to date, on a busy machine."""
    stuck: float = 10.0
    """Without an answer until it is said: longer than any pause of a healthy one."""
    kill: float = 30.0
    """Without an answer until it is ended: its members have been waiting for a heartbeat by then."""
    back_off: float = 0.5
    """Before the first restart of one that has ended by itself; doubled each time."""
    back_off_max: float = 30.0
    stable: float = 60.0
    """After which the next restart is a first one again."""
    end: float = 30.0
    """From the request to end until it is killed: its own deadline and a little more."""


class CannotStart(Exception):
    """A worker has ended before it ever served: trying again would not help. `code`: its exit code."""

    def __init__(self, number: int, code: int) -> None:
        super().__init__(f"Worker {number} could not start (it ended with {code}): its lines above say why.")
        self.code = code


class Keeper:
    """One place among the workers, and whichever process has it."""

    def __init__(
        self, plan: WorkerPlan, ask: Ask, limits: Limits, command: Callable[[WorkerPlan], list[str]] = command_of
    ) -> None:
        self.plan = plan
        self.ready = asyncio.Event()
        """The process that has the place serves."""
        self.restarts = 0
        """How often one has ended by itself, or was killed because it hung."""
        self._ask = ask
        self._limits = limits
        self._command = command
        self._process: WorkerProcess | None = None
        self._has_served = False
        self._ending = asyncio.Event()
        self._is_expected = False
        """It was asked to end."""
        self._wake = asyncio.Event()
        self._ended = asyncio.Event()
        self._delay = limits.back_off

    @property
    def pid(self) -> int | None:
        """The process; None: there is none just now."""
        return None if self._process is None else self._process.pid

    async def run(self) -> None:
        """Until `end`. Raises `CannotStart`."""
        loop = asyncio.get_running_loop()
        while not self._ending.is_set():
            started = loop.time()
            code = await self._serve()
            if self._ending.is_set():
                return
            if self._is_expected:
                continue
            if not self._has_served:
                raise CannotStart(self.plan.number, code)
            if loop.time() - started >= self._limits.stable:
                self._delay = self._limits.back_off
            await self._back_off(code)

    async def replace(self) -> bool:
        """Have the process end as asked, and the next one start; whether that one serves, in time."""
        self._wake.set()
        await self._have_it_end(signal.SIGTERM)
        try:
            async with asyncio.timeout(self._limits.start):
                await self.ready.wait()
        except TimeoutError:
            return False
        return True

    async def end(self, number: int = signal.SIGTERM) -> None:
        """End it for good: by this signal, or killed when that takes too long."""
        self._ending.set()
        self._wake.set()
        await self._have_it_end(number)

    def send(self, number: int) -> None:
        """Pass a signal on."""
        if self._process is not None:
            self._process.send(number)

    # --- One process ---

    async def _serve(self) -> int:
        """Start a process and stay with it; its exit code."""
        self._is_expected = False
        self._wake.clear()
        self._ended.clear()
        try:
            process = await WorkerProcess.start(self._command(self.plan), self.plan.environment)
        except OSError as error:
            log.error("worker.not_started", number=self.plan.number, error=str(error))
            return NOT_STARTED
        self._process = process
        if self._ending.is_set():  # meanwhile; nobody else would end it
            process.kill()
        log.info("worker.started", number=self.plan.number, pid=process.pid, port=self.plan.port)
        watching = asyncio.get_running_loop().create_task(self._watch(process))
        try:
            return await process.wait()
        finally:
            watching.cancel()
            if not self._ended.is_set():
                process.kill()  # when this is cancelled; nothing for one that has ended
            self._process = None
            self.ready.clear()
            self._ended.set()

    async def _watch(self, process: WorkerProcess) -> None:
        loop = asyncio.get_running_loop()
        answered = loop.time() + self._limits.start - self._limits.kill  # until the first answer there is more time
        is_stuck = False
        while True:
            # Ready to be sent members is more than alive; later, what it needs may fail for a while.
            path = "/healthz" if self.ready.is_set() else "/readyz"
            status = await self._ask(path, self._limits.look)
            silence = loop.time() - answered
            if status is not None:
                answered = loop.time()
                if is_stuck:
                    log.info("worker.answers_again", number=self.plan.number, seconds=round(silence, 1))
                is_stuck = False
            elif silence >= self._limits.stuck and not is_stuck:
                is_stuck = True
                log.warning("worker.stuck", number=self.plan.number, pid=process.pid, seconds=round(silence, 1))
            if status is None and silence >= self._limits.kill:
                log.error("worker.killed", number=self.plan.number, pid=process.pid, seconds=round(silence, 1))
                process.kill()
                return
            if status == HTTPStatus.OK and not self.ready.is_set():
                self._has_served = True
                self.ready.set()
                log.info("worker.ready", number=self.plan.number, pid=process.pid, port=self.plan.port)
            await asyncio.sleep(self._limits.look if self.ready.is_set() else self._limits.look_at_start)

    async def _have_it_end(self, number: int) -> None:
        process = self._process
        if process is None:
            return
        self._is_expected = True
        process.send(number)
        try:
            async with asyncio.timeout(self._limits.end):
                await self._ended.wait()
        except TimeoutError:
            log.error("worker.killed", number=self.plan.number, pid=process.pid, advice="it did not end in time")
            process.kill()
            await self._ended.wait()

    async def _back_off(self, code: int) -> None:
        self.restarts += 1
        log.error("worker.ended", number=self.plan.number, code=code, again_in_seconds=self._delay)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._delay):
                await self._wake.wait()
        self._delay = min(self._limits.back_off_max, self._delay * 2)
