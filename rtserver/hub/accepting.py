"""Accepting connections: as many as the process has places for, and a pause when there are no files left.

A process may open so many files: each connection is one, and so is what else it needs. `PatientServer` keeps some back:
when its places run out, those connections go that have been of no use for the longest time, whoever holds them. Of use
is one with a WebSocket, or with a request under way. Counting by address would keep out a school, which has one, or all
who come by a proxy.

aiofastnet 1.2.0 means to do as asyncio does when there are no files left, takes its reader off for a second, but asks
the socket for that instead of the loop. The error leaves the reader where it was: the loop does nothing but try, and
each try is two tracebacks in the log, tens of megabytes a second. Asyncio's own servers pause, and tell once for each
connection of their backlog.

This touches private parts of aiofastnet and of aiohttp's `RequestHandler`, which does not tell whether it waits for a
request; `tests/rtserver/hub/test_accepting.py` fails when they change.
"""

import asyncio
import math
import resource
import socket
import sys
from collections.abc import Iterable, Iterator
from typing import Any, cast

import structlog
from aiofastnet.api_utils import Server
from aiohttp.web_protocol import RequestHandler

from rtserver.metrics.figures import FIGURES
from rtserver.serving import FILES_BESIDES

log = structlog.get_logger(__name__)

RETRY_DELAY = 1.0
"""Seconds until it is tried again, as asyncio does (`asyncio.constants.ACCEPT_RETRY_DELAY`)."""

FILES_KEPT = FILES_BESIDES // 2
"""Files that are kept back for the database and all else; the other half is for pages, which come by connections."""

ACCEPTED_BEYOND = 32
"""Connections that are accepted when all places are taken, at most: for each of them another one has to go."""

ROOM_DELAY = 0.01
"""Seconds until it is looked whether those have gone."""

ROOM_SHARE = 20
"""When the places run out, one of so many is freed: all connections are looked at for that, some milliseconds."""

TOLD_EVERY = 10.0
"""Seconds between two lines of the log that say so."""

EXHAUSTED = "socket.accept() out of system resource"
"""What asyncio and aiofastnet call it."""


class Newcomer(asyncio.Protocol):
    """Of a connection that has asked for nothing yet."""

    came_at = math.inf
    """When, by the loop's clock, once it has begun."""


