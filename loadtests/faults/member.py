"""A member in a room and on its board who stays: comes back by themselves, resumes, and sends again."""

import random
from collections.abc import Callable, Sequence
from ssl import SSLContext
from time import perf_counter_ns
from typing import Protocol

import msgspec
from msgspec import Raw

from loadtests.faults.following import Event, Following
from loadtests.faults.outbox import Message, Outbox
from loadtests.generator.target import Target
from loadtests.loop import Loop
from loadtests.packets import Ack, decode_ack
from loadtests.peer import Peer
from loadtests.schedule import NANOSECONDS
from rooms.board.messages import BoardJoin
from rooms.messages import PROTOCOL_VERSION, Command, ConnectAuth, Failure, ProjectJoin, RoomJoin, SessionGranted

BACK_FIRST = 0.5
BACK_LONGEST = 4.0
"""Seconds until the next try to come back, at random between half of it and all; doubled each time. A page waits up to
30 s: here it is to be seen how long the deployment takes."""

IN_WITHIN = 10.0
"""Seconds in which a try has to lead into the room: then another one is made."""

REFUSED = "refused: "
"""How a peer begins to say that the server has refused its CONNECT."""

PAUSED = frozenset({"no_teacher_present", "not_joined"})
"""Refusals that end when others are back, too: no teacher is there; the room is joined anew."""

Door = tuple[Target, SSLContext | None]
"""A way in, and whom to trust there."""


class Witness(Protocol):
    """Who is told what a member sees. `at`: nanoseconds."""

    def seen(self, event: Event, at: int) -> None:
        """An event has come."""
        ...

    def acknowledged(self, message: Message, at: int) -> None:
        """A message is durable."""
        ...

    def back(self, left_at: int, at: int) -> None:
        """Somebody is in their room again."""
        ...


