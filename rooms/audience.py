"""What a member gets to see of a project: rooms, events, presence and names differ per audience."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from rooms import events
from rooms.board.model import Board
from rooms.messages import BoardView, MemberView, NamedMember, ProjectView, RoomView, Roster
from rooms.model import ClassId, Identity, Member, MemberId, RoomId, RoomKind
from rooms.project import ProjectState
from rooms.stream import Event

ERASED_NAME = "—"
"""Shown for a member whose names were erased."""


class NameAudience(Struct, frozen=True):
    """Those who see the same names: all of a class in the same role. Who is in no class is an audience of one."""

    class_id: ClassId | None
    is_staff: bool
    alone: MemberId | None

    @classmethod
    def of(cls, reader: Member) -> "NameAudience":
        """The audience that `reader` belongs to."""
        return cls(reader.class_id, reader.is_staff, reader.id if reader.class_id is None else None)


def hidden_rooms(state: ProjectState, to_staff: bool) -> frozenset[RoomId]:
    """The rooms that an audience is not told of, nor of who is in them: others than teachers of the staff room."""
    if to_staff:
        return frozenset()
    return frozenset(room.id for room in state.rooms.values() if room.kind is RoomKind.STAFF_ROOM)


def project_view(state: ProjectState, to_staff: bool) -> ProjectView:
    """The project as one audience sees it."""
    hidden = hidden_rooms(state, to_staff)
    boards: dict[RoomId, list[Board]] = {room: [] for room in state.rooms}
    for board in state.boards.values():
        boards[board.room].append(board)
    return ProjectView(
        id=state.id,
        title=state.title or "",
        national=state.national,
        phase=state.phase,
        classes=tuple(state.classes.values()),
        members=tuple(_member_view(member) for member in state.members.values()),
        rooms=tuple(
            RoomView(
                id=room.id,
                kind=room.kind,
                name=room.name,
                open=room.open,
                locked=tuple(sorted(room.locked)),
                boards=tuple(BoardView(board.id, board.name) for board in boards[room.id]),
                group=_in_order(room.group),
                circle=_in_order(room.circle),
                lesson_over=room.id in state.lesson.over,
                group_number=room.group_number,
            )
            for room in state.rooms.values()
            if room.id not in hidden
        ),
        groups=state.grouping,
        timer=state.lesson.timer,
        polls=tuple(poll for poll in state.lesson.polls.values() if poll.room not in hidden),
    )


def room_to_read(body: events.Body) -> RoomId | None:
    """The room that one must be able to read to see an event of the project; None: no one in particular."""
    match body:
        case events.PollOpened(room=room) | events.PollClosed(room=room) | events.PollRemoved(room=room):
            return room
        case _:
            return None


def is_visible(event: Event, state: ProjectState, to_staff: bool) -> bool:
    """Whether an event may be seen: that there is a staff room, and what boards it has, is for teachers to know.

    `state`: the project as of the event or later. Rooms are never taken away, boards are: hence by the room.
    """
    match event.body:
        case events.RoomAdded(room_kind=RoomKind.STAFF_ROOM):
            return to_staff
        case events.BoardAdded() | events.BoardRenamed() | events.BoardMoved() | events.BoardRemoved():
            return to_staff or state.rooms[event.body.room].kind is not RoomKind.STAFF_ROOM
        case events.PollOpened() | events.PollClosed() | events.PollRemoved() | events.CallEnded():
            return to_staff or state.rooms[event.body.room].kind is not RoomKind.STAFF_ROOM
        case _:
            return True


def as_seen(event: Event, state: ProjectState, to_staff: bool) -> Event:
    """The event, or only its place in the numbering: without its time, actor and nonce. `state`: see `is_visible`."""
    if is_visible(event, state, to_staff):
        return event
    return hidden_event(event)


def hidden_event(event: Event) -> Event:
    """Only the place of an event in the numbering."""
    return Event(event.stream, event.seq, at=0, actor="", nonce=None, body=events.Hidden())


def roster(members: Iterable[Member], identities: Mapping[MemberId, Identity], audience: NameAudience) -> Roster:
    """The names that an audience sees: the roster name within one's own class, else the alias."""
    return Roster(tuple(NamedMember(member.id, _name_for(audience, member, identities)) for member in members))


def _name_for(audience: NameAudience, member: Member, identities: Mapping[MemberId, Identity]) -> str:
    identity = identities.get(member.id)
    if identity is None:
        return ERASED_NAME
    same_class = member.class_id is not None and member.class_id == audience.class_id
    knows = same_class or member.id == audience.alone or (audience.is_staff and member.class_id is None)
    return identity.roster_name if knows else identity.alias


def _in_order(members: frozenset[MemberId] | None) -> tuple[MemberId, ...] | None:
    return None if members is None else tuple(sorted(members))


def _member_view(member: Member) -> MemberView:
    return MemberView(
        id=member.id,
        role=member.role,
        class_id=member.class_id,
        capabilities=tuple(sorted(member.capabilities)),
        room_bans=tuple(sorted(member.banned_rooms)),
        removed=member.removed,
    )
