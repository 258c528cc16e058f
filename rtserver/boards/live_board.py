"""A board that somebody follows: its stream, who follows it, and what each of the two audiences is told.

The audiences are staff and others: what teachers put aside for review is not there for the others, neither in events
nor in snapshots. An event that looks the same to both is encoded once.
"""

from collections.abc import Iterable
from typing import Protocol
from weakref import WeakSet

from msgspec import Struct
from msgspec.structs import replace

from rooms.board.audience import as_seen
from rooms.board.decide import board_rights, draw_denial
from rooms.board.messages import BoardPage, BoardRights
from rooms.board.model import Board, BoardPolicy, BoardState
from rooms.errors import ErrorCode, Refused
from rooms.events import BoardClearUndone, BoardHidden, BoardPolicySet
from rooms.model import MemberId, RoomId
from rooms.permissions import Standing
from rooms.project import ProjectState
from rooms.stream import Event, Position, StreamName
from rtserver.boards.snapshots import FIRST_PAGE, PageMissing, Snapshot
from rtserver.boards.weights import body_bytes
from rtserver.hub.connection import Connection
from rtserver.hub.fanout import Heat, Recipients
from rtserver.hub.outbox import Flusher, Lane, NewestOf, Outbox
from rtserver.hub.packets import Push
from rtserver.hub.recovery import is_ahead, missed_at_hand
from rtserver.live_stream import Clock, LiveStream

REUSED_EVENTS_MAX = 50
"""Events that may follow upon a snapshot that is given again: a class that comes in costs one, and so does each of its
pages; who comes much later gets a newer one."""

REUSED_BYTES_MAX = 65_536
"""Bytes of elements in those events, about: they are not compressed, and the pages are."""

DESERTED_KEPT_MS = 30_000
"""Milliseconds for which a board that nobody follows is kept: a page that is loaded anew comes back sooner."""

SNAPSHOT_KEPT_MS = 60_000
"""Milliseconds for which the pages of a snapshot are kept for a joiner who asks for no further one."""


class Surroundings(Protocol):
    """What a board asks of the project that its room belongs to."""

    @property
    def state(self) -> ProjectState:
        """The project as of the last commit."""
        ...

    def standing(self, actor: MemberId, room: RoomId | None = None) -> Standing:
        """What the permissions of a member depend on now."""
        ...

    def teacher_present(self) -> bool:
        """Whether a teacher of the project is here, or was a moment ago."""
        ...

    def signal_elsewhere(
        self, room: RoomId, stream: StreamName, push: Push, newest_of: NewestOf | None, lane: Lane = Lane.VOLATILE
    ) -> None:
        """Send something that is not logged to those on the board by way of other nodes."""
        ...


class Start(Struct, frozen=True):
    """What a joiner begins with: `events` up to `position`, behind a snapshot with its first page, if there is one."""

    position: Position
    events: tuple[Event, ...]
    snapshot: Snapshot | None = None
    first: BoardPage | None = None


class _Reading(Struct):
    """A joiner who may ask for further pages of a snapshot, until a moment (ms)."""

    snapshot: Snapshot
    until: int


