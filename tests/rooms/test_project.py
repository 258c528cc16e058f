"""`rooms.project`: how a project is opened, what commands lead to, and how the state follows."""

from typing import Any

import pytest
from msgspec.structs import replace

from rooms import events, project
from rooms.board.model import Board
from rooms.countries import countries
from rooms.errors import ErrorCode, Refused
from rooms.model import ALL_CAPABILITIES, Capability, Identity, ProjectPhase, Role, RoomKind, SchoolClass
from rooms.project import CLASSES_MAX, MEMBERS_MAX, ROOMS_MAX, ProjectRules, ProjectState, open_project
from tests.rooms.samples import (
    CLAIRE,
    CLASS_ROOM,
    FRENCH,
    MAREK,
    OPENING,
    POLISH,
    STAFF_ROOM,
    LiveProject,
    numbered,
    refusal,
)

EMPTY = ProjectRules().empty("project:p1")

CLASS = {
    "name": "5c",
    "school": "Liceo Galilei",
    "country": "IT",
    "timezone": "Europe/Rome",
    "languages": ["it"],
}


def opening_with(**changes: Any) -> project.Opening:
    """The sample opening, with another second class."""
    first, second = OPENING.founders
    school_class = replace(second.school_class, **changes)
    return replace(OPENING, founders=(first, replace(second, school_class=school_class)))


@pytest.fixture
def live() -> LiveProject:
    """An active project of two classes, without pupils."""
    return LiveProject()


# --- Opening ------------------------------------------------------------------------------------------


def test_opening() -> None:
    """Two classes, two founders, a class room and a staff room; the project starts as a draft."""
    live = LiveProject(phase=None)
    state = live.state
    assert (state.id, state.title, state.national) == ("p1", "Rivers of Europe", False)
    assert state.phase is ProjectPhase.DRAFT
    assert list(state.classes.values()) == [FRENCH, POLISH]
    assert [(member.id, member.role, member.class_id) for member in state.members.values()] == [
        (CLAIRE, Role.FOUNDER, "fr"),
        (MAREK, Role.FOUNDER, "pl"),
    ]
    assert all(member.capabilities == ALL_CAPABILITIES for member in state.members.values())
    assert [(room.id, room.kind, room.open) for room in state.rooms.values()] == [
        (CLASS_ROOM, RoomKind.CLASS_ROOM, False),
        (STAFF_ROOM, RoomKind.STAFF_ROOM, False),
    ]


def test_opening_keeps_names_beside_the_log() -> None:
    """The founders' names go to the identities and into no event."""
    decision = open_project(EMPTY, OPENING)
    assert decision.identities == (
        Identity(CLAIRE, "Claire Martin", "Mme Martin"),
        Identity(MAREK, "Marek Nowak", "Pan Nowak"),
    )
    assert "Martin" not in repr(decision.bodies)
    assert "Nowak" not in repr(decision.bodies)


def test_opening_twice() -> None:
    """A project that is open is not opened again."""
    live = LiveProject()
    assert refusal(open_project, live.state, OPENING) is ErrorCode.INVALID


def test_founders_of_one_country() -> None:
    """Two classes of one country only in a national project."""
    opening = opening_with(country="FR")
    assert refusal(open_project, EMPTY, opening) is ErrorCode.FOUNDERS_SAME_COUNTRY
    assert open_project(EMPTY, replace(opening, national=True)).bodies[0] == events.ProjectOpened(
        "Rivers of Europe", True
    )


def test_national_project_of_two_countries() -> None:
    """A national project may have classes of two countries."""
    assert refusal(open_project, EMPTY, replace(OPENING, national=True)) is None


@pytest.mark.parametrize("national", [True, False])
def test_founders_of_one_class(national: bool) -> None:
    """Two founders of one class, never."""
    opening = replace(opening_with(id="fr"), national=national)
    assert refusal(open_project, EMPTY, opening) is ErrorCode.FOUNDERS_SAME_CLASS


def test_one_founder_twice() -> None:
    """One person is not two founders."""
    first, second = OPENING.founders
    opening = replace(OPENING, founders=(first, replace(second, member=CLAIRE)))
    assert refusal(open_project, EMPTY, opening) is ErrorCode.FOUNDERS_SAME_CLASS


