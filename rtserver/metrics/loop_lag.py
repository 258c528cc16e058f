"""How late the event loop is: a timer that says by how much it was called too late. Everybody waits that long."""

import asyncio

from rtserver.metrics.figures import Histogram

LOOK_INTERVAL = 0.1
"""Seconds between two looks: often enough to meet most stalls of a second's half, and next to no work."""


class LoopLag:
    """Watches the running event loop from `start` to `stop`."""

    def __init__(self, lag: Histogram, interval: float = LOOK_INTERVAL) -> None:
        self._lag = lag
        self._interval = interval
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to look."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(loop.time() + self._interval, self._look, loop.time() + self._interval)

    def stop(self) -> None:
        """Look no more. May be called twice."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self, due: float) -> None:
        self._lag.observe(max(0.0, asyncio.get_running_loop().time() - due))
        self.start()
