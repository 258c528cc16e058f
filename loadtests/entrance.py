"""Bringing people in: connect, sign in, join the project and a room. What is done before, or is itself measured."""

from collections import deque
from collections.abc import Sequence
from time import perf_counter_ns

import msgspec
from msgspec import Raw, Struct

from loadtests.loop import Loop
from loadtests.packets import decode_ack
from loadtests.peer import Address, Peer, SharedChunks
from loadtests.problem import Problem
from loadtests.schedule import NANOSECONDS
from rooms.messages import PROTOCOL_VERSION, ConnectAuth, ProjectJoin, RoomJoin, SessionGranted

IN_FLIGHT_MAX = 64
"""People on their way in at once: enough to keep the server busy, less than any backlog of a listening socket."""

ENTRANCE_DEADLINE = 60.0
"""Seconds for everybody to come in. A server that takes longer is measured as not able to."""


class Standing(Struct, frozen=True):
    """What is read of the answer to a join: where the stream stands, as it is given back when one returns."""

    position: dict[str, str | int]


class Seat(Struct, frozen=True):
    """Whom to bring in, where, and with what: a ticket the first time, a session from then on.

    Who returns also says where they stood in the project's and the room's stream.
    """

    project: str
    room: str
    member: str
    ticket: str | None = None
    session: str | None = None
    project_position: dict[str, str | int] | None = None
    room_position: dict[str, str | int] | None = None

    @property
    def auth(self) -> ConnectAuth:
        """What is presented to the server."""
        return ConnectAuth(version=PROTOCOL_VERSION, ticket=self.ticket, session=self.session)

    @property
    def joins(self) -> tuple[ProjectJoin, RoomJoin]:
        """What is asked once signed in."""
        return (
            msgspec.convert({"position": self.project_position}, ProjectJoin),
            msgspec.convert({"room": self.room, "position": self.room_position}, RoomJoin),
        )


class Guest(Struct, eq=False):
    """Somebody on the way in. `seq`: where the room's stream stood when they came in."""

    seat: Seat
    peer: Peer
    session: str | None = None
    join: int = 0
    seq: int | None = None
    project_position: dict[str, str | int] | None = None
    room_position: dict[str, str | int] | None = None

    @property
    def resuming(self) -> Seat:
        """The same seat, to come back to."""
        seat = self.seat
        return Seat(
            project=seat.project,
            room=seat.room,
            member=seat.member,
            session=self.session,
            project_position=self.project_position,
            room_position=self.room_position,
        )


class Entrance:
    """Brings people in. The `Listener` of their peers meanwhile."""

    def __init__(self, loop: Loop, address: Address, shared: SharedChunks | None = None) -> None:
        """`shared`: what all peers of this process have read, when their messages need not be decoded one by one."""
        self._shared = shared
        self._loop = loop
        self._address = address
        self._guests: dict[Peer, Guest] = {}
        self._joined = 0
        self._standing = msgspec.json.Decoder(Standing)

    def bring(self, seats: Sequence[Seat], deadline: float = ENTRANCE_DEADLINE) -> tuple[list[Guest], float]:
        """Everybody, in the order of `seats`, and the seconds that it took. Raises `Problem`."""
        waiting = deque(seats)
        guests: list[Guest] = []
        self._joined = 0
        start = perf_counter_ns()
        end = start + round(deadline * NANOSECONDS)
        while self._joined < len(seats):
            while waiting and len(guests) - self._joined < IN_FLIGHT_MAX:
                guests.append(self._start(waiting.popleft()))
            if perf_counter_ns() > end:
                raise Problem(
                    f"Only {self._joined} of {len(seats)} people got into their rooms within {deadline:g} s: "
                    "the server is overloaded or stands still; see its log."
                )
            self._loop.turn(end)
        return guests, (perf_counter_ns() - start) / NANOSECONDS

    def _start(self, seat: Seat) -> Guest:
        peer = Peer(self._address, seat.project, seat.auth, self, shared=self._shared)
        guest = self._guests[peer] = Guest(seat, peer, session=seat.session)
        self._loop.add(peer)
        return guest

    # --- Listener ---

    def opened(self, peer: Peer) -> None:
        """Signed in: join, both at once, as the server answers in order."""
        guest = self._guests[peer]
        project, room = guest.seat.joins
        peer.ask(project)
        guest.join = peer.ask(room)

    def event(self, peer: Peer, name: str, payload: Raw, at: int) -> None:
        """The session that a ticket was exchanged for; the rest does not matter yet."""
        if name == "session":
            self._guests[peer].session = msgspec.json.decode(payload, type=SessionGranted).session

    def ack(self, peer: Peer, number: int, payload: Raw, at: int) -> None:
        """In when the room has answered."""
        guest, ack = self._guests[peer], decode_ack(payload)
        if ack.error is not None:
            raise Problem(f"A member could not join ({ack.error.code}): {ack.error.message}")
        position = self._standing.decode(ack.ok).position
        if number != guest.join:
            guest.project_position = position
            return
        guest.room_position = position
        guest.seq = int(position["seq"])
        self._joined += 1

    def closed(self, peer: Peer, reason: str) -> None:
        """Nobody is sent away at the door of a server that is to be measured."""
        raise Problem(f"A member could not come in: {reason}.")
