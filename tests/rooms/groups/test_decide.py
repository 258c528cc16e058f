"""`rooms.groups.decide`: what forming, arranging and ending groups leads to, and what is refused."""

import pytest

from rooms import events
from rooms.errors import ErrorCode
from rooms.groups.model import Group, Grouping
from rooms.permissions import Action
from rooms.project import ROOMS_MAX
from tests.rooms.groups.school import School
from tests.rooms.samples import CLAIRE, CLASS_ROOM, MAREK, STAFF_ROOM, refusal


def test_all_at_once(school: School) -> None:
    """Rooms are made, then it is said whose they are, and only then they open."""
    made = school.form((None, [school.zoe, school.jan]), (None, [school.leo]))
    first, second = (body.room for body in made if isinstance(body, events.RoomAdded))
    assert [type(body).__name__ for body in made] == [
        *["RoomAdded"] * 2,
        "GroupsFormed",
        *["RoomOpenSet"] * 2,
    ]
    assert made[2] == events.GroupsFormed(
        CLASS_ROOM, (Group(first, (school.zoe, school.jan)), Group(second, (school.leo,)))
    )
    assert school.live.state.grouping == Grouping(CLASS_ROOM, (first, second))
    assert school.denied(school.zoe, first, Action.POST) is None


def test_the_same_again_is_nothing_new(school: School) -> None:
    """In whatever order the members are named; but a room that a teacher closed meanwhile opens."""
    one, other = school.rooms([school.zoe, school.jan], [school.leo])
    again = ((one, [school.jan, school.zoe]), (other, [school.leo]))
    assert school.form(*again) == []
    school.live.do(MAREK, "room.set_open", room=one, open=False)
    assert events.RoomOpenSet(one, True) in school.form(*again)


def test_arranging_anew(school: School) -> None:
    """Those who are moved are let in and out; a room that no group is in any more closes."""
    one, other, third = school.rooms([school.zoe], [school.leo], [school.ewa])
    made = school.form((one, [school.zoe, school.leo]), (other, []))
    assert made == [
        events.RoomOpenSet(third, False),
        events.GroupsFormed(CLASS_ROOM, (Group(one, (school.zoe, school.leo)), Group(other, ()))),
    ]
    assert (school.readers(one), school.readers(other)) == ({school.zoe, school.leo}, set())


def test_from_another_room(school: School) -> None:
    """The same groups may be asked back to another room than the one that they came from."""
    (one,) = school.rooms([school.zoe])
    cafe = school.live.add_room("Café")
    assert school.form((one, [school.zoe]), origin=cafe) == [events.GroupsFormed(cafe, (Group(one, (school.zoe,)),))]


def test_ending(school: School) -> None:
    """The rooms that are open close; there is nothing to end twice, or before there were any."""
    assert school.end() == []
    one, other = school.rooms([school.zoe], [school.leo])
    school.live.do(MAREK, "room.set_open", room=other, open=False)
    assert school.end() == [events.RoomOpenSet(one, False), events.GroupsEnded()]
    assert school.live.state.grouping == Grouping(CLASS_ROOM, (one, other), on=False)
    assert school.end() == []
    assert school.denied(school.zoe, one, Action.POST) is ErrorCode.ROOM_CLOSED


def test_late_pupils_are_in_no_group(school: School) -> None:
    """They stay where they are, and come into no group's room until a teacher puts them in one."""
    (one,) = school.rooms([school.zoe])
    assert school.denied(school.leo, one) is ErrorCode.OTHER_GROUP
    assert school.denied(school.leo, CLASS_ROOM) is None
    school.form((one, [school.zoe, school.leo]))
    assert school.denied(school.leo, one) is None


def test_removed_pupils_are_left_out(school: School) -> None:
    """A pupil who was removed a moment ago holds nobody up."""
    school.live.do(CLAIRE, "member.remove", member=school.leo)
    (one,) = school.rooms([school.zoe, school.leo])
    assert school.live.state.rooms[one].group == frozenset({school.zoe})


