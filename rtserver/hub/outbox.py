"""What waits for one socket: an ordered queue, bounded in bytes, on either of two lanes.

Durable frames are never dropped: a socket that cannot take them is closed as SLOW and resumes from its position.
Volatile frames are dropped when the socket is behind: a newer one will come.
"""

from enum import StrEnum
from typing import Protocol

Frame = str | bytes
"""A Socket.IO packet as an Engine.IO message: text or binary."""


class Lane(StrEnum):
    """Whether a frame may be dropped."""

    DURABLE = "durable"
    VOLATILE = "volatile"


class Outbox(Protocol):
    """The way to one socket. Frames leave in the order in which they were sent, over whatever transport it has."""

    def send(self, frame: Frame, lane: Lane) -> None:
        """Queue a frame. Never waits and never raises; a closed socket takes nothing more."""
        ...

    def finish(self) -> None:
        """Take nothing more, deliver what is queued, then end the transport."""
        ...

    def abort(self) -> None:
        """End the transport at once; what is queued is dropped."""
        ...


class OutboxLimits:
    """Bytes that may wait for one socket: `volatile` before signals are dropped, `durable` before it is SLOW."""

    __slots__ = ("durable", "volatile")

    def __init__(self, durable: int, volatile: int) -> None:
        self.durable = durable
        self.volatile = volatile
