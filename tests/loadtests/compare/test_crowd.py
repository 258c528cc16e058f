"""A room whose members are on two servers: each server has an order of its own, and both have everything."""

import socket
from collections.abc import Iterator

import pytest

from loadtests.compare.crowd import Member, Room, halves
from loadtests.compare.doors import Entrant, Pass
from loadtests.ledger import Violations

SENDERS, MEMBERS = 2, 4
"""On each of the two."""


def frame(sender: int, seq: int) -> bytes:
    """As a server sends it."""
    payload = b'42["signal",{"room":"r","topic":"bench","data":"%04d%08dxxx"}]' % (sender, seq)
    return bytes((0x81, len(payload))) + payload


class Server:
    """The other ends of the members of one half."""

    def __init__(self) -> None:
        self._ends = [socket.socketpair() for _ in range(MEMBERS)]
        self.entrants = [Entrant(Pass(room="r", query="", connect=b""), ours) for ours, _ in self._ends]
        for ours, _ in self._ends:
            ours.setblocking(False)

    def tell(self, frames: list[tuple[int, int]], first: int, but: int | None = None) -> None:
        """Everybody but the sender of each, and but the member number `but`; `first`: the first sender's number."""
        for number, (_, theirs) in enumerate(self._ends):
            own = first + number if number < SENDERS else None
            heard = [frame(*one) for one in frames if one[0] != own and number != but]
            theirs.sendall(b"".join(heard))

    def close(self) -> None:
        for end in (end for ends in self._ends for end in ends):
            end.close()


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    both = [Server(), Server()]
    yield both
    for server in both:
        server.close()


@pytest.fixture
def rooms(servers: list[Server]) -> list[Room]:
    return halves([server.entrants for server in servers], SENDERS, witnesses=1)


def members(room: Room) -> list[Member]:
    return [*room.witnesses, *room.others]


def read(rooms: list[Room]) -> Violations:
    """Everybody reads what has come; what was broken."""
    for room in rooms:
        for member in members(room):
            if size := member.receive():
                member.check(size)
    return sum(
        (member.receiver.violations(room.sent) for room in rooms for member in members(room)), start=Violations()
    )


def test_every_half_knows_all_senders(rooms: list[Room]) -> None:
    assert [len(room.speakers) for room in rooms] == [SENDERS, SENDERS]
    assert rooms[0].senders == rooms[1].senders == [*rooms[0].speakers, *rooms[1].speakers]
    assert {room.recipients for room in rooms} == {2 * MEMBERS - 1}


def test_each_half_has_an_order_of_its_own(servers: list[Server], rooms: list[Room]) -> None:
    """Who sent first is told first on the sender's own server: of two senders, each order is right."""
    for sender in (0, 2):
        rooms[0].senders[sender].send_due(0)
        rooms[0].senders[sender].send_due(0)
    servers[0].tell([(0, 0), (2, 0), (0, 1), (2, 1)], first=0)
    servers[1].tell([(2, 0), (2, 1), (0, 0), (0, 1)], first=SENDERS)
    assert read(rooms) == Violations()
    assert all(room.is_quiet for room in rooms)


def test_what_one_half_has_not_got_is_found(servers: list[Server], rooms: list[Room]) -> None:
    """By all members there, or by one of them."""
    rooms[0].senders[0].send_due(0)
    servers[0].tell([(0, 0)], first=0)
    assert read(rooms) == Violations(lost=MEMBERS)
    assert not rooms[1].is_quiet
    servers[1].tell([(0, 0)], first=SENDERS, but=MEMBERS - 1)
    assert read(rooms) == Violations(lost=1)


def test_a_sender_out_of_order_is_found(servers: list[Server], rooms: list[Room]) -> None:
    for _ in range(2):
        rooms[0].senders[0].send_due(0)
    servers[0].tell([(0, 0), (0, 1)], first=0)
    servers[1].tell([(0, 1), (0, 0)], first=SENDERS)
    assert read(rooms) == Violations(disorder=MEMBERS)
