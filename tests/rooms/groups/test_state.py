"""`rooms.groups.state`: no pupil ever reads another group's room, while there are groups and ever after."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from rooms import events
from rooms.errors import ErrorCode, Refused
from rooms.groups.state import groups_from, origin_of, running
from rooms.model import MemberId, RoomId, RoomKind
from rooms.permissions import Action
from tests.rooms.groups.school import School
from tests.rooms.samples import CLAIRE, CLASS_ROOM, MAREK


def test_only_the_group(school: School) -> None:
    """Neither the others, nor late pupils, nor guests; teachers of both classes may."""
    one, other = school.rooms([school.zoe, school.jan], [school.leo])
    assert (school.readers(one), school.readers(other)) == ({school.zoe, school.jan}, {school.leo})
    assert school.denied(school.guest, one) is ErrorCode.OTHER_GROUP
    assert school.denied(CLAIRE, one) is school.denied(MAREK, one) is None
    for action in Action:
        assert school.denied(school.leo, one, action) is not None or action is Action.ENTER_PROJECT


def test_afterwards(school: School) -> None:
    """Each pupil may still read what their own group wrote, and no other's, also when a teacher opens the room."""
    one, other = school.rooms([school.zoe, school.jan], [school.leo])
    school.end()
    school.live.do(CLAIRE, "room.set_open", room=one, open=True)
    assert (school.readers(one), school.readers(other)) == ({school.zoe, school.jan}, {school.leo})
    assert school.denied(school.guest, one) is ErrorCode.OTHER_GROUP


def test_removed_pupils_leave_their_group(school: School) -> None:
    """For good: neither group nor circle names them."""
    one, other = school.rooms([school.zoe, school.jan], [school.leo])
    school.live.do(CLAIRE, "member.remove", member=school.zoe)
    assert school.live.state.rooms[one].group == frozenset({school.jan})
    school.end()
    school.live.do(CLAIRE, "member.remove", member=school.leo)
    assert (school.live.state.rooms[other].group, school.live.state.rooms[other].circle) == (frozenset(), frozenset())


def test_the_room_of_an_earlier_group(school: School) -> None:
    """A later grouping may take it for the same pupils or some of them; the others come back in when it is over."""
    (one,) = school.rooms([school.zoe, school.jan])
    school.end()
    assert school.refused((one, [school.zoe, school.leo])) is ErrorCode.OTHER_GROUP
    school.form((one, [school.zoe]))
    assert school.readers(one) == {school.zoe}
    assert school.refused((one, [school.zoe, school.leo])) is ErrorCode.OTHER_GROUP
    school.form((one, [school.zoe, school.jan]))
    school.form((one, [school.jan]))
    school.end()
    assert school.readers(one) == {school.zoe, school.jan}


def test_a_group_that_is_given_up(school: School) -> None:
    """Its room stays its pupils', who are in another group now; who was moved out before is not of it."""
    one, other = school.rooms([school.zoe, school.jan], [school.leo])
    school.form((one, [school.zoe]), (other, [school.leo, school.jan]))
    school.form((other, [school.leo, school.jan, school.zoe]))
    assert (school.readers(one), school.readers(other)) == ({school.zoe}, {school.leo, school.jan, school.zoe})
    assert school.denied(school.zoe, one, Action.POST) is ErrorCode.ROOM_CLOSED
    assert school.refused((one, [school.jan])) is ErrorCode.OTHER_GROUP


def test_a_group_room_that_was_everybodys(school: School) -> None:
    """Once it was a group's, it is never everybody's again."""
    room = school.live.add_room(open=True)
    assert school.readers(room) == set(school.pupils)
    school.form((room, [school.zoe]))
    assert school.readers(room) == {school.zoe}
    school.end()
    assert school.readers(room) == {school.zoe}


def test_running(school: School) -> None:
    """The rooms of the groups that there are, none before and after."""
    assert running(None) == ()
    one, other = school.rooms([school.zoe], [school.leo])
    assert running(school.live.state.grouping) == (one, other)
    school.end()
    assert running(school.live.state.grouping) == ()