class LiveBoard:
    """One board on this process. All methods are called on the event loop."""

    def __init__(
        self,
        board: Board,
        stream: LiveStream[BoardState],
        surroundings: Surroundings,
        clock: Clock,
        flusher: Flusher,
    ) -> None:
        self.id = board.id
        self.room = board.room
        self.stream = stream
        self.connections: dict[str, Connection] = {}
        self.deserted_at = clock()
        """When the last one left (ms); means nothing while somebody follows it."""
        self._surroundings = surroundings
        self._clock = clock
        self._flusher = flusher
        self._recipients = Recipients()
        self._heat = Heat()
        self._told_rights: dict[str, BoardRights] = {}
        self._newest: dict[bool, Snapshot] = {}
        """The snapshot that the next joiner gets, by whether it is for staff."""
        self._of_others: WeakSet[Snapshot] = WeakSet()
        """All those for others than staff that somebody may still get pages of."""
        self._readings: dict[str, _Reading] = {}
        self._denials: dict[MemberId, ErrorCode | None] = {}
        """Why each may not draw, as long as all that this depends on is as it was: `_denials_of`."""
        self._denials_of: tuple[ProjectState, bool, BoardPolicy] | None = None

    # --- Coming and going ---

    def enter(self, connection: Connection) -> None:
        """The connection follows the board from now on."""
        self.connections[connection.id] = connection
        self._recipients.add(connection.id, connection.codec, connection.outbox)
        connection.boards.add(self.id)

    def leave(self, connection: Connection) -> None:
        """It does not any more."""
        connection.boards.discard(self.id)
        connection.outbox.forget(self.stream.name)
        self.connections.pop(connection.id, None)
        self._recipients.remove(connection.id)
        self._readings.pop(connection.id, None)
        self._told_rights.pop(connection.id, None)
        self.deserted_at = self._clock()

    @property
    def is_listed(self) -> bool:
        """Whether teachers have not removed it."""
        return self._surroundings.state.board(self.id) is not None

    @property
    def is_deserted(self) -> bool:
        """Whether nobody follows it."""
        return not self.connections

    @property
    def is_stale(self) -> bool:
        """Whether it was left so long ago that it need not be kept."""
        return self._clock() - self.deserted_at >= DESERTED_KEPT_MS

    # --- What a joiner begins with ---

    def start_at_hand(self, position: Position | None, to_staff: bool, limit: int) -> Start | None:
        """For a reader at `position`, of at most `limit` events; None when it has to be waited for."""
        if is_ahead(self.stream, position):
            return None
        start = self._start(position, to_staff, limit)
        if start.snapshot is None:
            return start
        first = start.snapshot.at_hand(FIRST_PAGE)
        return None if first is None else replace(start, first=first)

    async def start(self, position: Position | None, to_staff: bool, limit: int) -> Start:
        """The same for whoever enters before and is held until it is there."""
        if is_ahead(self.stream, position):
            await self.stream.refresh()
        start = self._start(position, to_staff, limit)
        return start if start.snapshot is None else replace(start, first=await start.snapshot.page(FIRST_PAGE))

    def _start(self, position: Position | None, to_staff: bool, limit: int) -> Start:
        """From the events that were missed when they are at hand, else from a snapshot: the log is not asked.

        A class that stands far back would have it read megabytes for each of them; the snapshot is the same for all.
        """
        found = missed_at_hand(self.stream, position, limit)
        if found is not None and found.events is not None and _can_be_applied(found.events):
            return Start(found.position, found.events)
        return self._start_from_snapshot(to_staff)

    def _start_from_snapshot(self, to_staff: bool) -> Start:
        """From the newest one when what followed it is at hand, else from one of now."""
        position, newest = self.stream.position, self._newest.get(to_staff)
        if newest is not None and newest.position.epoch == position.epoch:
            events = self.stream.recent(newest.position.seq)
            if events is not None and _are_few(events):
                return Start(position, tuple(events), newest)
        newest = self._newest[to_staff] = Snapshot(position, self.stream.state, to_staff)
        if not to_staff:
            self._of_others.add(newest)
        return Start(position, (), newest)

    def read_on(self, connection: Connection, snapshot: Snapshot | None) -> None:
        """Keep the pages of a snapshot for a joiner; None: it needs none."""
        self._readings.pop(connection.id, None)
        if snapshot is not None and snapshot.pages > 1:
            self._readings[connection.id] = _Reading(snapshot, self._clock() + SNAPSHOT_KEPT_MS)

    async def page(self, connection: Connection, number: int) -> BoardPage:
        """A page of the snapshot that a joiner was given. Raises `Refused`."""
        reading = self._readings.get(connection.id)
        if reading is None:
            raise Refused(ErrorCode.NOT_JOINED, "the pages of this snapshot are not kept any more: join anew")
        reading.until = self._clock() + SNAPSHOT_KEPT_MS
        try:
            return await reading.snapshot.page(number)
        except PageMissing:
            raise Refused(ErrorCode.INVALID, f"page: there are {reading.snapshot.pages}") from None

    def advance(self) -> None:
        """Let time pass: what nobody asks for any more is let go of."""
        now = self._clock()
        for connection in [key for key, reading in self._readings.items() if reading.until <= now]:
            del self._readings[connection]

    # --- Fan-out ---

    def tell(self, events: list[Event]) -> None:
        """Send committed events to those who follow the board, to each audience what it may see."""
        state, name = self.stream.state, self.stream.name
        for event in events:
            self._note(event)
            for_staff = as_seen(event, state, to_staff=True)
            for_others = as_seen(event, state, to_staff=False)
            push = Push("event", for_staff)
            other = push if for_others is for_staff else Push("event", for_others)
            for connection in self.connections.values():
                connection.push_event(push if connection.who.is_staff else other, name)
        if any(isinstance(event.body, BoardPolicySet) for event in events):
            self.tell_rights(list(self.connections.values()))

    def _note(self, event: Event) -> None:
        match event.body:
            case BoardHidden(elements):
                for snapshot in self._of_others:
                    snapshot.withhold(elements)
            case BoardClearUndone():  # who applied it to an older snapshot would have to ask for another one
                self._newest.clear()

    def seen(self, events: Iterable[Event], to_staff: bool) -> tuple[Event, ...]:
        """Events as one audience may see them now."""
        state = self.stream.state
        return tuple(as_seen(event, state, to_staff) for event in events)

    def signal(self, sender: Connection, push: Push, newest_of: NewestOf | None = None) -> None:
        """Send something volatile to the others. `newest_of`: see `Outbox.send`."""
        self._surroundings.signal_elsewhere(self.room, self.stream.name, push, newest_of)  # they have a longer way
        self.signal_here(push, newest_of, sender.outbox)

    def signal_here(self, push: Push, newest_of: NewestOf | None, skipped: Outbox | None = None) -> None:
        """Send something volatile to those who are connected to this process, but for the one who sent it."""
        is_hot = self._heat.rises(self._clock())
        mark = self._flusher.mark_late if is_hot and self._flusher.window else self._flusher.mark
        self._recipients.signal(push, skipped, newest_of, mark)

    def push_to_others(self, sender: Connection, push: Push) -> None:
        """Send the others something that is not logged and yet not to be dropped."""
        self.push_here(push, sender)
        self._surroundings.signal_elsewhere(self.room, self.stream.name, push, None, Lane.DURABLE)

    def push_here(self, push: Push, sender: Connection | None = None) -> None:
        """The same to those who are connected to this process."""
        for connection in self.connections.values():
            if connection is not sender:
                connection.push(push, Lane.DURABLE)

    # --- Rights ---

    def draw_denial(self, member: MemberId) -> ErrorCode | None:
        """Why a member may not draw here now, or None; asked again only when something has changed."""
        around = self._surroundings
        state, teacher_present, policy = around.state, around.teacher_present(), self.stream.state.policy
        asked_of = self._denials_of
        if (
            asked_of is None
            or asked_of[0] is not state
            or asked_of[1] is not teacher_present
            or asked_of[2] is not policy
        ):
            self._denials.clear()
            self._denials_of = (state, teacher_present, policy)
        try:
            return self._denials[member]
        except KeyError:
            verdict = draw_denial(self.stream.state, around.standing(member, self.room))
            self._denials[member] = verdict
            return verdict

    def rights(self, connection: Connection) -> BoardRights:
        """What a member may do here now, which is what they have been told from now on."""
        standing = self._surroundings.standing(connection.who.member, self.room)
        rights = self._told_rights[connection.id] = board_rights(self.stream.state, standing, self.id)
        return rights

    def tell_rights(self, connections: Iterable[Connection]) -> None:
        """When they are others than those that were told last; nothing before a join is answered."""
        for connection in connections:
            told = self._told_rights.get(connection.id)
            if told is not None and self.rights(connection) != told:
                connection.push(Push("board_rights", self._told_rights[connection.id]))


def _are_few(events: list[Event]) -> bool:
    return len(events) <= REUSED_EVENTS_MAX and sum(body_bytes(event.body) for event in events) <= REUSED_BYTES_MAX


def _can_be_applied(events: Iterable[Event]) -> bool:
    """Whether a client can apply them; what was cleared and put back comes with a snapshot only."""
    return not any(isinstance(event.body, BoardClearUndone) for event in events)
