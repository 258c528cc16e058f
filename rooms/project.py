"""The project: its phase, classes, members and rooms; what a command leads to, and the state that events lead to."""

from functools import cache
from zoneinfo import available_timezones

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from rooms import events
from rooms.board import arrangement
from rooms.board.messages import BoardAdd, BoardMove, BoardRemove, BoardRename
from rooms.board.model import Board, BoardId
from rooms.countries import countries
from rooms.errors import ErrorCode, Refused
from rooms.groups import decide as groups
from rooms.groups.messages import GroupsEnd, GroupsForm
from rooms.groups.model import Grouping
from rooms.groups.state import apply as apply_groups
from rooms.groups.state import without
from rooms.lesson import decide as lessons
from rooms.lesson.model import Lesson
from rooms.messages import (
    ClassAdd,
    MemberAdd,
    MemberRemove,
    MemberSetCapability,
    MemberSetRoomBan,
    ProjectSetPhase,
    RoomAdd,
    RoomSetLock,
    RoomSetOpen,
)
from rooms.model import (
    DEFAULT_CAPABILITIES,
    ClassId,
    Identity,
    Member,
    MemberId,
    ProjectId,
    ProjectPhase,
    Role,
    Room,
    RoomId,
    RoomKind,
    SchoolClass,
)
from rooms.permissions import Action, Standing, denial, require
from rooms.stream import Decision, Event, StreamName
from rooms.text import checked_name, is_language_tag

CLASSES_MAX = 20
"""Classes of one project: the largest exchanges have about a dozen."""

MEMBERS_MAX = 1000
"""Members of one project, removed ones included: twenty classes of fifty."""

ROOMS_MAX = 200
"""Rooms of one project: eight new ones for the groups of each of some twenty lessons, and then some."""

SNAPSHOT_VERSION = 3
"""2: with the boards; 3: with groups. Older ones are not read: the log of a project is kept whole."""

ProjectCommand = (
    ProjectSetPhase
    | ClassAdd
    | MemberAdd
    | MemberRemove
    | MemberSetCapability
    | MemberSetRoomBan
    | RoomAdd
    | RoomSetOpen
    | RoomSetLock
    | GroupsForm
    | GroupsEnd
    | BoardAdd
    | BoardRename
    | BoardMove
    | BoardRemove
)


class ProjectState(Struct, frozen=True):
    """A project as it is now. `title` is None before it was opened. Dicts keep the order of joining.

    `boards` are those of all rooms; the ones of a room stand in the order that teachers gave them.
    """

    id: ProjectId
    title: str | None = None
    national: bool = False
    phase: ProjectPhase = ProjectPhase.DRAFT
    classes: dict[ClassId, SchoolClass] = msgspec.field(default_factory=dict)
    members: dict[MemberId, Member] = msgspec.field(default_factory=dict)
    rooms: dict[RoomId, Room] = msgspec.field(default_factory=dict)
    boards: arrangement.Boards = msgspec.field(default_factory=dict)
    grouping: Grouping | None = None
    lesson: Lesson = Lesson()

    def board(self, board: BoardId) -> Board | None:
        """A board in the list of a room; None when it was never there, or was removed."""
        return self.boards.get(board)

    def boards_of(self, room: RoomId) -> tuple[Board, ...]:
        """The boards of a room, in their order."""
        return arrangement.of_room(self.boards, room)

    def standing(
        self,
        actor: MemberId | None,
        teacher_present: bool,
        room: RoomId | None = None,
        subject: Member | None = None,
    ) -> Standing:
        """What the permissions of `actor` depend on; None is the system. Raises `Refused` for somebody unknown."""
        member = None
        if actor is not None:
            member = self.members.get(actor)
            if member is None:
                raise Refused(ErrorCode.NOT_A_MEMBER)
        return Standing(
            member=member,
            phase=self.phase,
            teacher_present=teacher_present,
            room=self.rooms.get(room) if room is not None else None,
            subject=subject,
        )


