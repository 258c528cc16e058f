"""One signed-in socket: who it is, what it follows, and its commands, taken in the order in which they came."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Protocol

import structlog
from msgspec import Struct

from rooms.board.model import BoardId
from rooms.errors import ERROR_TEXTS, ErrorCode, Refused
from rooms.messages import PROTOCOL_VERSION, Bye, Failure, Problem
from rooms.model import MemberId, RoomId
from rooms.stream import Event, StreamName
from rtserver.hub.limits import Allowance
from rtserver.hub.outbox import Lane, NewestOf, Outbox
from rtserver.hub.packets import Codec, PacketType, Push, encode

log = structlog.get_logger(__name__)

Taking = Coroutine[object, object, None]
"""The part of a command that has to be over before the client's next one is taken."""


class AckOk(Struct, frozen=True):
    """The ack of a command that was carried out."""

    ok: object


class AckError(Struct, frozen=True):
    """The ack of a command that was refused."""

    error: Failure


class Identification(Struct, frozen=True):
    """Whom a socket was signed in as. The session's id, never its token."""

    project: str
    member: MemberId
    session: str
    is_staff: bool


class Attended(Protocol):
    """A call that a connection takes part in."""

    def leave(self, connection: "Connection") -> None:
        """It does not any more."""
        ...

    def drop(self, connection: "Connection") -> None:
        """Its line broke: it may come back."""
        ...


class Connection:
    """A socket of a member. All methods are called on the event loop; none waits for the other side."""

    __slots__ = (
        "_came_at",
        "_held",
        "_inbox",
        "_taking",
        "allowance",
        "asked_node",
        "boards",
        "calls",
        "codec",
        "follows_project",
        "id",
        "is_closed",
        "is_moving",
        "on_close",
        "outbox",
        "rights",
        "rooms",
        "version",
        "who",
    )

    def __init__(
        self,
        name: str,
        who: Identification,
        codec: Codec,
        outbox: Outbox,
        allowance: Allowance,
        version: int = PROTOCOL_VERSION,
        asked_node: str | None = None,
    ) -> None:
        """`name` is for the log too; `allowance` is what this connection may still ask for.

        `version`: of the protocol, as the client has named it; `asked_node`: the server it was told to come to.
        """
        self.id = name
        self.version = version
        self.asked_node = asked_node
        self._came_at = time.monotonic()
        self.is_moving = False
        """Whether it was told to go to another server."""
        self.who = who
        self.allowance = allowance
        self.follows_project = False
        self.rooms: set[RoomId] = set()
        self.rights: dict[RoomId, dict[str, ErrorCode | None]] = {}
        self.calls: dict[RoomId, Attended] = {}
        self.boards: set[BoardId] = set()
        """Those that it follows."""
        self.is_closed = False
        self.on_close: Callable[[], None] | None = None
        """Ends at once what goes on beside this socket only for its sake."""
        self.codec = codec
        self.outbox = outbox
        self._held: dict[StreamName, list[Push]] = {}
        self._inbox: deque[Callable[[], Taking | None]] | None = None
        """Commands that wait for `_taking`."""
        self._taking: asyncio.Task[None] | None = None

    def age(self) -> float:
        """Seconds since it came."""
        return time.monotonic() - self._came_at

    # --- To the client ---

    def push(self, push: Push, lane: Lane = Lane.DURABLE, newest_of: NewestOf | None = None) -> None:
        """Send an event. `newest_of`: see `Outbox.send`."""
        if not self.is_closed:
            self.outbox.send(push.encoded(self.codec), lane, newest_of)

    def push_event(self, event_push: Push, stream: StreamName) -> None:
        """Send an event of a stream; while the stream is being joined, keep it for `release`."""
        held = self._held.get(stream)
        if held is None:
            self.push(event_push)
        else:
            held.append(event_push)

    def hold(self, stream: StreamName) -> None:
        """Keep the events of a stream back from now on: what came before them is being read."""
        self._held[stream] = []

    def release(self, stream: StreamName, sent: int) -> None:
        """Send what was held and is newer than seq `sent`."""
        for push in self._held.pop(stream, []):
            if isinstance(push.payload, Event) and push.payload.seq > sent:
                self.push(push)

    def drop_held(self, stream: StreamName) -> None:
        """Forget what was held: the join did not succeed."""
        self._held.pop(stream, None)

    def acknowledge(self, ack: int | None, outcome: object) -> None:
        """Answer a command: `outcome` is its result, or the `Refused` that says why not.

        A refusal of a command that asked for no ack becomes a `problem`.
        """
        if self.is_closed:
            return
        if isinstance(outcome, Refused):
            if ack is None:
                self.push(Push("problem", Problem.of(outcome)))
                return
            answer: AckOk | AckError = AckError(Failure.of(outcome))
        elif ack is None:
            return
        else:
            answer = AckOk(outcome)
        self.outbox.send(encode(self.codec, PacketType.ACK, (answer,), ack=ack), Lane.DURABLE)

    def say_bye(self, code: ErrorCode) -> None:
        """End for good: the client is told why, and a Socket.IO client does not come back by itself."""
        if self.is_closed:
            return
        for call in list(self.calls.values()):
            call.leave(self)  # at once: what is sent there does not go through this socket
        self.push(Push("bye", Bye(code, ERROR_TEXTS[code].message)))
        self.outbox.send(encode(self.codec, PacketType.DISCONNECT, None), Lane.DURABLE)
        self.outbox.finish()
        self.close()

    def send_away(self) -> None:
        """End the transport: the client comes back and resumes from its positions."""
        self.outbox.finish()
        self.close()

    # --- From the client ---

    def take(self, handle: Callable[[], Taking | None]) -> None:
        """Handle a command now, or when those before it have been taken.

        `handle` does its work at once, or returns a coroutine that later commands wait for.
        """
        if self.is_closed:
            return
        if self._taking is None:
            self._begin(handle())
        elif self._inbox is None:
            self._inbox = deque((handle,))
        else:
            self._inbox.append(handle)

    @property
    def is_idle(self) -> bool:
        """Whether the next command is taken at once."""
        return self._taking is None

    def close(self) -> None:
        """Take and send nothing more."""
        self.is_closed = True
        self._inbox = None
        self._held.clear()
        if self.on_close is not None:
            self.on_close()

    def _begin(self, taking: Taking | None) -> None:
        if taking is not None:
            self._taking = asyncio.get_running_loop().create_task(taking)
            self._taking.add_done_callback(self._taken)

    def _taken(self, task: asyncio.Task[None]) -> None:
        self._taking = None
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("command.failed", connection=self.id, exc_info=error)
        while self._inbox and self.is_idle and not self.is_closed:
            self._begin(self._inbox.popleft()())