@pytest.mark.parametrize("field", ["title", "class_room_name", "staff_room_name"])
@pytest.mark.parametrize("text", ["  ", "a\x00", "\ud800"])
def test_opening_with_names_that_cannot_be_kept(field: str, text: str) -> None:
    """Blank and impossible names are refused."""
    assert refusal(open_project, EMPTY, replace(OPENING, **{field: text})) is ErrorCode.INVALID


@pytest.mark.parametrize("field", ["roster_name", "alias"])
def test_opening_with_founders_without_name(field: str) -> None:
    """Founders have a name and an alias."""
    first, second = OPENING.founders
    opening = replace(OPENING, founders=(first, replace(second, **{field: " "})))
    assert refusal(open_project, EMPTY, opening) is ErrorCode.INVALID


@pytest.mark.parametrize("code", sorted(countries()))
def test_every_country_opens_a_project(code: str) -> None:
    """A class of any country of the list founds a project with one of another, with its own only nationally."""
    other = "PL" if code == "FR" else "FR"
    first, second = OPENING.founders
    french = replace(first, school_class=replace(FRENCH, country=other))
    theirs = replace(second, school_class=replace(POLISH, country=code))
    opening = replace(OPENING, founders=(french, theirs))
    assert refusal(open_project, EMPTY, opening) is None
    own = replace(OPENING, founders=(replace(french, school_class=replace(FRENCH, country=code)), theirs))
    assert refusal(open_project, EMPTY, own) is ErrorCode.FOUNDERS_SAME_COUNTRY
    assert refusal(open_project, EMPTY, replace(own, national=True)) is None


BAD_CLASSES = [
    ({"country": "ZZ"}, ErrorCode.COUNTRY_UNKNOWN),
    ({"country": "US"}, ErrorCode.COUNTRY_UNKNOWN),
    ({"timezone": "Europe/Atlantis"}, ErrorCode.TIMEZONE_UNKNOWN),
    ({"timezone": "europe/paris"}, ErrorCode.TIMEZONE_UNKNOWN),
    ({"timezone": "../../etc/passwd"}, ErrorCode.TIMEZONE_UNKNOWN),
    ({"timezone": "+02:00"}, ErrorCode.TIMEZONE_UNKNOWN),
    ({"languages": ["français"]}, ErrorCode.LANGUAGE_UNKNOWN),
    ({"languages": ["it", "x"]}, ErrorCode.LANGUAGE_UNKNOWN),
    ({"languages": ["it_IT"]}, ErrorCode.LANGUAGE_UNKNOWN),
    ({"languages": ["it\n"]}, ErrorCode.LANGUAGE_UNKNOWN),
    ({"languages": ["fr-"]}, ErrorCode.LANGUAGE_UNKNOWN),
    ({"name": "   "}, ErrorCode.INVALID),
    ({"school": "a\x00b"}, ErrorCode.INVALID),
    ({"school": "\udc00"}, ErrorCode.INVALID),
]


@pytest.mark.parametrize(("changes", "code"), BAD_CLASSES)
def test_opening_with_an_impossible_class(changes: dict[str, Any], code: ErrorCode) -> None:
    """Countries, time zones and languages of the founders' classes must exist."""
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in changes.items()}
    assert refusal(open_project, EMPTY, opening_with(**fields)) is code


# --- Classes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("changes", "code"), BAD_CLASSES)
def test_adding_an_impossible_class(live: LiveProject, changes: dict[str, Any], code: ErrorCode) -> None:
    """The same holds for classes that join later."""
    before = live.state
    assert refusal(live.do, CLAIRE, "class.add", **CLASS | changes) is code
    assert live.state is before


@pytest.mark.parametrize("languages", [["it"], ["sr-Cyrl", "sr-Latn"], ["de-CH-1996"], ["gsw"], ["zh-Hant-TW"]])
def test_adding_a_class(live: LiveProject, languages: list[str]) -> None:
    """A class joins with everything that was said of it; the id is the server's."""
    (body,) = live.do(CLAIRE, "class.add", **CLASS | {"languages": languages})
    added = SchoolClass(body.class_id, "5c", "Liceo Galilei", "IT", "Europe/Rome", tuple(languages))  # type: ignore[union-attr,arg-type]
    assert list(live.state.classes.values()) == [FRENCH, POLISH, added]


def test_no_more_classes_than_the_limit(live: LiveProject) -> None:
    """The last class fits, one more does not."""
    for _ in range(CLASSES_MAX - 2):
        live.do(CLAIRE, "class.add", **CLASS)
    assert len(live.state.classes) == CLASSES_MAX
    assert refusal(live.do, CLAIRE, "class.add", **CLASS) is ErrorCode.TOO_MANY