class PatientServer(Server):
    """A server of aiofastnet with a number of places, that pauses when there are no files left. See `patient`."""

    def prepare(self, places: int) -> None:
        """What a server has besides that it is made of."""
        self._places = places
        self._coming = 0
        """Accepted, and not among the clients yet: the next turn of the loop makes a transport for each."""
        self._surplus: list[asyncio.Transport] = []
        """Those that have come, in this turn of the loop, when all places were taken."""
        self._leaving: set[asyncio.Transport] = set()
        """Cut to make room, and not gone yet."""
        self._told_at: float | None = None
        self._closed_untold = 0

    def _accept_connection(self, listening: socket.socket) -> None:
        left = self._places + ACCEPTED_BEYOND - len(self._clients) - self._coming
        if left <= 0:
            self._pause(listening, ROOM_DELAY)
            return
        some = _Some(listening, left)
        try:
            super()._accept_connection(cast(socket.socket, some))  # type: ignore[no-untyped-call]
        except AttributeError:  # what upstream means: `self._loop.remove_reader`
            self._pause(listening, RETRY_DELAY)
        self._coming += some.accepted

    async def _accept_connection2(self, connection: socket.socket) -> None:
        self._coming -= 1
        await super()._accept_connection2(connection)  # type: ignore[no-untyped-call]

    def _pause(self, listening: socket.socket, seconds: float) -> None:
        self._loop.remove_reader(listening.fileno())
        self._loop.call_later(seconds, self._try_again, listening)

    def _try_again(self, listening: socket.socket) -> None:
        if self._sockets is not None:  # closed meanwhile
            self._start_serving_one_listener(listening)  # type: ignore[no-untyped-call]

    def _attach(self, transport: asyncio.Transport) -> None:
        super()._attach(transport)  # type: ignore[no-untyped-call]
        if len(self._clients) > self._places:
            if not self._surplus:
                self._loop.call_soon(self._make_room)
            self._surplus.append(transport)

    def _detach(self, transport: asyncio.Transport) -> None:
        self._leaving.discard(transport)
        super()._detach(transport)  # type: ignore[no-untyped-call]

    def _make_room(self) -> None:
        """Close what has been of no use for the longest time; where all are of use, who came last."""
        surplus, self._surplus = self._surplus, []
        staying = [transport for transport in self._clients if transport not in self._leaving]
        excess = len(staying) - self._places
        if excess <= 0:
            return
        unused = sorted(_unused(staying), key=lambda one: one[0])
        chosen = [transport for _, transport in unused[: excess + self._places // ROOM_SHARE]]
        if len(chosen) < excess:
            latest = [transport for transport in reversed(surplus) if transport not in chosen]
            chosen += latest[: excess - len(chosen)]
        self._leaving.update(chosen)
        for transport in chosen:
            transport.abort()
        self._tell(len(chosen))

    def _tell(self, closed: int) -> None:
        FIGURES.crowded_closes += closed
        self._closed_untold += closed
        now = self._loop.time()
        if self._told_at is None or now - self._told_at >= TOLD_EVERY:
            self._told_at = now
            advice = "limit connections in the proxy in front, or raise LimitNOFILE=, or `ulimit -n`"
            log.warning("connections.crowded", places=self._places, closed=self._closed_untold, advice=advice)
            self._closed_untold = 0


class _Some:
    """A listening socket that has no more than so many connections to accept for now."""

    def __init__(self, listening: socket.socket, count: int) -> None:
        self._listening = listening
        self._count = count
        self.accepted = 0

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection. Raises `BlockingIOError`: the loop calls again, when it has done what else there is."""
        if self.accepted == self._count:
            raise BlockingIOError
        found = self._listening.accept()
        self.accepted += 1
        return found

    def fileno(self) -> int:
        """The number of the listening socket."""
        return self._listening.fileno()


def patient(server: asyncio.AbstractServer, places: int | None = None) -> asyncio.Server:
    """The same server, which pauses, and has so many places (None: `places_of_process`).

    Raises `TypeError` for a server of another kind.
    """
    if type(server) is not Server:
        raise TypeError(f"{type(server)} is not what this was made for")
    server.__class__ = PatientServer
    made = cast(PatientServer, server)
    made.prepare(places_of_process() if places is None else places)
    return cast(asyncio.Server, made)  # it has all that its callers use


def places_of_process() -> int:
    """Connections that leave enough of the files that this process may open for what else it needs."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return sys.maxsize
    return max(soft - FILES_KEPT, soft // 2)


def _unused(transports: Iterable[asyncio.Transport]) -> Iterator[tuple[float, asyncio.Transport]]:
    """Connections on which nothing is under way, with the time since when, by the loop's clock."""
    for transport in transports:
        protocol = transport.get_protocol()
        if transport.is_closing():
            yield -math.inf, transport
        elif isinstance(protocol, Newcomer):
            yield protocol.came_at, transport
        elif isinstance(protocol, RequestHandler):
            is_answered = transport.get_write_buffer_size() == 0  # else the last bytes are still on their way
            if is_answered and _is_waiting(protocol):
                yield _waits_since(protocol), transport


def _is_waiting(protocol: RequestHandler) -> bool:
    waiter = protocol._waiter  # noqa: SLF001
    return waiter is not None and not waiter.done()


def _waits_since(protocol: RequestHandler) -> float:
    """By the loop's clock. It is set when the connection begins, and anew when a request has been answered."""
    return protocol._next_keepalive_close_time - protocol.keepalive_timeout  # noqa: SLF001


class ErrorTeller:
    """The loop's handler of errors that nobody waits for; that there are no files left is told now and then."""

    def __init__(self) -> None:
        self._told_at: float | None = None

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """See `loop.set_exception_handler`."""
        if context.get("message") != EXHAUSTED:
            loop.default_exception_handler(context)
            return
        if self._told_at is None or loop.time() - self._told_at >= TOLD_EVERY:
            self._told_at = loop.time()
            error = str(context.get("exception"))
            log.error("files.exhausted", error=error, advice="raise LimitNOFILE=, or `ulimit -n`")
