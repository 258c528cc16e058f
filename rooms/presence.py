"""Who is here: members and the rooms they are in, from connections that come and go, with time passed in.

Several devices of one member count once. A connection that drops stays for a grace time, so that a flaky line or a
reloaded page is not seen as leaving. Times are milliseconds.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from rooms.messages import MemberPresence, PresenceChange
from rooms.model import MemberId, RoomId

ConnectionId = str

NONE_HIDDEN: frozenset[RoomId] = frozenset()
"""For readers who are told of every room."""


AUDIENCES_MAX = 8
"""Audiences for whom what was said of each member is kept: there are two, unless rooms are hidden anew."""


@dataclass(slots=True)
class _Device:
    """One connection of a member. `leaves_at` is set while it is dropped and in its grace time."""

    member: MemberId
    is_staff: bool
    rooms: set[RoomId] = field(default_factory=set)
    leaves_at: int | None = None


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
    """The presence of one project on this process.

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

    def connect(self, connection: ConnectionId, member: MemberId, is_staff: bool) -> None:
        """A device of `member` came."""
        self._devices[connection] = _Device(member, is_staff)
        if is_staff:
            self._live_teachers.add(connection)
        self._by_member.setdefault(member, {})[connection] = None
        self._touch(member)

    def enter(self, connection: ConnectionId, room: RoomId) -> None:
        """A device entered a room."""
        device = self._devices.get(connection)
        if device is not None:
            device.rooms.add(room)
            self._touch(device.member)

    def leave(self, connection: ConnectionId, room: RoomId) -> None:
        """A device left a room on purpose: without grace."""
        device = self._devices.get(connection)
        if device is not None:
            device.rooms.discard(room)
            self._touch(device.member)

    def drop(self, connection: ConnectionId, now: int) -> None:
        """A device's connection went: it leaves after the grace time unless the member is back by then."""
        device = self._devices.get(connection)
        if device is None or device.leaves_at is not None:
            return
        if device.is_staff:
            self._live_teachers.discard(connection)
            self._teachers_seen[device.member] = now
        device.leaves_at = now + self._grace

    def forget(self, member: MemberId) -> None:
        """A member was removed: gone at once, on every device, and no longer a teacher who is present."""
        connections = self._by_member.pop(member, {})
        was_teacher = any(self._devices[connection].is_staff for connection in connections)
        for connection in connections:
            del self._devices[connection]
            self._live_teachers.discard(connection)
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
            device = self._devices.pop(connection)
            connections = self._by_member[device.member]
            del connections[connection]
            if not connections:
                del self._by_member[device.member]
            self._touch(device.member)

    def teacher_present(self, now: int) -> bool:
        """True while a teacher is connected, and for the teachers' grace time after."""
        if self.has_live_teacher():
            return True
        return any(now < seen + self._teacher_grace for seen in self._teachers_seen.values())

    def is_empty(self) -> bool:
        """True when nobody is here, not even in grace."""
        return not self._devices

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

    def has_live_teacher(self) -> bool:
        """True while a teacher's connection is up: the moment to remember as `teacher_seen_at`."""
        return bool(self._live_teachers)
