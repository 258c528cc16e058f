"""What commands about groups lead to. Who may give them is the caller's question (`rooms.permissions`)."""

from collections.abc import Iterable, Mapping

from rooms import events
from rooms.errors import ErrorCode, Refused
from rooms.groups.messages import GroupsCommand, GroupsEnd, GroupsForm, WantedGroup
from rooms.groups.model import Group, Grouping
from rooms.groups.state import Rooms, running
from rooms.model import Member, MemberId, Role, Room, RoomId, RoomKind
from rooms.stream import Decision
from rooms.text import checked_name

GROUPED_ROLES = frozenset({Role.PUPIL, Role.PUPIL_ADMIN})
"""Teachers come into every group's room, guests into none."""


def made_rooms(command: GroupsForm) -> int:
    """How many rooms the command makes."""
    return sum(wanted.room is None for wanted in command.groups)


def decide(
    rooms: Rooms,
    members: Mapping[MemberId, Member],
    grouping: Grouping | None,
    command: GroupsCommand,
    new_id: str,
) -> Decision:
    """What a command that is allowed leads to: all of it in one decision. Raises `Refused`.

    `new_id`: what the ids of the rooms that it makes begin with.
    """
    if isinstance(command, GroupsEnd):
        if not running(grouping):
            return Decision()
        return Decision((*_opened(rooms, running(grouping), is_open=False), events.GroupsEnded()))
    _require_each_once([wanted.room for wanted in command.groups if wanted.room is not None], "room")
    _require_each_once([member for wanted in command.groups for member in wanted.members], "members")
    made: list[events.Body] = []
    groups = []
    for number, wanted in enumerate(command.groups, start=1):
        pupils = tuple(member for member in wanted.members if _is_here(members, member))
        if wanted.room is None:
            room = f"{new_id}-{number}"
            made.append(events.RoomAdded(room, RoomKind.GROUP_ROOM, _name_of(wanted), wanted.number))
        else:
            room = wanted.room
            _require_fit(rooms.get(room), wanted, pupils)
        groups.append(Group(room, pupils))
    taken = [group.room for group in groups]
    if command.room in taken:
        raise Refused(ErrorCode.INVALID, "room: those who are asked back from a group do not go to a group's room")
    left = [room for room in running(grouping) if room not in taken]
    formed = events.GroupsFormed(command.room, tuple(groups))
    opening = _opened(rooms, taken, is_open=True)
    if not made and not opening and _is_so(rooms, grouping, formed):
        return Decision()
    # Nobody gets into a room that is opened before it is known whose it is.
    return Decision((*made, *_opened(rooms, left, is_open=False), formed, *opening))


def _require_each_once(names: list[str], field: str) -> None:
    if len(set(names)) != len(names):
        raise Refused(ErrorCode.INVALID, f"{field}: each at most once")


def _is_here(members: Mapping[MemberId, Member], member: MemberId) -> bool:
    """Whether a pupil is still in the project: who was removed just now is left out. Raises `Refused` for others."""
    found = members.get(member)
    if found is None:
        raise Refused(ErrorCode.UNKNOWN_MEMBER)
    if found.role not in GROUPED_ROLES:
        raise Refused(ErrorCode.INVALID, "members: groups are of pupils")
    return not found.removed


def _name_of(wanted: WantedGroup) -> str:
    if wanted.name is None:
        raise Refused(ErrorCode.INVALID, "name: a new room has one")
    return checked_name(wanted.name, "name")


def _require_fit(room: Room | None, wanted: WantedGroup, pupils: tuple[MemberId, ...]) -> None:
    """May these pupils be a group in this room?"""
    if room is None:
        raise Refused(ErrorCode.UNKNOWN_ROOM)
    if wanted.name is not None:
        raise Refused(ErrorCode.INVALID, "name: the room has one")
    if wanted.number is not None:
        raise Refused(ErrorCode.INVALID, "number: the room has a name")
    if room.kind is not RoomKind.GROUP_ROOM:
        raise Refused(ErrorCode.INVALID, "room: groups are in group rooms")
    if room.circle is not None and not room.circle.issuperset(pupils):
        raise Refused(ErrorCode.OTHER_GROUP, "room: an earlier group wrote there, take a new one")


def _opened(rooms: Rooms, names: Iterable[RoomId], is_open: bool) -> list[events.Body]:
    """The events that open or close rooms, where they are not so already; new rooms are closed."""
    return [events.RoomOpenSet(name, is_open) for name in names if _is_open(rooms, name) is not is_open]


def _is_open(rooms: Rooms, name: RoomId) -> bool:
    return name in rooms and rooms[name].open


def _is_so(rooms: Rooms, grouping: Grouping | None, formed: events.GroupsFormed) -> bool:
    """Whether the groups are these already."""
    if not running(grouping) or grouping != Grouping(formed.origin, tuple(group.room for group in formed.groups)):
        return False
    return all(rooms[group.room].group == frozenset(group.members) for group in formed.groups)
