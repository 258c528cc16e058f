"""A class on one board: everybody in, the room open, the board followed; and single questions to the server."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter_ns
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct

from loadtests.board.elements import filling
from loadtests.entrance import Entrance, Guest, Seat
from loadtests.loop import Loop
from loadtests.machine import Cores
from loadtests.measure import open_room
from loadtests.packets import decode_ack
from loadtests.peer import Peer
from loadtests.portal import LessonPlan, Portal
from loadtests.problem import Problem
from loadtests.server import Installation, Server
from rooms.board.messages import BoardChange, BoardJoin, BoardPageGet, Change
from rooms.messages import Command

ANSWER_DEADLINE = 30.0
"""Seconds for the answer to a single command."""

FILLING_ELEMENTS = 100
"""Elements of one command while a board is filled: some 60 kB, within what a packet may have."""

NONCE_BYTES = 9

Wanted = TypeVar("Wanted")


class At(Struct, frozen=True):
    """What is read of a position."""

    epoch: str
    seq: int


class Page(Struct, frozen=True):
    """What is read of a page: how much it is."""

    elements: bytes


class Snapshot(Struct, frozen=True):
    """What is read of a snapshot."""

    pages: int
    count: int
    first: Page


class Joined(Struct, frozen=True):
    """What is read of the answer to a join."""

    position: At
    snapshot: Snapshot | None


class Answer(Struct, frozen=True):
    """A command's result, still encoded, and nanoseconds from when it was sent until that was read."""

    result: Raw
    nanoseconds: int


class Superseded(Struct, frozen=True):
    """What is read of a change that was not taken."""

    code: str


class Answered(Struct, frozen=True):
    """What is read of the answer to a change."""

    seq: int
    superseded: tuple[Superseded, ...] | None


class _One:
    """Waits for the answer to one command. The `Listener` of its sender meanwhile."""

    def __init__(self) -> None:
        self.payload: Raw | None = None
        self.at = 0

    def opened(self, peer: Peer) -> None:
        """It was open before."""

    def event(self, peer: Peer, name: str, payload: Raw, at: int) -> None:
        """Nothing that is waited for."""

    def ack(self, peer: Peer, number: int, payload: Raw, at: int) -> None:
        """The answer."""
        self.payload, self.at = payload, at

    def closed(self, peer: Peer, reason: str) -> None:
        """Nobody may be cut off here."""
        raise Problem(f"A member lost the connection: {reason}.")


class Lesson:
    """A room with its people on its first board; the founders first."""

    def __init__(self, loop: Loop, server: Server, portal: Portal, plan: LessonPlan, guests: Sequence[Guest]) -> None:
        self.loop = loop
        self.server = server
        self.guests = list(guests)
        self.board = plan.room  # a room's first board is named like the room
        self.plan = plan
        self._portal = portal

    @property
    def founder(self) -> Guest:
        """A teacher."""
        return self.guests[0]

    def ask(self, guest: Guest, command: Command) -> Answer:
        """Ask, and wait for the answer. Raises `Problem` when it is refused or does not come."""
        one = _One()
        guest.peer.listener = one
        sent = perf_counter_ns()
        guest.peer.ask(command)
        if not self.loop.run(lambda: one.payload is not None, ANSWER_DEADLINE) or one.payload is None:
            raise Problem(f"The server did not answer {type(command).__name__} within {ANSWER_DEADLINE:g} s.")
        ack = decode_ack(one.payload)
        if ack.error is not None:
            raise Problem(f"The server refused {type(command).__name__} ({ack.error.code}): {ack.error.message}")
        return Answer(ack.ok, one.at - sent)

    def join(self, guest: Guest) -> tuple[Joined, int]:
        """Follow the board from its beginning; what came, and how long it took in nanoseconds."""
        answer = self.ask(guest, BoardJoin(board=self.board))
        return msgspec.json.decode(answer.result, type=Joined), answer.nanoseconds

    def page(self, guest: Guest, number: int) -> tuple[Page, int]:
        """A further page of a joiner's snapshot."""
        answer = self.ask(guest, BoardPageGet(board=self.board, page=number))
        return msgspec.json.decode(answer.result, type=Page), answer.nanoseconds

    def everybody_joins(self) -> None:
        """All of them follow the board from now on."""
        for guest in self.guests:
            self.join(guest)

    def draw(self, guest: Guest, changes: tuple[Change, ...]) -> None:
        """Change the board, and wait until that is on the disk. Raises `Problem` when a part was not taken."""
        answer = self.ask(guest, BoardChange(nonce=new_nonce(), board=self.board, changes=changes))
        superseded = msgspec.json.decode(answer.result, type=Answered).superseded
        if superseded:
            raise Problem(f"The server did not take an element ({superseded[0].code}) that nobody else has touched.")

    def fill(self, count: int) -> None:
        """Have a teacher put so many elements on the board."""
        for first in range(0, count, FILLING_ELEMENTS):
            part = filling(min(FILLING_ELEMENTS, count - first), first)
            self.draw(self.founder, tuple(Change(0, element) for element in part))

    def newcomer(self) -> Guest:
        """One of the members once more, on a device that knows nothing yet."""
        return _bring(self.loop, self.server, self._portal, self.plan, self.plan.members[-1])


def new_nonce() -> str:
    """Of a command."""
    return secrets.token_urlsafe(NONCE_BYTES)


def _bring(loop: Loop, server: Server, portal: Portal, plan: LessonPlan, member: str) -> Guest:
    """One member into the room, on a device that knows nothing yet."""
    seat = Seat(plan.project, plan.room, member, ticket=portal.ticket(plan.project, member))
    return Entrance(loop, server.address).bring([seat])[0][0]


@contextmanager
def lesson(installation: Installation, cores: Cores, people: int) -> Iterator[Lesson]:
    """A server of its own and a class on its board; all of it is ended afterwards. Raises `Problem`."""
    with _serving(installation, cores) as (loop, server, portal):
        plan = portal.open_lesson("Lesson", people)
        guests, _ = Entrance(loop, server.address).bring(portal.seats(plan))
        open_room(loop, guests[0])
        yield Lesson(loop, server, portal, plan, guests)


@contextmanager
def after_restart(installation: Installation, cores: Cores, plan: LessonPlan) -> Iterator[Lesson]:
    """The same lesson on a server that was just started: a teacher is the first to come in. Raises `Problem`."""
    with _serving(installation, cores) as (loop, server, portal):
        yield Lesson(loop, server, portal, plan, [_bring(loop, server, portal, plan, plan.members[0])])


@contextmanager
def _serving(installation: Installation, cores: Cores) -> Iterator[tuple[Loop, Server, Portal]]:
    key = installation.key
    server = installation.start(0, cores.server)
    loop = Loop()
    portal = Portal(server.address, key)
    try:
        yield loop, server, portal
    finally:
        portal.close()
        loop.close()
        server.stop()
