"""`rtserver serve --workers N`: starts the workers, keeps them, and passes on what the operator asks for.

SIGTERM and SIGINT end all of them, SIGTERM with a drain; SIGHUP replaces them one after the other, each when the one
before serves again: so a new version is taken into use while everybody stays.
"""

import asyncio
import signal
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import structlog

from rtserver.cli_output import CommandFailed, remark
from rtserver.config import Settings
from rtserver.observability import set_up_logging
from rtserver.serving import free_port
from rtserver.workers.health import Address, status_of
from rtserver.workers.keeper import CannotStart, Keeper, Limits
from rtserver.workers.plan import plan_workers

log = structlog.get_logger(__name__)

END_REST = 5.0
"""Seconds that a worker has beyond its own deadline, before it is killed."""

ADVICE = "choose another with --port; each worker takes the next one"


class Supervisor:
    """Keeps all workers until it is asked to end."""

    def __init__(self, keepers: Sequence[Keeper], on_ready: Callable[[], object] = lambda: None) -> None:
        """`on_ready`: called once, when all of them serve."""
        self._keepers = keepers
        self._on_ready = on_ready
        self._asked = asyncio.Event()
        self._number: int = signal.SIGTERM
        self._roll: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until a signal. Raises `CannotStart`; no worker is left behind, however it ends."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.signalled, number)
        loop.add_signal_handler(signal.SIGHUP, self.roll)
        running = [loop.create_task(keeper.run()) for keeper in self._keepers]
        greeting = loop.create_task(self._greet())
        asked = loop.create_task(self._asked.wait())
        try:
            await asyncio.wait((asked, *running), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (greeting, asked, self._roll):
                if task is not None:
                    task.cancel()
            await asyncio.gather(*(keeper.end(self._number) for keeper in self._keepers))
            ends = await asyncio.gather(*running, return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    def signalled(self, number: int) -> None:
        """End: with a drain at SIGTERM, at once at SIGINT or at a second signal."""
        if self._asked.is_set():
            for keeper in self._keepers:
                keeper.send(signal.SIGINT)
            return
        log.info("workers.stopping", signal=signal.Signals(number).name)
        self._number = number
        self._asked.set()

    def roll(self) -> None:
        """Replace the workers, one after the other; nothing while that goes on."""
        if self._roll is None or self._roll.done():
            self._roll = asyncio.get_running_loop().create_task(self._replace_all())

    async def _replace_all(self) -> None:
        log.info("workers.rolling", workers=len(self._keepers))
        for keeper in self._keepers:
            if not await keeper.replace():
                log.error("workers.roll_stopped", number=keeper.plan.number, advice="the others serve on as they were")
                return
        log.info("workers.rolled", workers=len(self._keepers))

    async def _greet(self) -> None:
        for keeper in self._keepers:
            await keeper.ready.wait()
        log.info("workers.ready", workers=len(self._keepers))
        self._on_ready()


def supervise(settings: Settings, count: int, config: Path | None) -> None:
    """Serve with `count` workers until a signal. `config`: as `plan_workers`.

    Raises `ConfigInvalid`, `CannotListen`, `CommandFailed`.
    """
    set_up_logging(settings.log_level)
    plans = plan_workers(settings, count, config)
    for plan in plans:
        free_port(settings.model_copy(update={"port": plan.port}), ADVICE)
    _warn(settings)
    limits = Limits(end=settings.drain_deadline + END_REST)
    last = plans[-1].port

    async def run() -> None:
        keepers = [Keeper(plan, partial(status_of, Address.of(settings, plan.port)), limits) for plan in plans]
        where = f"Serving with {count} workers on ports {settings.port} to {last} until Ctrl-C."
        await Supervisor(keepers, partial(remark, where)).run()

    try:
        asyncio.run(run())
    except CannotStart as error:
        raise CommandFailed(str(error), code=max(error.code, 1)) from None


def _warn(settings: Settings) -> None:
    if not settings.redis_url:
        log.warning(
            "workers.no_redis",
            advice="set redis_url: without it people on different workers hear of each other half a second late",
        )
    if not settings.public_url:
        log.warning("workers.no_public_url", advice="set public_url: links lead to the worker that has made them")
