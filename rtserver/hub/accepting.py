"""Accepting connections when the process may open no more files: a pause, and one line in the log.

aiofastnet 1.2.0 means to do as asyncio does, takes its reader off for a second, but asks the socket for that instead of
the loop. The error leaves the reader where it was: the loop does nothing but try, and each try is two tracebacks in the
log, tens of megabytes a second. Asyncio's own servers pause, and tell once for each connection of their backlog.

This touches private parts of aiofastnet; `tests/rtserver/hub/test_accepting.py` fails when they change.
"""

import asyncio
import socket
from typing import Any, cast

import structlog
from aiofastnet.api_utils import Server

log = structlog.get_logger(__name__)

RETRY_DELAY = 1.0
"""Seconds until it is tried again, as asyncio does (`asyncio.constants.ACCEPT_RETRY_DELAY`)."""

TOLD_EVERY = 10.0
"""Seconds between two lines of the log that say so."""

EXHAUSTED = "socket.accept() out of system resource"
"""What asyncio and aiofastnet call it."""


class PatientServer(Server):
    """A server of aiofastnet that pauses when there are no files left."""

    def _accept_connection(self, listening: socket.socket) -> None:
        try:
            super()._accept_connection(listening)  # type: ignore[no-untyped-call]
        except AttributeError:  # what upstream means: `self._loop.remove_reader`
            self._loop.remove_reader(listening.fileno())
            self._loop.call_later(RETRY_DELAY, self._try_again, listening)

    def _try_again(self, listening: socket.socket) -> None:
        if self._sockets is not None:  # closed meanwhile
            self._start_serving_one_listener(listening)  # type: ignore[no-untyped-call]


def patient(server: asyncio.AbstractServer) -> asyncio.Server:
    """The same server, which pauses. Raises `TypeError` for a server of another kind."""
    if type(server) is not Server:
        raise TypeError(f"{type(server)} is not what this was made for")
    server.__class__ = PatientServer
    return cast(asyncio.Server, server)  # it has all that its callers use


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
