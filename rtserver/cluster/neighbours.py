"""A live project and the other nodes that serve it: what is told to them, and what becomes of what they say.

Implements `hub.elsewhere.Elsewhere` for the project, and `cluster.project_line.Neighbourhood` for its line.
"""

from collections.abc import Callable, Iterable

from rooms.errors import ErrorCode
from rooms.model import RoomId
from rooms.presence import ConnectionId, DeviceReport
from rooms.stream import StreamName
from rtserver.boards.telling import VIEWPORT, hear_viewport
from rtserver.broker.port import Broker, NodeId
from rtserver.chat.telling import MENTIONED, READ_MARKS, hear_marks, hear_mentions
from rtserver.cluster.gathering import Gathering
from rtserver.cluster.messages import Signal
from rtserver.cluster.project_line import Beside, ProjectLine
from rtserver.hub.connection import Connection
from rtserver.hub.live_project import LiveProject
from rtserver.hub.outbox import Lane, NewestOf
from rtserver.hub.packets import Push
from rtserver.lesson.telling import hear as hear_lesson
from rtserver.live_stream import Clock


class Neighbours:
    """The other nodes of one project, as long as somebody is connected to it here."""

    def __init__(
        self,
        broker: Broker,
        live: LiveProject,
        clock: Clock,
        beside: Beside,
        end_ended_sessions: Callable[[], None],
    ) -> None:
        """`end_ended_sessions`: looks which of the project's connections have to go."""
        self._live = live
        self._clock = clock
        self._end_ended_sessions = end_ended_sessions
        self._gathering = Gathering(self._carried)
        self._told_calls: frozenset[RoomId] = frozenset()
        self._line = ProjectLine(broker, live.state.id, self, clock, beside)

    # --- To them ---

    def report(self) -> None:
        """See `Elsewhere`."""
        self._line.advance(self._clock())
        calls = self._carried()
        if calls != self._told_calls:
            self._told_calls = calls
            self._live.presence.report_again()
        devices = self._live.presence.report(self._clock())
        if devices is not None:
            self._line.report(devices, tuple(sorted(calls)))

    def signal(self, stream: StreamName, push: Push, newest_of: NewestOf | None, lane: Lane) -> None:
        """See `Elsewhere`."""
        self._line.signal(stream, push, newest_of, is_durable=lane is Lane.DURABLE)

    def send_away(self, device: ConnectionId, code: ErrorCode) -> None:
        """See `Elsewhere`."""
        self._line.send_away(device, code)

    def sessions_ended(self) -> None:
        """See `Elsewhere`."""
        self._line.sessions_ended()

    def entered(self, connection: Connection, room: RoomId) -> None:
        """See `Elsewhere`."""
        self._gathering.take_over(connection, room)

    def close(self) -> None:
        """See `Elsewhere`."""
        self._line.close()

    # --- From them ---

    def heard_present(self, node: NodeId, devices: tuple[DeviceReport, ...], calls: tuple[RoomId, ...]) -> None:
        """All devices of another node. What it says of members who were removed, it said before it knew."""
        live = self._live
        live.presence.hear(node, [one for one in devices if live.is_member(one.member)], self._clock())
        self._share_limits()
        self._gathering.carried(node, calls)
        for room in calls:
            for connection in live.in_room(room):
                self._gathering.take_over(connection, room)

    def heard_all(self, nodes: frozenset[NodeId]) -> None:
        """These are all other nodes with devices; they may have missed what this one reported."""
        self.lost((self._live.presence.nodes() | self._gathering.nodes) - nodes)
        self._live.presence.report_again()

    def lost(self, nodes: Iterable[NodeId]) -> None:
        """Other nodes have ended, or cannot be heard."""
        for node in nodes:
            self._live.presence.lose(node, self._clock())
            self._gathering.lose(node)
        self._share_limits()

    def lost_all(self) -> None:
        """None of them can be heard."""
        self.lost(self._live.presence.nodes())

    def heard_signal(self, signal: Signal) -> None:
        """A push for those who are in a room or on a board here."""
        push = Push(signal.name, signal.payload)
        kind, _, identifier = signal.stream.partition(":")
        if signal.name == READ_MARKS:  # told to those who are here together with their own
            hear_marks(self._live, signal.payload)
        elif signal.name == MENTIONED:
            hear_mentions(self._live, signal.payload)
        elif kind == "board":
            if signal.name == VIEWPORT:
                hear_viewport(self._live, signal.payload, self._clock())
            self._live.boards.heard_signal(identifier, push, signal)
        elif kind == "project":
            hear_lesson(self._live, signal.name, signal.payload, self._clock())
        else:
            self._live.signal_here(identifier, push, signal.newest_of)

    def heard_send_away(self, connection: ConnectionId, code: ErrorCode) -> None:
        """A device has to go; it may be connected here."""
        here = self._live.connections.get(connection)
        if here is not None:
            here.say_bye(code)

    def heard_sessions_ended(self) -> None:
        """Sessions of the project were ended."""
        self._end_ended_sessions()

    def _carried(self) -> frozenset[RoomId]:
        """The rooms whose calls go on here."""
        return frozenset(room for room, call in self._live.calls.items() if call.is_carried and not call.is_over)

    def _share_limits(self) -> None:
        """What a member may ask for is divided by the nodes to which they are connected."""
        for member, limits in self._live.limits.items():
            limits.share(self._live.presence.nodes_of(member))
