"""The embedded media engine: calls on worker processes of this machine, each call whole on one of them."""

import asyncio
from collections.abc import Sequence

import structlog
from msgspec import Struct

from media.engine import (
    CallLost,
    CallName,
    CallPlan,
    EngineEvent,
    EngineListener,
    EngineUnavailable,
    OfferRefused,
    ParticipantName,
    Role,
    WorkerFigures,
)
from media.protocol import Offered, Planned, Seen, Setup
from media.supervisor import COMMAND, SupervisedWorker

log = structlog.get_logger(__name__)


class EmbeddedOptions(Struct, frozen=True):
    """How the engine runs. Several workers take consecutive ports; 0: any that are free.

    `host` is bound, `public_addresses` are what clients are told (empty: the bound one). `offers_udp`: False makes
    clients come by TCP only.
    """

    workers: int = 1
    host: str = "127.0.0.1"
    udp_port: int = 0
    tcp_port: int = 0
    public_addresses: tuple[str, ...] = ()
    offers_udp: bool = True

    def setup(self, worker: int) -> Setup:
        """That of one worker."""
        return Setup(
            worker=worker,
            host=self.host,
            udp_port=self.udp_port and self.udp_port + worker,
            tcp_port=self.tcp_port and self.tcp_port + worker,
            public_addresses=self.public_addresses,
            offers_udp=self.offers_udp,
        )


class _Placed:
    """A call, and the worker that carries it."""

    __slots__ = ("plan", "worker")

    def __init__(self, plan: CallPlan, worker: SupervisedWorker) -> None:
        self.plan = plan
        self.worker = worker


class EmbeddedEngine:
    """Implements `media.engine.MediaEngine`."""

    def __init__(self, options: EmbeddedOptions, command: Sequence[str] = COMMAND) -> None:
        """`command` starts a worker; see `media.protocol`."""
        self.workers = tuple(
            SupervisedWorker(options.setup(number), self, command) for number in range(options.workers)
        )
        self._listener: EngineListener | None = None
        self._calls: dict[CallName, _Placed] = {}

    @property
    def is_ready(self) -> bool:
        """Whether every worker answers now."""
        return all(worker.is_ready for worker in self.workers)

    async def start(self, listener: EngineListener) -> None:
        """Begin. Returns when offers can be answered. Raises `EngineUnavailable`."""
        self._listener = listener
        results = await asyncio.gather(*(worker.start() for worker in self.workers), return_exceptions=True)
        failure = next((result for result in results if isinstance(result, BaseException)), None)
        if failure is not None:
            await self.stop()
            raise failure

    async def stop(self) -> None:
        """End every session and process. Nothing is told to the listener any more."""
        self._listener = None
        self._calls.clear()
        await asyncio.gather(*(worker.stop() for worker in self.workers))

    def plan(self, plan: CallPlan) -> None:
        """Make the call so. A worker that restarts is told when it is ready."""
        placed = self._calls.get(plan.call)
        if not plan.participants:
            if placed is not None:
                del self._calls[plan.call]
                placed.worker.send(Planned(plan))
            return
        if placed is None:
            placed = self._calls[plan.call] = _Placed(plan, self._least_busy(self.workers))
        placed.plan = plan
        placed.worker.send(Planned(plan))

    async def answer(self, call: CallName, participant: ParticipantName, role: Role, offer: str) -> str:
        """The SDP answer to an offer. Waits for a worker that restarts; raises `OfferRefused`, `EngineUnavailable`."""
        placed = self._calls.get(call)
        if placed is None:
            raise OfferRefused("there is no such call")
        return await placed.worker.answer(lambda request: Offered(request, call, participant, role, offer))

    def slots_seen(self, call: CallName, participant: ParticipantName, revision: int) -> None:
        """See `MediaEngine.slots_seen`."""
        placed = self._calls.get(call)
        if placed is not None:
            placed.worker.send(Seen(call, participant, revision))

    async def figures(self) -> tuple[WorkerFigures, ...]:
        """Those of the workers that answer."""
        results = await asyncio.gather(*(_figures_of(worker) for worker in self.workers))
        return tuple(figures for figures in results if figures is not None)

    # --- What workers say (`media.supervisor.WorkerListener`) ---

    def worker_ready(self, number: int) -> None:
        """It hears of all its calls."""
        worker = self.workers[number]
        for placed in self._calls.values():
            if placed.worker is worker:
                worker.send(Planned(placed.plan))

    def worker_lost(self, number: int) -> None:
        """Its calls go to another worker that is ready, if there is one: their participants need not wait."""
        lost = self.workers[number]
        ready = [worker for worker in self.workers if worker.is_ready]
        for call, placed in list(self._calls.items()):
            if placed.worker is lost:
                if ready:
                    placed.worker = self._least_busy(ready)
                    placed.worker.send(Planned(placed.plan))
                self._tell(CallLost(call))

    def worker_event(self, number: int, event: EngineEvent) -> None:
        """Passed on, unless the call has ended or moved meanwhile."""
        placed = self._calls.get(event.call)
        if placed is not None and placed.worker is self.workers[number]:
            self._tell(event)

    def _tell(self, event: EngineEvent) -> None:
        if self._listener is None:
            return
        try:
            self._listener.engine_event(event)
        except Exception:  # a bug there must not end the worker, and with it every call
            log.exception("engine_event.failed", call=event.call)

    def _least_busy(self, workers: Sequence[SupervisedWorker]) -> SupervisedWorker:
        """That with the fewest calls; one that is ready before one that is not."""
        carried = [placed.worker for placed in self._calls.values()]
        return min(workers, key=lambda worker: (not worker.is_ready, carried.count(worker)))


async def _figures_of(worker: SupervisedWorker) -> WorkerFigures | None:
    try:
        return await worker.figures()
    except EngineUnavailable:
        return None