# --- Members ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "class_id", "by"),
    [
        ("pupil", "fr", CLAIRE),
        ("pupil-admin", "pl", MAREK),
        ("teacher", "pl", MAREK),
        ("visitor", None, MAREK),
        ("pupil", "pl", None),
    ],
)
def test_adding_a_member(live: LiveProject, role: str, class_id: str | None, by: str | None) -> None:
    """The person is in, with the capabilities of the role; the names are kept beside the log."""
    member = live.add(role, class_id, by, name="Ada")
    added = live.state.members[member]
    assert (added.role, added.class_id, added.removed) == (role, class_id, False)
    assert live.names[member] == Identity(member, "Ada (roster)", "Ada (alias)")
    assert "Ada" not in repr(live.events)


def test_capabilities_to_begin_with(live: LiveProject) -> None:
    """A pupil does not share the screen, a visitor only reads."""
    pupil, visitor = live.add("pupil", "fr"), live.add("visitor", None)
    assert live.state.members[pupil].capabilities == ALL_CAPABILITIES - {Capability.PUBLISH_SCREEN}
    assert live.state.members[visitor].capabilities == frozenset()


@pytest.mark.parametrize(
    ("role", "class_id", "code"),
    [
        ("pupil", None, ErrorCode.INVALID),
        ("teacher", None, ErrorCode.INVALID),
        ("visitor", "fr", ErrorCode.INVALID),
        ("founder", "fr", ErrorCode.INVALID),
        ("pupil", "zz", ErrorCode.UNKNOWN_CLASS),
        ("teacher", "zz", ErrorCode.UNKNOWN_CLASS),
    ],
)
def test_adding_an_impossible_member(live: LiveProject, role: str, class_id: str | None, code: ErrorCode) -> None:
    """Not even the system adds a third founder, a pupil without class, a visitor with one."""
    assert refusal(live.add, role, class_id) is code


def test_adding_a_member_without_name(live: LiveProject) -> None:
    """Names have to be something."""
    fields = {"role": "pupil", "class_id": "fr", "roster_name": "Zoé", "alias": "Z"}
    for field in ("roster_name", "alias"):
        assert refusal(live.do, CLAIRE, "member.add", **fields | {field: " "}) is ErrorCode.INVALID
        assert refusal(live.do, CLAIRE, "member.add", **fields | {field: "\ud83d"}) is ErrorCode.INVALID


def test_no_more_members_than_the_limit() -> None:
    """Removed members count: their messages remain."""
    rules = ProjectRules()
    bodies: list[events.Body] = [event.body for event in LiveProject(phase=None).events]
    bodies += [events.MemberAdded(f"m{count}", Role.PUPIL, "fr") for count in range(MEMBERS_MAX - 3)]
    bodies += [events.MemberRemoved("m0")]
    state = rules.empty("project:p1")
    for event in numbered("project:p1", bodies):
        state = rules.apply(state, event)
    live = LiveProject()
    live.states.append(state)
    live.add("pupil", "fr")
    assert len(live.state.members) == MEMBERS_MAX
    assert refusal(live.add, "pupil", "fr") is ErrorCode.TOO_MANY


def test_removing_a_member(live: LiveProject) -> None:
    """A removed person stays in the list, so that their messages have an author, and may not do anything."""
    teacher, pupil = live.add("teacher", "fr"), live.add("pupil", "fr")
    assert live.do(MAREK, "member.remove", member=pupil) == [events.MemberRemoved(pupil)]
    assert live.state.members[pupil].removed
    live.do(CLAIRE, "member.remove", member=teacher)
    assert refusal(live.do, teacher, "room.add", name="Mine") is ErrorCode.NOT_A_MEMBER


def test_removing_twice(live: LiveProject) -> None:
    """Somebody who was removed is not there any more."""
    pupil = live.add("pupil", "fr")
    live.do(CLAIRE, "member.remove", member=pupil)
    assert refusal(live.do, CLAIRE, "member.remove", member=pupil) is ErrorCode.UNKNOWN_MEMBER


def test_founders_stay(live: LiveProject) -> None:
    """Neither the other founder, nor oneself, nor the system removes a founder."""
    for actor in (CLAIRE, MAREK, None):
        assert refusal(live.do, actor, "member.remove", member=MAREK) is ErrorCode.FOUNDER_STAYS


