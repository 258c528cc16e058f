"""Who may be in the rooms of groups: the rooms and the grouping that events lead to.

What pupils write in a group they write to their group. Hence a room that was a group's is never everybody's again:
while the groups are on, a teacher may put further pupils into it; once it is put away, those who were in it at the end
(its circle) may read it, and a later grouping may take it for them or some of them, and for nobody else.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from rooms.events import GroupsEnded, GroupsFormed
from rooms.groups.model import Grouping
from rooms.model import MemberId, Room, RoomId

Rooms = dict[RoomId, Room]


def apply(rooms: Rooms, grouping: Grouping | None, event: GroupsFormed | GroupsEnded) -> tuple[Rooms, Grouping | None]:
    """The rooms and the grouping after groups were formed, arranged anew or ended."""
    before = running(grouping)
    if isinstance(event, GroupsEnded):
        return _put_away(rooms, before), None if grouping is None else replace(grouping, on=False)
    now = tuple(group.room for group in event.groups)
    after = _put_away(rooms, [room for room in before if room not in now])
    for group in event.groups:
        after[group.room] = replace(after[group.room], group=frozenset(group.members))
    return after, Grouping(event.origin, now)


def running(grouping: Grouping | None) -> tuple[RoomId, ...]:
    """The rooms of the groups that there are now."""
    return grouping.rooms if grouping is not None and grouping.on else ()


def origin_of(grouping: Grouping | None, room: RoomId) -> RoomId | None:
    """Where the group came from that is in this room now; None: no group is."""
    return grouping.origin if grouping is not None and room in running(grouping) else None


def groups_from(grouping: Grouping | None, room: RoomId) -> tuple[RoomId, ...]:
    """The rooms of the groups that came from this one, and are at work."""
    return running(grouping) if grouping is not None and grouping.origin == room else ()


def without(rooms: Rooms, member: MemberId) -> Rooms:
    """The rooms after somebody was removed from the project, who is in no group any more."""
    return {
        name: replace(room, group=_less(room.group, member), circle=_less(room.circle, member))
        for name, room in rooms.items()
    }


def _put_away(rooms: Rooms, names: Iterable[RoomId]) -> Rooms:
    """The rooms, after groups are not in some of them any more: their circles may read them, and nobody else."""
    after = dict(rooms)
    for name in names:
        room = rooms[name]
        circle = room.group if room.circle is None else room.circle
        after[name] = replace(room, group=circle, circle=circle)
    return after


def _less(members: frozenset[MemberId] | None, member: MemberId) -> frozenset[MemberId] | None:
    return None if members is None else members - {member}
