"""Who is here: members and the rooms they are in, from connections that come and go, with time passed in.

Several devices of one member count once. A connection that drops stays for a grace time, so that a flaky line or a
reloaded page is not seen as leaving. Times are milliseconds, and never those of another process: clocks differ.

A project may be served by several processes (nodes): each reports all devices that are connected to it, and hears the
reports of the others. A node that is lost has its devices dropped, as if their lines had broken.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from msgspec import Struct

from rooms.messages import MemberPresence, PageName, PresenceChange
from rooms.model import MemberId, RoomId

ConnectionId = str

Node = str
"""Another process that serves the same project."""

NONE_HIDDEN: frozenset[RoomId] = frozenset()
"""For readers who are told of every room."""


REJOIN_TIME = 3_000
"""Milliseconds for a page that has come back to enter anew what it was in: until then it counts as there."""

AUDIENCES_MAX = 8
"""Audiences for whom what was said of each member is kept: there are two, unless rooms are hidden anew."""


class DeviceReport(Struct, frozen=True, array_like=True):
    """One device as its node tells the others of it. `leaves_in`: milliseconds of grace left; None: it is connected."""

    connection: ConnectionId
    member: MemberId
    is_staff: bool
    rooms: tuple[RoomId, ...]
    leaves_in: int | None = None


@dataclass(slots=True)
class _Device:
    """One connection of a member. `leaves_at` is set while it is dropped and in its grace time."""

    member: MemberId
    is_staff: bool
    rooms: set[RoomId] = field(default_factory=set)
    leaves_at: int | None = None
    node: Node | None = None
    """None: this process."""
    page: PageName | None = None
    """The page it is a connection of, if that has a name."""


class _Seen:
    """Everybody who is here as one audience sees them; made anew only for those of whom something has changed."""

    __slots__ = ("_all", "_members", "_stale")

    def __init__(self, members: Iterable[MemberId]) -> None:
        self._members: dict[MemberId, MemberPresence] = {}
        self._stale = dict.fromkeys(members)
        self._all: tuple[MemberPresence, ...] = ()

    def touch(self, member: MemberId) -> None:
        """Something has changed about a member."""
        self._stale[member] = None

    def all(self, rooms_of: Callable[[MemberId], tuple[RoomId, ...] | None]) -> tuple[MemberPresence, ...]:
        """Everybody. `rooms_of` says where a member is now; None: not here."""
        if self._stale:
            for member in self._stale:
                rooms = rooms_of(member)
                if rooms is None:
                    self._members.pop(member, None)
                else:
                    self._members[member] = MemberPresence(member, rooms)
            self._stale.clear()
            self._all = tuple(self._members.values())
        return self._all


class Presence:
    """The presence of one project, as far as this process knows.

    `grace` is how long a dropped connection still counts as here; `teacher_grace` how long pupils may go on writing
    after the last teacher's connection went; `teacher_seen_at` when one was last connected before this process knew.
    """

    def __init__(self, grace: int, teacher_grace: int, teacher_seen_at: int | None = None) -> None:
        self._grace = grace
        self._teacher_grace = teacher_grace
        self._teachers_seen: dict[MemberId | None, int] = {}
        """When each teacher's connection last went; under None that of before this process."""
        if teacher_seen_at is not None:
            self._teachers_seen[None] = teacher_seen_at
        self._devices: dict[ConnectionId, _Device] = {}
        self._live_teachers: set[ConnectionId] = set()
        """Kept, not searched for: every command asks whether a teacher is here."""
        self._by_member: dict[MemberId, dict[ConnectionId, None]] = {}
        """The devices of each member, oldest first."""
        self._seen: dict[frozenset[RoomId], _Seen] = {}
        """By the rooms that an audience is not told of."""
        self._told: dict[MemberId, tuple[RoomId, ...]] = {}
        self._told_without: dict[MemberId, tuple[RoomId, ...]] = {}
        """The same of those who are not told of every room."""
        self._touched: set[MemberId] = set()
        self._told_early: set[MemberId] = set()
        """Members of whom a snapshot said something that no diff has said yet."""
        self._is_reported = True
        """Whether nothing has changed about the devices of this process since they were last reported."""
        self._rooms_elsewhere: dict[RoomId, set[Node]] = {}

    # --- The devices of this process ---

    def connect(self, connection: ConnectionId, member: MemberId, is_staff: bool, page: PageName | None = None) -> None:
        """A device of `member` came. See `succeed` for a `page` that has come before."""
        self._devices[connection] = _Device(member, is_staff, page=page)
        if is_staff:
            self._live_teachers.add(connection)
        self._by_member.setdefault(member, {})[connection] = None
        self._touch_own(member)

    def succeed(self, connection: ConnectionId, now: int) -> list[ConnectionId]:
        """The earlier connections of the same page to this process, which are over, noticed here or not.

        They count until the page has had the time to enter its rooms again: a short cut is not seen as leaving.
        """
        newest = self._devices[connection]
        if newest.page is None:
            return []
        earlier = [
            other
            for other in self._by_member[newest.member]
            if other != connection and self._devices[other].page == newest.page
        ]
        for other in earlier:
            device = self._devices[other]
            if device.leaves_at is None:
                self._drop(other, device, now, REJOIN_TIME)
            else:  # it was noticed before
                device.leaves_at = min(device.leaves_at, now + REJOIN_TIME)
        return earlier

    def enter(self, connection: ConnectionId, room: RoomId) -> None:
        """A device entered a room."""
        device = self._devices.get(connection)
        if device is not None:
            device.rooms.add(room)
            self._touch_own(device.member)

    def leave(self, connection: ConnectionId, room: RoomId) -> None:
        """A device left a room on purpose: without grace."""
        device = self._devices.get(connection)
        if device is not None:
            device.rooms.discard(room)
            self._touch_own(device.member)

    def drop(self, connection: ConnectionId, now: int) -> None:
        """A device's connection went: it leaves after the grace time unless the member is back by then."""
        device = self._devices.get(connection)
        if device is not None:
            self._drop(connection, device, now, self._grace)
            self._is_reported = False

    def report(self, now: int) -> tuple[DeviceReport, ...] | None:
        """The devices of this process, for the other nodes; None when nothing has changed since the last report."""
        if self._is_reported:
            return None
        self._is_reported = True
        return tuple(
            DeviceReport(
                connection,
                device.member,
                device.is_staff,
                tuple(sorted(device.rooms)),
                None if device.leaves_at is None else max(0, device.leaves_at - now),
            )
            for connection, device in self._devices.items()
            if device.node is None
        )

    def report_again(self) -> None:
        """The other nodes may have missed the last report."""
        self._is_reported = False

    # --- Those of other nodes ---

    def hear(self, node: Node, reports: Iterable[DeviceReport], now: int) -> None:
        """All devices of another node. One that was connected and is not among them any more has dropped."""
        reported = {report.connection: report for report in reports}
        for connection, device in list(self._devices.items()):
            if device.node == node and connection not in reported:
                if device.leaves_at is None:
                    self._drop(connection, device, now, self._grace)
                else:
                    self._remove(connection)
        for report in reported.values():
            self._hear_of(node, report, now)
        self._note_rooms_elsewhere()

    def lose(self, node: Node, now: int) -> None:
        """Another node is gone, or cannot be heard any more: its members have the grace time to come back."""
        for connection, device in list(self._devices.items()):
            if device.node == node:
                self._drop(connection, device, now, self._grace)
        self._note_rooms_elsewhere()

    def nodes(self) -> frozenset[Node]:
        """The other nodes that devices are connected to, or were a moment ago."""
        return frozenset(device.node for device in self._devices.values() if device.node is not None)

    def is_elsewhere(self, room: RoomId) -> bool:
        """Whether somebody is in a room by way of another node."""
        return room in self._rooms_elsewhere

    def nodes_of(self, member: MemberId) -> int:
        """How many processes a member is connected to now, this one counted even when it is not among them."""
        devices = (self._devices[connection] for connection in self._by_member.get(member, ()))
        return 1 + len({device.node for device in devices if device.node is not None and device.leaves_at is None})

    def node_of(self, connection: ConnectionId) -> Node | None:
        """Where a device is connected; None: here, or nowhere."""
        device = self._devices.get(connection)
        return None if device is None else device.node

    def _hear_of(self, node: Node, report: DeviceReport, now: int) -> None:
        device = self._devices.get(report.connection)
        if device is None:
            device = self._devices[report.connection] = _Device(report.member, report.is_staff, node=node)
            self._by_member.setdefault(report.member, {})[report.connection] = None
            self._touch(report.member)
        elif device.node != node:
            return  # ids of connections are random: somebody is mistaken, and it is not we
        if device.rooms != set(report.rooms):
            device.rooms = set(report.rooms)
            self._touch(report.member)
        if report.leaves_in is not None:
            self._drop(report.connection, device, now, min(report.leaves_in, self._grace))
            return
        device.leaves_at = None  # a node that was given up is heard again
        if report.is_staff:
            self._live_teachers.add(report.connection)

    def _note_rooms_elsewhere(self) -> None:
        self._rooms_elsewhere = {}
        for device in self._devices.values():
            if device.node is not None and device.leaves_at is None:
                for room in device.rooms:
                    self._rooms_elsewhere.setdefault(room, set()).add(device.node)

    def _drop(self, connection: ConnectionId, device: _Device, now: int, grace: int) -> None:
        if device.leaves_at is not None:
            return
        if device.is_staff:
            self._live_teachers.discard(connection)
            self._teachers_seen[device.member] = now
        device.leaves_at = now + grace

    def _remove(self, connection: ConnectionId) -> None:
        device = self._devices.pop(connection)
        connections = self._by_member[device.member]
        del connections[connection]
        if not connections:
            del self._by_member[device.member]
        if device.node is None:
            self._is_reported = False
        self._touch(device.member)

    # --- Who is here, wherever they are connected ---

    def forget(self, member: MemberId) -> None:
        """A member was removed: gone at once, on every device, and no longer a teacher who is present."""
        connections = self._by_member.pop(member, {})
        was_teacher = any(self._devices[connection].is_staff for connection in connections)
        for connection in connections:
            del self._devices[connection]
            self._live_teachers.discard(connection)
        self._is_reported = False
        self._note_rooms_elsewhere()
        if self._teachers_seen.pop(member, None) is not None or was_teacher:
            self._teachers_seen.pop(None, None)  # it may have been this teacher
        self._touch(member)

    def advance(self, now: int) -> None:
        """Let those go whose grace time is over."""
        for teacher in [key for key, seen in self._teachers_seen.items() if seen + self._teacher_grace <= now]:
            del self._teachers_seen[teacher]
        gone = [
            key for key, device in self._devices.items() if device.leaves_at is not None and device.leaves_at <= now
        ]
        for connection in gone:
            self._remove(connection)

    def teacher_seen(self, now: int) -> None:
        """Another process has marked that a teacher is connected to it."""
        self._teachers_seen[None] = now

    def teacher_present(self, now: int) -> bool:
        """True while a teacher is connected, and for the teachers' grace time after."""
        if self._live_teachers:
            return True
        return any(now < seen + self._teacher_grace for seen in self._teachers_seen.values())

    def is_empty(self) -> bool:
        """True when nobody is here by way of this process, not even in grace."""
        return all(device.node is not None for device in self._devices.values())

    def is_idle(self, now: int) -> bool:
        """True when it is empty and no teacher is remembered whom we have seen ourselves: it can be forgotten."""
        remembered = (seen for teacher, seen in self._teachers_seen.items() if teacher is not None)
        return self.is_empty() and not any(now < seen + self._teacher_grace for seen in remembered)

    def snapshot(self, hidden: frozenset[RoomId] = NONE_HIDDEN) -> tuple[MemberPresence, ...]:
        """Everybody who is here, and where, but for `hidden` rooms: what the next diffs are to be applied to."""
        self._told_early |= self._touched
        seen = self._seen.get(hidden)
        if seen is None:
            if len(self._seen) >= AUDIENCES_MAX:
                self._seen.clear()
            seen = self._seen[hidden] = _Seen(self._by_member)
        return seen.all(lambda member: self._rooms_of(member, hidden))

    def changes_without(self, hidden: frozenset[RoomId]) -> tuple[PresenceChange, ...]:
        """As `take_changes`, for those who are not told of `hidden` rooms. Ask before it: that one forgets."""
        return self._changes(self._told_without, hidden)

    def take_changes(self) -> tuple[PresenceChange, ...]:
        """What changed since the last call, one entry a member, those without a visible difference left out."""
        changes = self._changes(self._told, NONE_HIDDEN)
        self._touched.clear()
        self._told_early.clear()
        return changes

    def _changes(
        self, told: dict[MemberId, tuple[RoomId, ...]], hidden: frozenset[RoomId]
    ) -> tuple[PresenceChange, ...]:
        changes = []
        for member in sorted(self._touched):
            rooms = self._rooms_of(member, hidden)
            if rooms == told.get(member) and member not in self._told_early:
                continue
            changes.append(PresenceChange(member, rooms))
            if rooms is None:
                told.pop(member, None)
            else:
                told[member] = rooms
        return tuple(changes)

    def _touch_own(self, member: MemberId) -> None:
        """The same, about a device of this process."""
        self._is_reported = False
        self._touch(member)

    def _touch(self, member: MemberId) -> None:
        """Something may have changed about a member."""
        self._touched.add(member)
        for seen in self._seen.values():
            seen.touch(member)

    def _rooms_of(self, member: MemberId, hidden: frozenset[RoomId]) -> tuple[RoomId, ...] | None:
        """Where a member is, but for `hidden` rooms; None when they are not here."""
        connections = self._by_member.get(member)
        if connections is None:
            return None
        rooms: set[RoomId] = set()
        for connection in connections:
            rooms |= self._devices[connection].rooms
        return tuple(sorted(rooms - hidden))

    def devices_of(self, member: MemberId) -> tuple[ConnectionId, ...]:
        """The devices of a member, oldest first, those in their grace time included."""
        return tuple(self._by_member.get(member, ()))

    def connected_devices_of(self, member: MemberId) -> tuple[ConnectionId, ...]:
        """Those of them that are connected, to whichever node; of this process first those that came first."""
        return tuple(one for one in self._by_member.get(member, ()) if self._devices[one].leaves_at is None)

    def has_live_teacher(self) -> bool:
        """True while a teacher is connected to this process: the moment to remember as `teacher_seen_at`."""
        return any(self._devices[connection].node is None for connection in self._live_teachers)
