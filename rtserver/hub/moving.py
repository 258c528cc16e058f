"""Asking a client to come back to another server: the push `moving`, and what becomes of who does not go."""

import asyncio

from rooms.messages import Moving
from rooms.versions import SINCE
from rtserver.hub.connection import Connection
from rtserver.hub.packets import Push

STAY_MAX = 2.0
"""Seconds that a client may stay beyond its moment: a poll and its answer over a slow school line."""

MILLISECONDS = 1000


def knows_moving(connection: Connection) -> bool:
    """Whether a client's version of the protocol has it."""
    return SINCE.knows_push(connection.version, "moving")


def ask_to_move(connection: Connection, after: float, node: str | None = None) -> asyncio.TimerHandle:
    """Ask a client that `knows_moving` to go after so many seconds, to a server by name, or to any.

    Who does not go is sent away by the timer that is given back.
    """
    connection.push(Push("moving", Moving(int(after * MILLISECONDS), node)))
    return asyncio.get_running_loop().call_later(after + STAY_MAX, connection.send_away)