def test_who_is_no_pupil(school: School) -> None:
    """Teachers come into every room, guests into no group's; somebody unknown is nobody."""
    assert school.refused((None, [CLAIRE])) is ErrorCode.INVALID
    assert school.refused((None, [school.guest])) is ErrorCode.INVALID
    assert school.refused((None, ["nobody"])) is ErrorCode.UNKNOWN_MEMBER


def test_one_pupil_one_group_one_room(school: School) -> None:
    """Nobody is in two groups, or twice in one; no room is two groups'."""
    assert school.refused((None, [school.zoe]), (None, [school.zoe])) is ErrorCode.INVALID
    assert school.refused((None, [school.zoe, school.zoe])) is ErrorCode.INVALID
    room = school.live.add_room()
    assert school.refused((room, [school.zoe]), (room, [school.jan])) is ErrorCode.INVALID


@pytest.mark.parametrize(
    ("room", "code"),
    [(CLASS_ROOM, ErrorCode.INVALID), (STAFF_ROOM, ErrorCode.INVALID), ("nowhere", ErrorCode.UNKNOWN_ROOM)],
)
def test_rooms_that_are_no_group_rooms(school: School, room: str, code: ErrorCode) -> None:
    """Neither the class room nor the staff room is ever a group's."""
    origin = school.live.add_room()
    assert school.refused((room, [school.zoe]), origin=origin) is code


def test_origin(school: School) -> None:
    """Nobody is asked back to a room that is not there, to the staff room, or to a group's room."""
    room = school.live.add_room()
    assert school.refused((room, [school.zoe]), origin=room) is ErrorCode.INVALID
    assert school.refused((room, [school.zoe]), origin=STAFF_ROOM) is ErrorCode.NOT_FOR_STAFF_ROOM
    assert school.refused((room, [school.zoe]), origin="nowhere") is ErrorCode.UNKNOWN_ROOM


def test_names(school: School) -> None:
    """A new room has a name that can be kept; one that there is has one already."""

    def code(room: str | None, name: str | None) -> ErrorCode | None:
        wanted: list[object] = [{"room": room, "name": name, "members": []}]
        return refusal(school.live.do, CLAIRE, "groups.form", room=CLASS_ROOM, groups=wanted)

    assert code(None, None) is code(None, "  ") is ErrorCode.INVALID
    assert code(school.live.add_room(), "Oder") is ErrorCode.INVALID


def test_numbers(school: School) -> None:
    """A group that was given no name is counted; a room that there is keeps what it is called."""

    def form(room: str | None, name: str | None, number: int) -> str:
        wanted: list[object] = [{"room": room, "name": name, "members": [], "number": number}]
        formed = school.live.do(CLAIRE, "groups.form", room=CLASS_ROOM, groups=wanted)
        return next(body.groups[0].room for body in formed if isinstance(body, events.GroupsFormed))

    counted, (named,) = form(None, "Gruppe 2", 2), school.rooms([school.zoe])
    rooms = school.live.state.rooms
    assert (rooms[counted].name, rooms[counted].group_number) == ("Gruppe 2", 2)
    assert rooms[named].group_number is None
    assert refusal(form, counted, None, 3) is ErrorCode.INVALID


def test_rooms_are_limited(school: School) -> None:
    """A project that is full takes groups in the rooms that it has."""
    last = school.live.add_room()
    while len(school.live.state.rooms) < ROOMS_MAX - 1:
        school.live.add_room()
    assert school.refused((None, []), (None, [])) is ErrorCode.TOO_MANY
    school.form((None, [school.zoe]), (last, [school.jan]))
    school.form((last, [school.jan]))


@pytest.mark.parametrize("tag", ["groups.form", "groups.end"])
def test_teachers_only(school: School, tag: str) -> None:
    """A pupil's forged command changes nothing, a pupil-admin's neither."""
    fields = {"room": CLASS_ROOM, "groups": [{"room": None, "name": "Oder", "members": []}]}
    for pupil in (school.zoe, school.ewa, school.guest):
        code = refusal(school.live.do, pupil, tag, **(fields if tag == "groups.form" else {}))
        assert code in (ErrorCode.TEACHERS_ONLY, ErrorCode.ROOM_CLOSED)
    assert school.live.state.grouping is None