def test_strangers(live: LiveProject) -> None:
    """Somebody of another project is no member here."""
    assert refusal(live.do, "stranger", "room.add", name="Mine") is ErrorCode.NOT_A_MEMBER


# --- What is switched ---------------------------------------------------------------------------------


def test_capability(live: LiveProject) -> None:
    """One bit of one person goes off and on; the others stay."""
    pupil, friend = live.add("pupil", "fr"), live.add("pupil", "fr")
    before = live.state.members[pupil].capabilities
    live.do(MAREK, "member.set_capability", member=pupil, capability="post", allowed=False)
    assert live.state.members[pupil].capabilities == before - {Capability.POST}
    assert live.state.members[friend].capabilities == before
    live.do(CLAIRE, "member.set_capability", member=pupil, capability="post", allowed=True)
    assert live.state.members[pupil].capabilities == before


def test_room_ban(live: LiveProject) -> None:
    """A ban is of one person and one room."""
    pupil, group = live.add("pupil", "fr"), live.add_room()
    live.do(MAREK, "member.set_room_ban", member=pupil, room=group, banned=True)
    assert live.state.members[pupil].banned_rooms == {group}
    live.do(MAREK, "member.set_room_ban", member=pupil, room=CLASS_ROOM, banned=True)
    assert live.state.members[pupil].banned_rooms == {group, CLASS_ROOM}
    live.do(MAREK, "member.set_room_ban", member=pupil, room=group, banned=False)
    assert live.state.members[pupil].banned_rooms == {CLASS_ROOM}


def test_rooms(live: LiveProject) -> None:
    """A group room starts closed and unlocked; it is opened and locked by itself."""
    group = live.add_room("Group 1")
    room = live.state.rooms[group]
    assert (room.kind, room.name, room.open, room.locked) == (RoomKind.GROUP_ROOM, "Group 1", False, frozenset())
    live.do(CLAIRE, "room.set_open", room=group, open=True)
    live.do(CLAIRE, "room.set_lock", room=group, capability="post", locked=True)
    live.do(CLAIRE, "room.set_lock", room=group, capability="draw", locked=True)
    live.do(CLAIRE, "room.set_lock", room=group, capability="post", locked=False)
    assert live.state.rooms[group].open
    assert live.state.rooms[group].locked == {Capability.DRAW}
    assert not live.state.rooms[CLASS_ROOM].open


def test_no_more_rooms_than_the_limit(live: LiveProject) -> None:
    """The last room fits, one more does not."""
    for _ in range(ROOMS_MAX - 2):
        live.add_room()
    assert len(live.state.rooms) == ROOMS_MAX
    assert refusal(live.add_room) is ErrorCode.TOO_MANY


@pytest.mark.parametrize("name", [" ", "\x00", "a\udfff"])
def test_room_without_name(live: LiveProject, name: str) -> None:
    """A room's name can be read."""
    assert refusal(live.add_room, name) is ErrorCode.INVALID


@pytest.mark.parametrize(
    ("tag", "fields", "field"),
    [
        ("room.set_open", {"room": CLASS_ROOM}, "open"),
        ("room.set_lock", {"room": CLASS_ROOM, "capability": "post"}, "locked"),
        ("member.set_room_ban", {"room": CLASS_ROOM, "member": "new2"}, "banned"),
        ("member.set_capability", {"capability": "publish-screen", "member": "new2"}, "allowed"),
    ],
)
def test_what_is_so_already(live: LiveProject, tag: str, fields: dict[str, Any], field: str) -> None:
    """Asking for what is so already is accepted and leads to no event, before and after a change."""
    assert live.add("pupil", "fr") == "new2"
    assert live.do(CLAIRE, tag, **fields, **{field: False}) == []
    assert len(live.do(CLAIRE, tag, **fields, **{field: True})) == 1
    assert live.do(MAREK, tag, **fields, **{field: True}) == []
    assert len(live.do(CLAIRE, tag, **fields, **{field: False})) == 1
    assert live.do(CLAIRE, tag, **fields, **{field: False}) == []


def test_phase(live: LiveProject) -> None:
    """Draft, active and back; what is so already leads to nothing."""
    assert live.do(CLAIRE, "project.set_phase", phase="active") == []
    assert live.do(CLAIRE, "project.set_phase", phase="draft") == [events.ProjectPhaseSet(ProjectPhase.DRAFT)]
    live.do(MAREK, "project.set_phase", phase="active")
    live.do(MAREK, "project.set_phase", phase="archived")
    assert live.state.phase is ProjectPhase.ARCHIVED