class Member:
    """One person with one device. The `Listener` of their peer."""

    def __init__(
        self,
        loop: Loop,
        doors: Sequence[Door],
        witness: Witness,
        dice: random.Random,
        *,
        project: str,
        room: str,
        member: str,
        ticket: str,
    ) -> None:
        """`doors`: one is taken at random each time; a room's first board is named like the room."""
        self.member = member
        self.chat = Following(f"room:{room}")
        self.board = Following(f"board:{room}")
        self.outboxes: list[Outbox] = []
        self.is_here = False
        self.returns = 0
        self.refusals: dict[str, int] = {}
        """Why messages or connections were refused, and how often: for now, and for good."""
        self.refused_for_good: list[str] = []
        self._loop = loop
        self._doors = doors
        self._witness = witness
        self._dice = dice
        self._project = project
        self._room = room
        self._auth = ConnectAuth(version=PROTOCOL_VERSION, ticket=ticket)
        self._peer: Peer | None = None
        self._asked: dict[int, Callable[[Ack, int], None]] = {}
        self._next_try = 0
        self._tries = 0
        self._left_at: int | None = None

    @property
    def followed(self) -> tuple[Following, Following]:
        """Chat and board."""
        return (self.chat, self.board)

    def move(self, now: int) -> None:
        """Do what is due."""
        if self._peer is None:
            if now >= self._next_try:
                self._connect(now)
        elif not self.is_here:
            if now >= self._next_try:
                self._hang_up(now)
        else:
            self._send(now)

    def call(self, command: Command, answered: Callable[[Ack, int], None]) -> None:
        """Ask something that is not sent again."""
        if self._peer is not None:
            self._ask(self._peer, command, answered)

    # --- Coming and going ---

    def _connect(self, now: int) -> None:
        target, context = self._dice.choice(self._doors)
        peer = Peer(target.socket_address, self._project, self._auth, self, tls=target.tls(context), host=target.host)
        self._peer = peer
        self._next_try = now + round(IN_WITHIN * NANOSECONDS)
        self._loop.add(peer)

    def _hang_up(self, now: int) -> None:
        if self._peer is not None:
            self._loop.remove(self._peer)
            self._gone(now)

    def _gone(self, now: int) -> None:
        self._peer = None
        self._asked.clear()
        if self.is_here:
            self.is_here, self._left_at = False, now
        for outbox in self.outboxes:
            outbox.disconnected()
        wait = min(BACK_LONGEST, BACK_FIRST * 2**self._tries)
        self._tries += 1
        self._next_try = now + round(wait * self._dice.uniform(0.5, 1.0) * NANOSECONDS)

    def _ask(self, peer: Peer, command: Command, answered: Callable[[Ack, int], None]) -> None:
        self._asked[peer.ask(command)] = answered

    def _send(self, now: int) -> None:
        for outbox in self.outboxes:
            message = outbox.take(now)
            if message is not None and self._peer is not None:
                self._ask(self._peer, message.command, self._answer_of(outbox, message))

    def _answer_of(self, outbox: Outbox, message: Message) -> Callable[[Ack, int], None]:
        def answered(ack: Ack, at: int) -> None:
            if ack.error is None:
                outbox.acknowledged(message, msgspec.json.decode(ack.ok, type=_Seq).seq, at)
                self._witness.acknowledged(message, at)
            else:
                self._refused(ack.error)
                outbox.refused(at)

        return answered

    def _refused(self, failure: Failure) -> None:
        self.refusals[failure.code] = self.refusals.get(failure.code, 0) + 1
        if not failure.retry and failure.code not in PAUSED:
            self.refused_for_good.append(f"{failure.code}: {failure.message}")

    # --- Listener ---

    def opened(self, peer: Peer) -> None:
        """Signed in: all joins at once, as the server answers in order."""
        self._ask(peer, ProjectJoin(), self._project_joined)
        room = {"room": self._room, "position": self.chat.position}
        self._ask(peer, msgspec.convert(room, RoomJoin), self._room_joined)
        board = {"board": self._room, "position": self.board.position}
        self._ask(peer, msgspec.convert(board, BoardJoin), self._board_joined)

    def event(self, peer: Peer, name: str, payload: Raw, at: int) -> None:
        """A push: events count, and the session to come back with."""
        if name == "session":
            session = msgspec.json.decode(payload, type=SessionGranted).session
            self._auth = ConnectAuth(version=PROTOCOL_VERSION, session=session)
        elif name == "event":
            event = msgspec.json.decode(payload, type=Event)
            for following in self.followed:
                if following.stream == event.stream:
                    following.take(event)
                    self._witness.seen(event, at)

    def ack(self, peer: Peer, number: int, payload: Raw, at: int) -> None:
        """An answer."""
        answered = self._asked.pop(number, None)
        if answered is not None:
            answered(decode_ack(payload), at)

    def closed(self, peer: Peer, reason: str) -> None:
        """The connection has ended: come back."""
        if reason.startswith(REFUSED):
            try:
                self._refused(msgspec.json.decode(reason.removeprefix(REFUSED), type=_Refusal).data)
            except msgspec.MsgspecError:
                self.refused_for_good.append(reason)
        self._gone(perf_counter_ns())

    # --- Joins ---

    def _project_joined(self, ack: Ack, at: int) -> None:
        if ack.error is not None:
            self._not_in(ack.error, at)

    def _room_joined(self, ack: Ack, at: int) -> None:
        if ack.error is not None:
            self._not_in(ack.error, at)
            return
        for event in self.chat.joined(ack.ok):
            self._witness.seen(event, at)

    def _board_joined(self, ack: Ack, at: int) -> None:
        if ack.error is not None:
            self._not_in(ack.error, at)
            return
        for event in self.board.joined(ack.ok):
            self._witness.seen(event, at)
        self.is_here, self._tries = True, 0
        if self._left_at is not None:
            self.returns += 1
            self._witness.back(self._left_at, at)
            self._left_at = None

    def _not_in(self, failure: Failure, at: int) -> None:
        """Try again, with another connection."""
        self._refused(failure)
        self._hang_up(at)


class _Seq(msgspec.Struct, frozen=True):
    seq: int


class _Refusal(msgspec.Struct, frozen=True):
    data: Failure
