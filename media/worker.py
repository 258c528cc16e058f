"""A media worker: `python -m media.worker FD`. One process, one UDP and one TCP port, many calls.

A program without policy. FD is one end of a socket pair, inherited; the parent says on it what is to be, and its end is
ours (see `media.protocol`). SIGTERM ends all sessions first.
"""

import argparse
import asyncio
import contextlib
import gc
import logging
import signal
import socket
import time
from collections.abc import Callable

from aiortc import RTCCertificate

from media.call import MediaCall
from media.engine import CallName, CallPlan, EngineEvent, OfferRefused
from media.figures import Counters, worker_figures
from media.forwarder import Forwarder
from media.port import MediaPort
from media.protocol import (
    Answered,
    Counted,
    FiguresWanted,
    FromWorker,
    Happened,
    MalformedFrame,
    Offered,
    Planned,
    Ready,
    Refused,
    Seen,
    Setup,
    ToWorker,
    Unable,
    encode,
    worker_side,
)

TICK = 0.1
"""Seconds between two looks at what is due."""

SESSIONS_MAX = 2000
"""Sessions of one worker: far more than a core can forward for; new ones are refused beyond."""

READ_BYTES = 1 << 16

COLLECT_AFTER = 50_000
"""New containers after which Python looks for cycles: each look is a pause for everybody's sound."""

COLLECT_AFTER_SESSIONS = 40
"""Ended sessions after which all of Python's heap is looked through: what they held would stay for long otherwise."""

logger = logging.getLogger(__name__)


class Worker:
    """All calls of the process. `send` brings a message to the parent."""

    def __init__(
        self, setup: Setup, port: MediaPort, send: Callable[[FromWorker], None], clock: Callable[[], float]
    ) -> None:
        self._number = setup.worker
        self._port = port
        self._candidates = [each for each in port.candidates if setup.offers_udp or each.protocol != "udp"]
        self._send = send
        self._clock = clock
        self._counters = Counters()
        self._forwarder = Forwarder(port.outbound, self._counters)
        self._calls: dict[CallName, MediaCall] = {}

    def handle(self, message: ToWorker) -> None:
        """Do what the parent says. An error in one call is not another's."""
        try:
            self._handle(message)
        except Exception:  # a bug: it is logged, and the other calls go on
            logger.exception("a message of the parent failed")
            if isinstance(message, Offered):
                self._send(Refused(message.request, "the media worker failed"))

    def _handle(self, message: ToWorker) -> None:
        match message:
            case Planned(plan):
                self._plan(plan)
            case Offered():
                self._send(self._answer(message))
            case Seen(name, participant, revision):
                call = self._calls.get(name)
                if call is not None:
                    call.slots_seen(participant, revision)
            case FiguresWanted(request):
                calls = tuple(call.figures() for call in self._calls.values())
                figures = worker_figures(self._number, self._counters, self._port.dropped, calls)
                self._send(Counted(request, figures))
            case Setup():
                logger.warning("told twice how to listen")

    def tick(self) -> None:
        """Some time has passed. An error in one call is not another's."""
        now = self._clock()
        for tick in (self._port.tick, *(call.tick for call in self._calls.values())):
            try:
                tick(now)
            except Exception:  # a bug: it is logged, and the others go on
                logger.exception("a tick failed")
        if self._counters.sessions_ended >= COLLECT_AFTER_SESSIONS:
            self._counters.sessions_ended = 0
            gc.collect()

    def close(self) -> None:
        """End all sessions, so that their peers know at once."""
        for call in self._calls.values():
            call.close()
        self._calls.clear()
        self._port.close()

    def _plan(self, plan: CallPlan) -> None:
        call = self._calls.get(plan.call)
        if not plan.participants:
            if call is not None:
                call.close()
                del self._calls[plan.call]
            return
        if call is None:
            call = self._calls[plan.call] = MediaCall(
                plan.call,
                self._port,
                self._forwarder,
                self._counters,
                self._emit,
                self._clock,
                asyncio.get_running_loop().call_later,
                self._candidates,
            )
        call.plan(plan)

    def _answer(self, offered: Offered) -> Answered | Refused:
        call = self._calls.get(offered.call)
        if call is None:
            return Refused(offered.request, "there is no such call")
        if sum(each.sessions for each in self._calls.values()) >= SESSIONS_MAX:
            self._counters.drop("sessions beyond the limit")
            return Refused(offered.request, "too many media sessions")
        try:
            return Answered(offered.request, call.answer(offered.participant, offered.role, offered.sdp))
        except OfferRefused as refused:
            self._counters.drop("offer")
            return Refused(offered.request, str(refused))

    def _emit(self, event: EngineEvent) -> None:
        self._send(Happened(event))


async def serve(connection: socket.socket, clock: Callable[[], float] = time.monotonic) -> None:
    """Work until the parent is gone or says the end."""
    reader, writer = await asyncio.open_connection(sock=connection)

    def send(message: FromWorker) -> None:
        if not writer.is_closing():
            writer.write(encode(message))

    decoder = worker_side()
    worker: Worker | None = None
    ticking: asyncio.Task[None] | None = None
    try:
        while data := await reader.read(READ_BYTES):
            for message in decoder.feed(data):
                if worker is not None:
                    worker.handle(message)
                    continue
                if not isinstance(message, Setup):
                    raise MalformedFrame("the first message is to be how to listen")
                try:
                    port = await _listen(message, clock)
                except (OSError, ValueError) as error:
                    send(Unable(str(error)))
                    await writer.drain()
                    return
                worker = Worker(message, port, send, clock)
                ticking = asyncio.create_task(_tick(worker))
                send(Ready(port.udp_port, port.tcp_port))
    except ConnectionError:
        pass  # the parent has died: as at the end of its stream
    except MalformedFrame as error:
        logger.error("the parent does not speak our protocol: %s", error)
    finally:
        if ticking is not None:
            ticking.cancel()
        if worker is not None:
            worker.close()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def _listen(setup: Setup, clock: Callable[[], float]) -> MediaPort:
    return await MediaPort.open(
        setup.host,
        setup.udp_port,
        setup.tcp_port,
        setup.public_addresses,
        RTCCertificate.generateCertificate(),
        clock,
    )


async def _tick(worker: Worker) -> None:
    while True:
        await asyncio.sleep(TICK)
        worker.tick()


async def _run(descriptor: int) -> None:
    task = asyncio.ensure_future(serve(socket.socket(fileno=descriptor)))
    # SIGINT comes to the whole foreground group: the parent ends us in its own time.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        await task
    except asyncio.CancelledError:
        pass


def main() -> None:
    """Run a worker."""
    parser = argparse.ArgumentParser(prog="python -m media.worker", description=__doc__)
    parser.add_argument("descriptor", type=int, help="number of the inherited socket to the parent")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="media worker: %(levelname)s %(name)s: %(message)s")
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    asyncio.run(_run(arguments.descriptor))


if __name__ == "__main__":
    main()