class Founder(Struct, frozen=True):
    """One of the two who open a project, with their class."""

    member: MemberId
    roster_name: str
    alias: str
    school_class: SchoolClass


class Opening(Struct, frozen=True):
    """All that is needed to open a project. The ids are made by the caller."""

    title: str
    national: bool
    founders: tuple[Founder, Founder]
    class_room: RoomId
    class_room_name: str
    staff_room: RoomId
    staff_room_name: str


class ProjectRules:
    """The `Rules` of `project:` streams."""

    version = SNAPSHOT_VERSION

    def empty(self, stream: StreamName) -> ProjectState:
        """A project that nobody has opened yet."""
        return ProjectState(id=stream.removeprefix("project:"))

    def apply(self, state: ProjectState, event: Event) -> ProjectState:
        """The project after `event`."""
        return apply(state, event.body)

    def encode(self, state: ProjectState) -> bytes:
        """The state for a stored snapshot."""
        return msgspec.msgpack.encode(state)

    def decode(self, snapshot: bytes) -> ProjectState:
        """The state from a stored snapshot."""
        return msgspec.msgpack.decode(snapshot, type=ProjectState)


def open_project(state: ProjectState, opening: Opening) -> Decision:
    """The events that open a project: two founders of two classes of two countries, unless it is national.

    Raises `Refused`; a project that is open already is not opened again.
    """
    if state.title is not None:
        raise Refused(ErrorCode.INVALID, "this project exists already")
    for text in (opening.title, opening.class_room_name, opening.staff_room_name):
        checked_name(text, "name")
    first, second = opening.founders
    if first.member == second.member or first.school_class.id == second.school_class.id:
        raise Refused(ErrorCode.FOUNDERS_SAME_CLASS)
    if not opening.national and first.school_class.country == second.school_class.country:
        raise Refused(ErrorCode.FOUNDERS_SAME_COUNTRY)
    bodies: list[events.Body] = [events.ProjectOpened(opening.title, opening.national)]
    bodies += [_class_added(founder.school_class) for founder in opening.founders]
    bodies += [
        events.MemberAdded(founder.member, Role.FOUNDER, founder.school_class.id) for founder in opening.founders
    ]
    bodies += [
        events.RoomAdded(opening.class_room, RoomKind.CLASS_ROOM, opening.class_room_name),
        events.RoomAdded(opening.staff_room, RoomKind.STAFF_ROOM, opening.staff_room_name),
    ]
    names = tuple(_identity(founder.member, founder.roster_name, founder.alias) for founder in opening.founders)
    return Decision(tuple(bodies), names)


def subject_of(state: ProjectState, command: ProjectCommand) -> Member | None:
    """The person whom the command is about, for the permission question."""
    match command:
        case MemberAdd():
            return Member(id="", role=command.role, class_id=command.class_id, capabilities=frozenset())
        case MemberRemove() | MemberSetCapability() | MemberSetRoomBan():
            return state.members.get(command.member)
        case _:
            return None


def room_of(state: ProjectState, command: ProjectCommand) -> RoomId | None:
    """The room that the command is about, if any; that of a board which is not there is not there either."""
    match command:
        case MemberSetRoomBan() | RoomSetOpen() | RoomSetLock() | BoardAdd() | GroupsForm():
            return command.room
        case BoardRename() | BoardMove() | BoardRemove():
            board = state.board(command.board)
            return None if board is None else board.room
        case _:
            return None


