"""Engine.IO's heartbeat for all sockets of a process with one timer (Engine.IO protocol v4, "Heartbeat").

The server pings `interval` seconds after the handshake or the last answer, and ends a socket that has not answered
within `timeout`. Sockets wait in the slots of a wheel; a timer for each would cost more than the sockets do.
"""

import asyncio
from typing import Protocol

TICKS = 16
"""Slots in the shorter of the two times: a ping comes late by two slots, an eighth of it, at most."""

TICK_MIN = 0.001
TICK_MAX = 1.0
"""Seconds a slot at least and at most."""


class Beating(Protocol):
    """A socket, as far as its heartbeat goes."""

    beat_at: int
    """The slot it waits in; `NOWHERE` when in none."""

    is_awaited: bool
    """Whether it was pinged and has not answered."""

    def ping(self) -> None:
        """Send a ping."""
        ...

    def timed_out(self) -> None:
        """It has not answered in time."""
        ...


NOWHERE = -1


class Heartbeat:
    """The wheel. Times are seconds of the event loop's clock."""

    def __init__(self, interval: float, timeout: float, ends_silent: bool = True) -> None:
        """`ends_silent`: whether a socket that does not answer is ended."""
        self._interval = interval
        self._timeout = timeout
        self._ends_silent = ends_silent
        self._tick = min(max(min(interval, timeout) / TICKS, TICK_MIN), TICK_MAX)
        self._slots: dict[int, dict[Beating, None]] = {}
        self._done_until = 0
        self._timer: asyncio.TimerHandle | None = None

    def start(self, socket: Beating) -> None:
        """Ping this one in `interval` seconds; also when it has answered a ping."""
        self.stop(socket)
        socket.is_awaited = False
        self._wait(socket, self._interval)

    def answered(self, socket: Beating) -> None:
        """A pong came; one that nobody asked for changes nothing."""
        if socket.is_awaited:
            self.start(socket)

    def stop(self, socket: Beating) -> None:
        """The socket has ended."""
        if socket.beat_at != NOWHERE:
            slot = self._slots.get(socket.beat_at)  # None: it is this slot's turn
            if slot is not None:
                del slot[socket]
                if not slot:
                    del self._slots[socket.beat_at]
            socket.beat_at = NOWHERE

    def close(self) -> None:
        """No more pings."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self, socket: Beating, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        at = int((loop.time() + seconds) / self._tick) + 1
        socket.beat_at = at
        self._slots.setdefault(at, {})[socket] = None
        if self._timer is None:
            self._done_until = int(loop.time() / self._tick)
            self._timer = loop.call_later(self._tick, self._turn)

    def _turn(self) -> None:
        loop = asyncio.get_running_loop()
        now = int(loop.time() / self._tick)
        for at in range(self._done_until + 1, now + 1):
            for socket in self._slots.pop(at, ()):
                if socket.beat_at == at:  # else it has been ended by one before it
                    socket.beat_at = NOWHERE
                    self._beat(socket)
        self._done_until = now
        self._timer = loop.call_later(self._tick, self._turn) if self._slots else None

    def _beat(self, socket: Beating) -> None:
        if not socket.is_awaited:
            socket.is_awaited = True
            self._wait(socket, self._timeout)
            socket.ping()  # last: it may end a socket that is too far behind
        elif self._ends_silent:
            socket.timed_out()