def test_archived_is_read_only(live: LiveProject) -> None:
    """Founders change nothing any more, but persons are still removed; only the system brings it back."""
    pupil = live.add("pupil", "fr")
    live.do(CLAIRE, "project.set_phase", phase="archived")
    assert refusal(live.do, CLAIRE, "project.set_phase", phase="active") is ErrorCode.PROJECT_ARCHIVED
    assert refusal(live.add_room) is ErrorCode.PROJECT_ARCHIVED
    live.do(MAREK, "member.remove", member=pupil)
    live.do(None, "project.set_phase", phase="active")
    live.add_room()


@pytest.mark.parametrize(
    ("tag", "fields", "code"),
    [
        ("room.set_open", {"room": "other", "open": True}, ErrorCode.UNKNOWN_ROOM),
        ("room.set_lock", {"room": "other", "capability": "post", "locked": True}, ErrorCode.UNKNOWN_ROOM),
        ("member.remove", {"member": "other"}, ErrorCode.UNKNOWN_MEMBER),
        ("member.set_capability", {"member": "other", "capability": "post", "allowed": True}, ErrorCode.UNKNOWN_MEMBER),
        ("member.set_room_ban", {"member": "other", "room": CLASS_ROOM, "banned": True}, ErrorCode.UNKNOWN_MEMBER),
        ("member.set_room_ban", {"member": "new2", "room": "other", "banned": True}, ErrorCode.UNKNOWN_ROOM),
        ("board.add", {"room": "other", "name": "Oder"}, ErrorCode.UNKNOWN_ROOM),
        ("board.rename", {"board": "other", "name": "Oder"}, ErrorCode.UNKNOWN_BOARD),
        ("board.move", {"board": "other", "before": None}, ErrorCode.UNKNOWN_BOARD),
        ("board.move", {"board": CLASS_ROOM, "before": "other"}, ErrorCode.UNKNOWN_BOARD),
        ("board.remove", {"board": "other"}, ErrorCode.UNKNOWN_BOARD),
    ],
)
@pytest.mark.parametrize("actor", [CLAIRE, None])
def test_what_is_of_another_project(
    live: LiveProject, actor: str | None, tag: str, fields: dict[str, Any], code: ErrorCode
) -> None:
    """Rooms and members of other projects do not exist here, not even for the system."""
    assert live.add("pupil", "fr") == "new2"
    assert refusal(live.do, actor, tag, **fields) is code


# --- Boards -------------------------------------------------------------------------------------------


def test_every_room_has_a_board_from_the_start(live: LiveProject) -> None:
    """Called like the room; no event makes it, so rooms of old logs have one too."""
    group = live.add_room()
    assert list(live.state.boards.values()) == [Board(room, room, "") for room in (CLASS_ROOM, STAFF_ROOM, group)]
    assert not [event for event in live.events if isinstance(event.body, events.BoardAdded)]


def test_boards(live: LiveProject) -> None:
    """Teachers add, name, order and remove boards; what was removed is not there any more."""
    first = live.add_board(name="Oder")
    second = live.add_board(name="Loire")
    assert live.state.board(second) == Board(second, CLASS_ROOM, "Loire")
    live.do(MAREK, "board.rename", board=CLASS_ROOM, name="Start")
    live.do(MAREK, "board.move", board=second, before=first)
    assert [board.name for board in live.state.boards_of(CLASS_ROOM)] == ["Start", "Loire", "Oder"]
    live.do(CLAIRE, "board.remove", board=CLASS_ROOM)
    assert live.state.board(CLASS_ROOM) is None
    assert live.state.boards_of(CLASS_ROOM) == (Board(second, CLASS_ROOM, "Loire"), Board(first, CLASS_ROOM, "Oder"))
    assert live.state.boards_of(STAFF_ROOM) == (Board(STAFF_ROOM, STAFF_ROOM, ""),)


def test_boards_in_the_staff_room(live: LiveProject) -> None:
    """Teachers have boards of their own, however closed that room is to others."""
    board = live.add_board(STAFF_ROOM, "Marks")
    live.do(live.add("teacher", "pl"), "board.rename", board=board, name="Plans")
    assert live.state.board(board) == Board(board, STAFF_ROOM, "Plans")


