"""A media worker that is always there: started, watched, and started again when its process dies.

That it is gone is known at once, by the end of the socket that the two share; one that hangs is killed. What it knew is
lost then: the listener is told, and again when a new process is ready to hear everything anew.
"""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from media.engine import EngineEvent, EngineUnavailable, OfferRefused, WorkerFigures
from media.protocol import (
    Answered,
    Counted,
    FiguresWanted,
    FromWorker,
    Happened,
    Ready,
    Refused,
    RequestId,
    Setup,
    ToWorker,
    Unable,
)
from media.worker_process import Answer, Unfit, WorkerProcess

log = structlog.get_logger(__name__)

COMMAND = (sys.executable, "-m", "media.worker")
"""The program; the number of its descriptor is added."""

START_DEADLINE = 20.0
"""Seconds for a process to be ready: importing takes half a second, ten on a machine that has just started."""

ANSWER_DEADLINE = 5.0
"""Seconds for an answer, the time of a restart included; clients wait no longer either."""

WATCH_INTERVAL = 2.0
"""Seconds between two questions whether the worker still answers."""

SILENCES = 2
"""Questions in a row without an answer after which it hangs. One may be lost when the whole machine stood still: our
timer is served before the answer is."""

BACK_OFF_START, BACK_OFF_MAX = 0.1, 10.0
"""Seconds before the first restart, and at most before a later one; doubled each time."""

STABLE_AFTER = 30.0
"""Seconds after which a process counts as one that runs: the next restart is a first one again."""


class WorkerListener(Protocol):
    """Who is told about workers, by number. Calls of one worker are in order."""

    def worker_ready(self, number: int) -> None:
        """It knows nothing yet."""
        ...

    def worker_lost(self, number: int) -> None:
        """All its sessions are gone."""
        ...

    def worker_event(self, number: int, event: EngineEvent) -> None:
        """Something happened in one of its calls."""
        ...


class SupervisedWorker:
    """A worker that is there again soon when it was lost."""

    def __init__(self, setup: Setup, listener: WorkerListener, command: Sequence[str] = COMMAND) -> None:
        self.restarts = 0
        """How often its process was lost."""
        self.ports: Ready | None = None
        """Where it listens; None: it is not ready."""
        self._setup = setup
        self._listener = listener
        self._command = command
        self._process: WorkerProcess | None = None
        self._ready = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def number(self) -> int:
        """Its number among its like."""
        return self._setup.worker

    @property
    def is_ready(self) -> bool:
        """Whether it answers now."""
        return self._ready.is_set()

    @property
    def pid(self) -> int | None:
        """Its process, while there is one."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Start the process. Raises `EngineUnavailable` when the first one is unfit: it is not tried again."""
        first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._keeper = asyncio.create_task(self._keep(first))
        try:
            await first
        except asyncio.CancelledError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End the process, and wait for its end."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper

    def send(self, message: ToWorker) -> None:
        """Say something. A worker that is not ready does not hear it."""
        if self._process is not None and self.is_ready:
            self._process.send(message)

    async def answer(self, offer: Callable[[RequestId], ToWorker]) -> str:
        """The SDP answer to the offer that `offer` makes of a request's number; waits for a worker that restarts.

        Raises `OfferRefused`, `EngineUnavailable`.
        """
        match await self._ask(offer):
            case Answered(sdp=sdp):
                return sdp
            case Refused(reason=reason):
                raise OfferRefused(reason)
        raise EngineUnavailable("the media worker gave another answer")

    async def figures(self) -> WorkerFigures:
        """What goes on in it. Raises `EngineUnavailable`, at once when it is not ready."""
        if not self.is_ready:
            raise EngineUnavailable("the media worker is not ready")
        answer = await self._ask(FiguresWanted)
        if not isinstance(answer, Counted):
            raise EngineUnavailable("the media worker gave another answer")
        return answer.figures

    async def _ask(self, message: Callable[[RequestId], ToWorker]) -> Answer:
        try:
            async with asyncio.timeout(ANSWER_DEADLINE):
                await self._ready.wait()
                assert self._process is not None
                return await self._process.ask(message)
        except TimeoutError as error:
            raise EngineUnavailable("the media worker does not answer") from error

    # --- Keeping it alive ---

    async def _keep(self, first: "asyncio.Future[None]") -> None:
        """Start the process, again and again. `first` is done when it was ready for the first time."""
        loop = asyncio.get_running_loop()
        delay = BACK_OFF_START
        try:
            while True:
                began = loop.time()
                reason = await self._live_and_die(first)
                if not first.done():
                    first.set_exception(EngineUnavailable(f"media worker {self.number}: {reason}"))
                    return
                self.restarts += 1
                if loop.time() - began >= STABLE_AFTER:
                    delay = BACK_OFF_START
                log.warning("media_worker.lost", worker=self.number, reason=reason, restart_in=delay)
                await asyncio.sleep(delay)
                delay = min(delay * 2, BACK_OFF_MAX)
        finally:
            first.cancel()

    async def _live_and_die(self, first: "asyncio.Future[None]") -> str:
        """The life of one process. Why it ended."""
        try:
            process = self._process = await WorkerProcess.spawn(self._command)
        except Unfit as error:
            return str(error)
        watcher = asyncio.create_task(self._watch(process))
        reason = None
        try:
            await self._converse(process, first)
        except Unfit as error:
            reason = str(error)
        except Exception:  # a supervisor outlives its own bugs
            log.exception("media_worker.failed", worker=self.number)
            reason = "the supervisor failed"
        finally:
            watcher.cancel()
            self._lose(process)
            status = await process.end()
            self._process = None
        return reason or f"its process ended with {status}"

    async def _converse(self, process: WorkerProcess, first: "asyncio.Future[None]") -> None:
        """Until the process is gone. Raises `Unfit`."""
        process.send(self._setup)
        try:
            async with asyncio.timeout(START_DEADLINE) as deadline:
                async for message in process.messages():
                    self._take(message)
                    if self.is_ready and not first.done():
                        first.set_result(None)
                    deadline.reschedule(None if self.is_ready else deadline.when())
        except TimeoutError as error:
            raise Unfit("it did not become ready in time") from error

    def _take(self, message: FromWorker) -> None:
        match message:
            case Ready():
                log.info("media_worker.ready", worker=self.number, udp=message.udp_port, tcp=message.tcp_port)
                self.ports = message
                self._ready.set()
                self._listener.worker_ready(self.number)
            case Unable(reason=reason):
                raise Unfit(reason)
            case Happened(event=event):
                self._listener.worker_event(self.number, event)

    async def _watch(self, process: WorkerProcess) -> None:
        """Kill a process that was ready and does not answer any more: it hangs."""
        await self._ready.wait()
        silences = 0
        while silences < SILENCES:
            if not silences:
                await asyncio.sleep(WATCH_INTERVAL)
            try:
                await self.figures()
                silences = 0
            except EngineUnavailable:
                silences += 1
        log.error("media_worker.hangs", worker=self.number)
        process.kill()

    def _lose(self, process: WorkerProcess) -> None:
        """The conversation is over, and the listener knows before anybody waits for anything."""
        was_ready = self.is_ready
        self.ports = None
        self._ready.clear()
        process.hang_up()
        if was_ready:
            self._listener.worker_lost(self.number)