def test_where_groups_came_from(school: School) -> None:
    """Is known of those at work, and of no room else."""
    assert origin_of(None, CLASS_ROOM) is None
    assert groups_from(None, CLASS_ROOM) == ()
    one, other = school.rooms([school.zoe], [school.leo])
    school.form((other, [school.leo]))
    grouping = school.live.state.grouping
    assert [origin_of(grouping, room) for room in (other, one, CLASS_ROOM)] == [CLASS_ROOM, None, None]
    assert (groups_from(grouping, CLASS_ROOM), groups_from(grouping, one)) == ((other,), ())
    school.end()
    assert origin_of(school.live.state.grouping, other) is None
    assert groups_from(school.live.state.grouping, CLASS_ROOM) == ()


# --- Whatever teachers do --------------------------------------------------------------------------------

PUPILS = 5
MOVES = st.one_of(
    st.just("end"),
    st.tuples(st.just("remove"), st.integers(0, PUPILS - 1)),
    st.tuples(st.just("open"), st.integers(0, 6)),
    # for each pupil the group that they are put into (0: none); for each group the room that is taken, if there is one
    st.tuples(
        st.just("form"),
        st.lists(st.integers(0, 3), min_size=PUPILS, max_size=PUPILS),
        st.lists(st.one_of(st.none(), st.integers(0, 6)), min_size=3, max_size=3),
    ),
)


class Witness:
    """Remembers, apart from the rules, to whom the words in each room were said.

    `now`: who was told by the last arrangement that a room is theirs; `heard`: to which pupils each room's words of
    groups that are over belong.
    """

    def __init__(self) -> None:
        self.now: dict[RoomId, set[MemberId]] = {}
        self.heard: dict[RoomId, set[MemberId]] = {}

    def see(self, bodies: Sequence[events.Body]) -> None:
        """Something has happened in the project."""
        for body in bodies:
            if isinstance(body, events.GroupsFormed):
                formed = {group.room: set(group.members) for group in body.groups}
                self._over(set(self.now) - set(formed))
                self.now = formed
            elif isinstance(body, events.GroupsEnded):
                self._over(set(self.now))
                self.now = {}

    def _over(self, rooms: set[RoomId]) -> None:
        for room in rooms:
            self.heard.setdefault(room, self.now[room])


@given(st.lists(MOVES, min_size=1, max_size=12))
def test_no_pupil_ever_reads_another_groups_room(moves: Sequence[object]) -> None:
    """Whatever is arranged: of the running groups each reads its own, and nobody ever hears an earlier group's words
    that were not said to them."""
    school, witness = School(), Witness()
    for move in moves:
        try:
            witness.see(_made(school, move))
        except Refused:
            pass
        for room, members in witness.now.items():
            assert school.readers(room) <= members, "who is in another group, or in none"
        for room, members in witness.heard.items():
            assert school.readers(room) <= members, "who was not of that group"
        state = school.live.state
        grouped = [pupil for room in running(state.grouping) for pupil in state.rooms[room].group or ()]
        assert len(set(grouped)) == len(grouped), "in one group at most"
        assert school.readers(CLASS_ROOM) == {pupil for pupil in school.pupils if not state.members[pupil].removed}, (
            "the class room is everybody's"
        )


def _made(school: School, move: object) -> Sequence[events.Body]:
    """What a teacher's move leads to. Raises `Refused`."""
    group_rooms = [room.id for room in school.live.state.rooms.values() if room.kind is RoomKind.GROUP_ROOM]

    def room(number: int | None) -> RoomId | None:
        return group_rooms[number] if number is not None and number < len(group_rooms) else None

    match move:
        case ("remove", int(number)):
            return school.live.do(CLAIRE, "member.remove", member=school.pupils[number])
        case ("open", int(number)):
            wanted = room(number)
            return [] if wanted is None else school.live.do(CLAIRE, "room.set_open", room=wanted, open=True)
        case ("form", list(groups), list(rooms)):
            members = [[school.pupils[i] for i, of in enumerate(groups) if of == group] for group in (1, 2, 3)]
            return school.form(*((room(number), named) for number, named in zip(rooms, members, strict=True)))
        case _:
            return school.end()