def decide(state: ProjectState, standing: Standing, command: ProjectCommand, new_id: str) -> Decision:
    """What the command leads to. `new_id` names what it makes, if it makes something. Raises `Refused`."""
    match command:
        case ProjectSetPhase(phase=phase):
            require(standing, Action.SET_PHASE)
            return _unless(state.phase is phase, events.ProjectPhaseSet(phase))
        case ClassAdd():
            require(standing, Action.ADD_CLASS)
            _require_space(len(state.classes), CLASSES_MAX, "classes")
            return Decision((_class_added(_class_from(command, new_id)),))
        case MemberAdd():
            return _decide_member_add(state, standing, command, new_id)
        case MemberRemove(member=member):
            require(standing, Action.REMOVE_MEMBER)
            return Decision((events.MemberRemoved(member),))
        case MemberSetCapability(member=member, capability=capability, allowed=allowed):
            require(standing, Action.SET_CAPABILITY)
            has = capability in state.members[member].capabilities
            return _unless(has is allowed, events.CapabilitySet(member, capability, allowed))
        case MemberSetRoomBan(member=member, room=room, banned=banned):
            require(standing, Action.SET_ROOM_BAN)
            is_banned = room in state.members[member].banned_rooms
            return _unless(is_banned is banned, events.RoomBanSet(member, room, banned))
        case RoomAdd(name=name):
            require(standing, Action.ADD_ROOM)
            _require_space(len(state.rooms), ROOMS_MAX, "rooms")
            return Decision((events.RoomAdded(new_id, RoomKind.GROUP_ROOM, checked_name(name, "name")),))
        case RoomSetOpen(room=room, open=is_open):
            require(standing, Action.OPEN_ROOM)
            return _unless(state.rooms[room].open is is_open, events.RoomOpenSet(room, is_open))
        case RoomSetLock(room=room, capability=capability, locked=locked):
            require(standing, Action.LOCK_ROOM)
            is_locked = capability in state.rooms[room].locked
            return _unless(is_locked is locked, events.RoomLockSet(room, capability, locked))
        case GroupsForm():
            require(standing, Action.FORM_GROUPS)
            _require_space(len(state.rooms) - 1 + groups.made_rooms(command), ROOMS_MAX, "rooms")
            return groups.decide(state.rooms, state.members, state.grouping, command, new_id)
        case GroupsEnd():
            require(standing, Action.END_GROUPS)
            return groups.decide(state.rooms, state.members, state.grouping, command, new_id)
        case BoardAdd():
            require(standing, Action.ARRANGE_BOARDS)
            return arrangement.decide(state.boards, command, new_id)
        case BoardRename() | BoardMove() | BoardRemove():
            _require_on_board(standing, Action.ARRANGE_BOARDS)
            return arrangement.decide(state.boards, command, new_id)


def _require_on_board(standing: Standing, action: Action) -> None:
    """As `require`. Whoever may not know of a room gets the same answer about its boards as about none."""
    code = denial(standing, action)
    if code is not None:
        raise Refused(ErrorCode.UNKNOWN_BOARD if code is ErrorCode.UNKNOWN_ROOM else code)


def _decide_member_add(state: ProjectState, standing: Standing, command: MemberAdd, new_id: str) -> Decision:
    require(standing, Action.ADD_MEMBER)
    _require_space(len(state.members), MEMBERS_MAX, "members")
    if command.role is Role.FOUNDER:
        raise Refused(ErrorCode.INVALID, "role: a project has the two founders who opened it")
    if (command.class_id is None) is not (command.role is Role.VISITOR):
        raise Refused(ErrorCode.INVALID, "class_id: visitors have none, everybody else has one")
    if command.class_id is not None and command.class_id not in state.classes:
        raise Refused(ErrorCode.UNKNOWN_CLASS)
    return Decision(
        (events.MemberAdded(new_id, command.role, command.class_id),),
        (_identity(new_id, command.roster_name, command.alias),),
    )


def _identity(member: MemberId, roster_name: str, alias: str) -> Identity:
    return Identity(member, checked_name(roster_name, "roster_name"), checked_name(alias, "alias"))


def check_class(school_class: SchoolClass) -> SchoolClass:
    """The class itself when its names can be kept and its country, time zone and languages exist. Raises `Refused`."""
    checked_name(school_class.name, "name")
    checked_name(school_class.school, "school")
    if school_class.country not in countries():
        raise Refused(ErrorCode.COUNTRY_UNKNOWN, school_class.country)
    if school_class.timezone not in _timezones():
        raise Refused(ErrorCode.TIMEZONE_UNKNOWN, "timezone")
    for language in school_class.languages:
        if not is_language_tag(language):
            raise Refused(ErrorCode.LANGUAGE_UNKNOWN, "languages")
    return school_class


