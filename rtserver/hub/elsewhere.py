"""What a live project asks of the other nodes that serve it, and the case that there are none."""

from typing import Protocol

from rooms.errors import ErrorCode
from rooms.model import RoomId
from rooms.presence import ConnectionId
from rooms.stream import StreamName
from rtserver.hub.connection import Connection
from rtserver.hub.outbox import Lane, NewestOf
from rtserver.hub.packets import Push


class Elsewhere(Protocol):
    """The other nodes that serve a project: see `cluster.neighbours`."""

    def report(self) -> None:
        """Tell them who is connected here, when that has changed."""
        ...

    def signal(self, stream: StreamName, push: Push, newest_of: NewestOf | None, lane: Lane) -> None:
        """Send something that is not logged to those who are in a room, or on a board, by way of them."""
        ...

    def send_away(self, device: ConnectionId, code: ErrorCode) -> None:
        """End the connection of a device for good."""
        ...

    def sessions_ended(self) -> None:
        """Have them look which sessions were ended."""
        ...

    def entered(self, connection: Connection, room: RoomId) -> None:
        """Somebody has entered a room: when there is a call by way of another node, they are taken there."""
        ...

    def close(self) -> None:
        """Nobody is connected here any more."""
        ...


class Nobody:
    """There are no other nodes."""

    def report(self) -> None:
        """See `Elsewhere`."""

    def signal(self, stream: StreamName, push: Push, newest_of: NewestOf | None, lane: Lane) -> None:
        """See `Elsewhere`."""

    def send_away(self, device: ConnectionId, code: ErrorCode) -> None:
        """See `Elsewhere`."""

    def sessions_ended(self) -> None:
        """See `Elsewhere`."""

    def entered(self, connection: Connection, room: RoomId) -> None:
        """See `Elsewhere`."""

    def close(self) -> None:
        """See `Elsewhere`."""
