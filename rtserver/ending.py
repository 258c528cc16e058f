"""How a server is asked to end, and that it does.

SIGTERM, which systemd, Docker and a load balancer's operator send, asks to drain first. SIGINT, of a person at a
terminal, and a second signal of either end it at once. Whatever hangs then, at a deadline the process is gone: nothing
acknowledged is lost by that, for it was in the log before.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

ENDED_LATE = 1
"""The exit code of a server that did not end in time."""


class Ending:
    """Listens for the signals of one process."""

    def __init__(self, deadline: float, leave: Callable[[int], object] = os._exit) -> None:
        """`deadline`: seconds from the first signal after which the process is gone, by `leave`."""
        self.hurry = asyncio.Event()
        """Set: do not drain any longer."""
        self._asked = asyncio.Event()
        self._deadline = deadline
        self._leave = leave
        self._timer: threading.Timer | None = None

    def listen(self) -> None:
        """Take the signals from now on. To be called in the event loop of the main thread."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.signalled, number)

    async def asked(self) -> None:
        """Returns when the first signal has come."""
        await self._asked.wait()

    def signalled(self, number: int) -> None:
        """A signal has come."""
        if self._asked.is_set() or number == signal.SIGINT:
            self.hurry.set()
        if self._timer is None:
            log.info("server.stopping", signal=signal.Signals(number).name)
            # A thread: the loop itself may be what hangs. It lives on until the interpreter's own last waiting.
            self._timer = threading.Timer(self._deadline, self._end_late)
            self._timer.daemon = True
            self._timer.start()
        self._asked.set()

    def ended(self) -> None:
        """It has ended, and the process goes on."""
        if self._timer is not None:
            self._timer.cancel()

    def _end_late(self) -> None:
        log.error("server.ended_late", deadline=self._deadline, advice="drain_deadline may be too short, or it hangs")
        self._leave(ENDED_LATE)
