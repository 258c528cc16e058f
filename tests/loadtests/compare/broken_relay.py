"""A relay that breaks a promise once, for the tests: `python broken_relay.py FAULT PORT`."""

import sys
from collections.abc import Callable

from loadtests.compare import relay
from loadtests.compare.relay import Client, Relay, Room, server_frame

BROKEN_MESSAGE = 40
"""Number of the frame to the victim with which something is wrong."""

VICTIM = 1
"""Which member of the first room: neither the sender nor one whose receipts are timed."""

Fault = Callable[[list[bytes]], list[bytes]]

FAULTS: dict[str, Fault] = {
    "lost": lambda frames: frames[:-1],
    "twice": lambda frames: [*frames, frames[-1]],
    "swapped": lambda frames: [*frames[:-2], frames[-1], frames[-2]],
}


class BrokenRoom(Room):
    """Keeps what the victim is told until it can be told wrongly."""

    fault: Fault

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[bytes] | None = []

    def tell(self) -> None:
        victim = self.members[VICTIM]
        if self._kept is None:
            super().tell()
            return
        self.members.remove(victim)
        self._kept += [frame for _, frame in self.said]
        super().tell()
        self.members.insert(VICTIM, victim)
        if len(self._kept) >= BROKEN_MESSAGE:
            relay.send(victim.connection, b"".join(type(self).fault(self._kept)))
            self._kept = None


class Refusing(Relay):
    """Nobody may come in."""

    def answer(self, client: Client, payload: bytes, spoken: set[Room]) -> None:
        relay.send(client.connection, server_frame(b'44{"message":"session_ended"}'))


class RefusingRooms(Relay):
    """Everybody may connect, and nobody join."""

    def answer(self, client: Client, payload: bytes, spoken: set[Room]) -> None:
        if payload.startswith(b"40"):
            super().answer(client, payload, spoken)
        else:
            relay.send(client.connection, server_frame(b'431[{"error":{"code":"unknown_room"}}]'))


class HangingUp(Relay):
    """Hangs up at the first command."""

    def answer(self, client: Client, payload: bytes, spoken: set[Room]) -> None:
        client.connection.shutdown(2)


SERVERS: dict[str, type[Relay]] = {"refuse": Refusing, "refuse-rooms": RefusingRooms, "hang-up": HangingUp}


if __name__ == "__main__":
    what, port = sys.argv[1], int(sys.argv[2])
    if what in FAULTS:
        BrokenRoom.fault = staticmethod(FAULTS[what])
        relay.Room = BrokenRoom  # type: ignore[misc]
    if what == "no-websocket":
        relay.HANDSHAKE = b"HTTP/1.1 404 Not Found\r\n\r\nnothing here"
    SERVERS.get(what, Relay)(port).serve()