@pytest.mark.parametrize(
    ("tag", "fields"),
    [("board.rename", {"name": "Mine"}), ("board.move", {"before": None}), ("board.remove", {})],
)
def test_pupils_get_no_sign_of_the_staff_rooms_boards(live: LiveProject, tag: str, fields: dict[str, Any]) -> None:
    """To them such a board is unknown, like one that never was; of others they are told that they may not."""
    pupil, secret = live.add("pupil", "fr"), live.add_board(STAFF_ROOM, "Marks")
    for board in (secret, STAFF_ROOM, "nowhere"):
        assert refusal(live.do, pupil, tag, board=board, **fields) is ErrorCode.UNKNOWN_BOARD
    assert refusal(live.do, pupil, tag, board=CLASS_ROOM, **fields) is ErrorCode.TEACHERS_ONLY
    assert refusal(live.do, pupil, "board.add", room=STAFF_ROOM, name="Mine") is ErrorCode.UNKNOWN_ROOM


def test_boards_of_an_archived_project(live: LiveProject) -> None:
    """Its boards are read, not arranged."""
    board = live.add_board()
    live.do(CLAIRE, "project.set_phase", phase="archived")
    assert refusal(live.add_board) is ErrorCode.PROJECT_ARCHIVED
    for tag, fields in (("rename", {"name": "Oder"}), ("move", {"before": None}), ("remove", {})):
        assert refusal(live.do, CLAIRE, f"board.{tag}", board=board, **fields) is ErrorCode.PROJECT_ARCHIVED


def test_rights_come_before_what_is_so_already(live: LiveProject) -> None:
    """Whoever may not arrange boards is told so, also when there would be nothing to do or it could not be done."""
    pupil = live.add("pupil", "fr")
    for tag, fields in (("move", {"before": None}), ("rename", {"name": " "}), ("remove", {})):
        assert refusal(live.do, pupil, f"board.{tag}", board=CLASS_ROOM, **fields) is ErrorCode.TEACHERS_ONLY


# --- The state ----------------------------------------------------------------------------------------


def test_states_are_values(live: LiveProject) -> None:
    """Applying an event makes a new state and leaves the old one as it was."""
    before = live.state
    encoded = live.rules.encode(before)
    live.add("pupil", "fr")
    live.do(CLAIRE, "room.set_open", room=CLASS_ROOM, open=True)
    live.do(CLAIRE, "board.move", board=live.add_board(), before=CLASS_ROOM)
    assert live.rules.encode(before) == encoded
    assert live.state != before


@pytest.mark.parametrize(
    "body",
    [
        events.ChatPosted("a"),
        events.ChatEdited(1, "b"),
        events.ChatDeleted(1),
        events.BoardCleared(None),
        events.Hidden(),
    ],
)
def test_events_of_other_streams(live: LiveProject, body: events.Body) -> None:
    """What does not concern the project leaves it as it is."""
    assert project.apply(live.state, body) is live.state


def test_snapshot_holds_everything(live: LiveProject) -> None:
    """Encoding and decoding gives the same project, in the same order."""
    pupil, group = live.add("pupil", "fr"), live.add_room(open=True)
    live.do(CLAIRE, "member.set_room_ban", member=pupil, room=group, banned=True)
    live.do(CLAIRE, "room.set_lock", room=group, capability="post", locked=True)
    live.do(CLAIRE, "board.move", board=live.add_board(group), before=group)
    again = live.rules.decode(live.rules.encode(live.state))
    assert again == live.state
    assert list(again.members) == list(live.state.members)
    assert list(again.rooms) == list(live.state.rooms)
    assert again.boards_of(group) == live.state.boards_of(group)
    assert isinstance(again, ProjectState)


def test_standing_names_what_permissions_depend_on(live: LiveProject) -> None:
    """Member, phase, room and subject as they are now; None for the system."""
    added = live.add("pupil", "fr")
    pupil = live.state.members[added]
    standing = live.state.standing(CLAIRE, True, CLASS_ROOM, pupil)
    assert standing.member is live.state.members[CLAIRE]
    assert standing.room is live.state.rooms[CLASS_ROOM]
    assert (standing.phase, standing.teacher_present, standing.subject) == (ProjectPhase.ACTIVE, True, pupil)
    assert live.state.standing(None, False).member is None
    with pytest.raises(Refused):
        live.state.standing("stranger", True)
