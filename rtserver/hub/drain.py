"""The end of a node's life: new sockets go elsewhere, then everybody here moves, each at a moment of their own.

A load balancer needs a while to notice that this node does not want anybody any more (`notice`); meanwhile those who
are here go on. Then they are told to come back, spread over a while (`spread`), so that the nodes that take them over
are not met by all at once. Who does not understand that, or does not go, is sent away: Socket.IO clients come back by
themselves, and what was not acknowledged they send again.
"""

import asyncio
import random
from collections.abc import Callable, Collection

import structlog

from rtserver.hub import moving
from rtserver.hub.connection import Attended, Connection

log = structlog.get_logger(__name__)

CALL_SPREAD = 0.25
"""Seconds over which those of one call move: until all have, some are in a call without the others."""

Between = Callable[[float, float], float]
"""A random number between two."""


class Drain:
    """Whether this node is being left, and by whom when."""

    def __init__(
        self,
        notice: float,
        spread: float,
        connections: Callable[[], Collection[Connection]],
        between: Between = random.uniform,
        on_moving: Callable[[], None] = lambda: None,
    ) -> None:
        """`notice`: seconds until the load balancer sends nobody here any more. `spread`: seconds over which they move.

        `connections`: those who are here. `on_moving`: called before the first of them is told to go.
        """
        self._on_moving = on_moving
        self._notice = notice
        self._spread = spread
        self._connections = connections
        self._between = between
        self._is_draining = False
        self._moves_until: float | None = None
        """By the loop's clock, when the last one has to go; None: nobody was told yet."""
        self._call_moments: dict[Attended, float] = {}
        self._nobody_left = asyncio.Event()
        self._timers: list[asyncio.TimerHandle] = []

    @property
    def is_draining(self) -> bool:
        """Whether new sockets are to go elsewhere."""
        return self._is_draining

    async def run(self, hurry: asyncio.Event) -> None:
        """Returns when everybody has gone, or has had their time, or `hurry` is set."""
        self._is_draining = True
        log.info("drain.started", connections=len(self._connections()))
        await _until(hurry, self._notice)
        if self._spread and not hurry.is_set():
            await self._move(hurry)
        for timer in self._timers:
            timer.cancel()
        log.info("drain.ended", connections=len(self._connections()))

    def came(self, connection: Connection) -> None:
        """Somebody has signed in whose request was admitted before the drain began."""
        if self._moves_until is not None:
            self._nobody_left.clear()
            self._tell(connection, max(0.0, self._moves_until - asyncio.get_running_loop().time()))

    def went(self) -> None:
        """Somebody has gone."""
        if not self._connections():
            self._nobody_left.set()

    async def _move(self, hurry: asyncio.Event) -> None:
        self._on_moving()
        self._nobody_left.clear()  # it may have been so before
        self._moves_until = asyncio.get_running_loop().time() + self._spread
        for connection in list(self._connections()):
            self._tell(connection, self._spread)
        self.went()
        gone = asyncio.ensure_future(self._nobody_left.wait())
        hurried = asyncio.ensure_future(hurry.wait())
        waiting = (gone, hurried)
        await asyncio.wait(waiting, timeout=self._spread + moving.STAY_MAX, return_when=asyncio.FIRST_COMPLETED)
        for each in waiting:
            each.cancel()

    def _tell(self, connection: Connection, within: float) -> None:
        moment = self._moment(connection, within)
        if moving.knows_moving(connection):
            timer = moving.ask_to_move(connection, moment)
        else:
            timer = asyncio.get_running_loop().call_later(moment, connection.send_away)
        self._timers.append(timer)

    def _moment(self, connection: Connection, within: float) -> float:
        """Seconds from now. Those of one call move together: it goes on elsewhere with everybody."""
        for call in connection.calls.values():
            if call not in self._call_moments:
                self._call_moments[call] = self._between(0, max(0.0, within - CALL_SPREAD))
            return min(within, self._call_moments[call] + self._between(0, CALL_SPREAD))
        return self._between(0, within)


async def _until(event: asyncio.Event, seconds: float) -> None:
    """Returns when it is set, or after so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