@cache
def _timezones() -> frozenset[str]:
    """All names, looked up once: Python reads some six hundred files for it."""
    return frozenset(available_timezones())


def apply(state: ProjectState, body: events.Body) -> ProjectState:
    """The project after something has happened."""
    match body:
        case events.ProjectOpened(title, national):
            return replace(state, title=title, national=national)
        case events.ProjectPhaseSet(phase):
            return replace(state, phase=phase)
        case events.ClassAdded(class_id, name, school, country, timezone, languages):
            added = SchoolClass(class_id, name, school, country, timezone, languages)
            return replace(state, classes={**state.classes, class_id: added})
        case events.MemberAdded(member, role, class_id):
            return _with_member(state, Member(member, role, class_id, DEFAULT_CAPABILITIES[role]))
        case events.MemberRemoved(member):
            left = _with_member(state, replace(state.members[member], removed=True))
            return replace(left, rooms=without(left.rooms, member))
        case events.CapabilitySet(member, capability, allowed):
            old = state.members[member]
            bits = old.capabilities | {capability} if allowed else old.capabilities - {capability}
            return _with_member(state, replace(old, capabilities=bits))
        case events.RoomBanSet(member, room, banned):
            old = state.members[member]
            rooms = old.banned_rooms | {room} if banned else old.banned_rooms - {room}
            return _with_member(state, replace(old, banned_rooms=rooms))
        case events.RoomAdded(room, kind, name, number):
            first = arrangement.first_board(room)
            new = Room(room, kind, name, group_number=number)
            return _with_room(replace(state, boards={**state.boards, first.id: first}), new)
        case events.RoomOpenSet(room, is_open):
            lesson = lessons.reopened(state.lesson, room) if is_open else state.lesson
            return _with_room(replace(state, lesson=lesson), replace(state.rooms[room], open=is_open))
        case events.RoomLockSet(room, capability, locked):
            before = state.rooms[room].locked
            after = before | {capability} if locked else before - {capability}
            return _with_room(state, replace(state.rooms[room], locked=after))
        case events.GroupsFormed() | events.GroupsEnded():
            grouped, grouping = apply_groups(state.rooms, state.grouping, body)
            return replace(state, rooms=grouped, grouping=grouping)
        case events.BoardAdded() | events.BoardRenamed() | events.BoardMoved() | events.BoardRemoved():
            return replace(state, boards=arrangement.apply(state.boards, body))
        case events.TimerChanged() | events.PollOpened() | events.PollClosed() | events.PollRemoved():
            return replace(state, lesson=lessons.apply(state.lesson, body))
        case events.CallEnded() | events.LessonEnded():
            return replace(state, lesson=lessons.apply(state.lesson, body))
        case _:
            return state


def _with_member(state: ProjectState, member: Member) -> ProjectState:
    return replace(state, members={**state.members, member.id: member})


def _with_room(state: ProjectState, room: Room) -> ProjectState:
    return replace(state, rooms={**state.rooms, room.id: room})


def _unless(already: bool, body: events.Body) -> Decision:
    return Decision() if already else Decision((body,))


def _require_space(count: int, maximum: int, what: str) -> None:
    if count >= maximum:
        raise Refused(ErrorCode.TOO_MANY, f"at most {maximum} {what}")


def _class_from(command: ClassAdd, class_id: ClassId) -> SchoolClass:
    return SchoolClass(
        id=class_id,
        name=command.name,
        school=command.school,
        country=command.country,
        timezone=command.timezone,
        languages=command.languages,
    )


def _class_added(school_class: SchoolClass) -> events.ClassAdded:
    checked = check_class(school_class)
    return events.ClassAdded(
        class_id=checked.id,
        name=checked.name,
        school=checked.school,
        country=checked.country,
        timezone=checked.timezone,
        languages=checked.languages,
    )
