"""Rooms and the people in them, as one generator process knows them."""

from collections import deque

import msgspec
from msgspec import Struct

from loadtests.generator.activity import Topic
from loadtests.generator.checker import Receiver
from loadtests.peer import Peer
from rooms.messages import PROTOCOL_VERSION, ChatPost, ConnectAuth, ProjectJoin, RoomJoin


class RoomPlan(Struct, frozen=True):
    """A room that is set up: its project, and its members in their order, two founders first."""

    number: int
    project: str
    room: str
    members: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many people."""
        return len(self.members)

    @property
    def stream(self) -> str:
        """Its chat."""
        return f"room:{self.room}"


class Share(Struct, frozen=True):
    """The people of a room that one process plays: the members number `first` to before `end`."""

    room: RoomPlan
    first: int
    end: int

    @property
    def count(self) -> int:
        """How many."""
        return self.end - self.first


class Pending(Struct, frozen=True):
    """A durable command that was not acknowledged yet. `at`: when it was due, nanoseconds."""

    command: ChatPost
    at: int


class Sent(Struct):
    """What somebody has sent since the last account. `refused`: chat that the server did not take."""

    durable: int = 0
    volatile: int = 0
    refused: int = 0


class Person:
    """A member with one device: what a page keeps over a drop, and how far they have come on their way in."""

    __slots__ = (
        "asked",
        "comes_back",
        "epoch",
        "is_here",
        "is_slow",
        "left_at",
        "member",
        "number",
        "numbers",
        "peer",
        "project_ack",
        "project_epoch",
        "project_seq",
        "receiver",
        "room",
        "room_ack",
        "sent",
        "session",
        "ticket",
        "unacknowledged",
    )

    def __init__(self, room: RoomPlan, number: int) -> None:
        self.room = room
        self.number = number
        self.member = room.members[number]
        self.receiver = Receiver()
        self.sent = Sent()
        self.peer: Peer | None = None
        self.ticket: str | None = None
        self.session: str | None = None
        self.is_here = False
        """Joined: gets everything, and may write."""
        self.is_slow = False
        """Has stopped reading at some time: what they miss is counted apart."""
        self.left_at: int | None = None
        """When they lost their connection, or gave it up; nanoseconds. None: they have one, or were never here."""
        self.comes_back = False
        """Has been here before."""
        self.epoch: str | None = None
        self.project_epoch: str | None = None
        self.project_seq = 0
        self.project_ack = self.room_ack = 0
        """The acks of the joins that are under way; 0: none."""
        self.asked: dict[int, Pending] = {}
        self.unacknowledged: deque[Pending] = deque()
        """Chat in the order in which it was written: kept over a drop, and sent again."""
        self.numbers: dict[Topic, int] = {}

    @property
    def auth(self) -> ConnectAuth:
        """What is presented to the server: the ticket the first time, the session from then on."""
        if self.session is not None:
            return ConnectAuth(version=PROTOCOL_VERSION, session=self.session)
        return ConnectAuth(version=PROTOCOL_VERSION, ticket=self.ticket)

    def project_join(self) -> ProjectJoin:
        """Follow the project, from where they stood."""
        return msgspec.convert({"position": _position(self.project_epoch, self.project_seq)}, ProjectJoin)

    def room_join(self) -> RoomJoin:
        """Enter the room, and get what they have missed of its chat."""
        position = _position(self.epoch, self.receiver.seq)
        return msgspec.convert({"room": self.room.room, "position": position}, RoomJoin)

    def next_number(self, topic: Topic) -> int:
        """The number of their next message of a topic."""
        number = self.numbers.get(topic, 0)
        self.numbers[topic] = number + 1
        return number


def _position(epoch: str | None, seq: int) -> dict[str, object] | None:
    """Where a reader stands, for a join; None before the first one."""
    return None if epoch is None else {"epoch": epoch, "seq": seq}
