"""Streams: ordered logs that state is made from, and the shape that the rules of every kind of stream have."""

from typing import Annotated, Protocol, TypeVar

from msgspec import Meta, Struct

from rooms.board.model import BoardId
from rooms.events import Body
from rooms.model import Identity, MemberId, ProjectId, RoomId

StreamName = str


def project_stream(project: ProjectId) -> StreamName:
    """The stream of a project: members, rights, rooms."""
    return f"project:{project}"


def room_stream(room: RoomId) -> StreamName:
    """The stream of a room: its chat."""
    return f"room:{room}"


def call_stream(room: RoomId) -> StreamName:
    """The stream of a room's call: what a teacher decided there. Who is in the call is not logged."""
    return f"call:{room}"


def board_stream(board: BoardId) -> StreamName:
    """The stream of a board: its elements, and who may draw."""
    return f"board:{board}"


class Position(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a reader stands: `seq` is the last event seen (0: none), `epoch` names the log it was seen in.

    The epoch is new after a restore, a copy or an erased log, never after a restart.
    """

    epoch: Annotated[str, Meta(max_length=64)]
    seq: Annotated[int, Meta(ge=0, le=2**53 - 1)]


class Event(Struct, frozen=True):
    """Something that has happened: the `seq`-th of its stream (from 1, without gaps), `at` milliseconds since 1970 UTC.

    `nonce` is the one its actor gave with the command, so that the actor recognises its own.
    """

    stream: StreamName
    seq: int
    at: int
    actor: MemberId
    nonce: str | None
    body: Body


class Decision(Struct, frozen=True):
    """What the rules answer to a command that is allowed: events to append, and names to keep beside the log.

    No events means that the command asked for what is already so; it is acknowledged all the same.
    """

    bodies: tuple[Body, ...] = ()
    identities: tuple[Identity, ...] = ()


State = TypeVar("State")


class Rules(Protocol[State]):
    """How the state of one kind of stream is made. States are immutable values."""

    version: int
    """The version of `encode`; a snapshot of another one is not read."""

    def empty(self, stream: StreamName) -> State:
        """The state before the first event."""
        ...

    def apply(self, state: State, event: Event) -> State:
        """The state after `event`. Never refuses: what is in the log has happened."""
        ...

    def encode(self, state: State) -> bytes:
        """The state as bytes for a stored snapshot."""
        ...

    def decode(self, snapshot: bytes) -> State:
        """The state from a stored snapshot."""
        ...
