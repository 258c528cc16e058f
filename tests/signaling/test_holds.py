"""`signaling.holds`: who is held in a call and who is out of it, for longer than a call."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms import events, stored
from rooms.errors import ErrorCode, Refused
from rooms.events import CallHeld, CallPupilsHeld, CallRemoved
from rooms.model import Medium, Role
from rooms.stream import Decision, Event, call_stream
from signaling import holds
from signaling.holds import NO_MEDIA, CallRules, CallState
from tests.signaling.samples import CLAIRE, CLASS_ROOM, Lesson, call_command

AUDIO, VIDEO = Medium.AUDIO, Medium.VIDEO
STREAM = call_stream(CLASS_ROOM)


class Held:
    """The stream of a call, changed by commands, with every event and state."""

    def __init__(self) -> None:
        self.lesson = Lesson()
        self.rules = CallRules()
        self.states: list[CallState] = [self.rules.empty(STREAM)]
        self.events: list[Event] = []

    @property
    def state(self) -> CallState:
        return self.states[-1]

    def ask(self, actor: str | None, tag: str, **fields: Any) -> Decision:
        """What a command leads to. Raises `Refused`."""
        command = call_command(tag, room=CLASS_ROOM, **fields)
        project = self.lesson.project.state
        subject = holds.subject_of(project.members, command)
        return holds.decide(self.state, project.standing(actor, True, CLASS_ROOM, subject), command)

    def do(self, actor: str | None, tag: str, **fields: Any) -> list[events.Body]:
        """The same, carried out: what happened."""
        bodies = self.ask(actor, tag, **fields).bodies
        for body in bodies:
            self.events.append(Event(STREAM, len(self.events) + 1, 1000, actor or "system", None, body))
            self.states.append(self.rules.apply(self.state, self.events[-1]))
        return list(bodies)

    def hold(self, member: str, medium: str = "audio", held: bool = True) -> list[events.Body]:
        return self.do(CLAIRE, "call.hold", member=member, medium=medium, held=held)

    def hold_pupils(self, held: bool = True, medium: str = "audio") -> list[events.Body]:
        return self.do(CLAIRE, "call.hold_pupils", medium=medium, held=held)

    def remove(self, member: str, removed: bool = True) -> list[events.Body]:
        return self.do(CLAIRE, "call.remove", member=member, removed=removed)

    def held(self, member: str) -> frozenset[Medium]:
        return self.state.held_of(self.lesson.member(member))


@pytest.fixture
def held() -> Held:
    return Held()


def test_one_medium_of_one_pupil(held: Held) -> None:
    """Is held until it is let go; asked twice, nothing more happens."""
    zoe = held.lesson.zoe
    assert held.hold(zoe) == [CallHeld(zoe, AUDIO, True)]
    assert held.hold(zoe) == []
    assert held.held(zoe) == {AUDIO}
    assert held.held(held.lesson.jan) == set()
    assert held.hold(zoe, held=False) == [CallHeld(zoe, AUDIO, False)]
    assert held.hold(zoe, held=False) == []
    assert held.state == CallState()


def test_all_pupils(held: Held) -> None:
    """Everybody but teachers, visitors and those who are added later included."""
    held.hold_pupils()
    later = held.lesson.project.add("pupil-admin", "pl")
    for member in (held.lesson.zoe, held.lesson.jan, held.lesson.visitor, later):
        assert held.held(member) == {AUDIO}
    assert held.held(CLAIRE) == held.held(held.lesson.teacher) == set()
    assert held.hold_pupils() == []


def test_one_is_let_go_while_all_are_held(held: Held) -> None:
    """... and held again; "all" counts for that one, too, when it is said again."""
    zoe = held.lesson.zoe
    held.hold_pupils()
    held.hold(zoe, held=False)
    assert held.held(zoe) == set()
    assert held.held(held.lesson.jan) == {AUDIO}
    assert held.hold_pupils() == [CallPupilsHeld(AUDIO, True)]
    assert held.held(zoe) == {AUDIO}
    assert held.state.exceptions == {}


def test_letting_all_go_lets_single_ones_go(held: Held) -> None:
    """Of that medium: of others, single holds stay."""
    zoe = held.lesson.zoe
    held.hold(zoe)
    held.hold(zoe, "video")
    assert held.hold_pupils(False) == [CallPupilsHeld(AUDIO, False)]
    assert held.held(zoe) == {VIDEO}
    assert held.hold_pupils(False) == []


def test_removing_from_the_call(held: Held) -> None:
    """Out until let in again."""
    zoe = held.lesson.zoe
    assert held.remove(zoe) == [CallRemoved(zoe, True)]
    assert held.remove(zoe) == []
    assert held.state.is_removed(held.lesson.member(zoe))
    assert not held.state.is_removed(held.lesson.member(held.lesson.jan))
    held.remove(zoe, False)
    assert held.state == CallState()


@pytest.mark.parametrize("tag", ["call.hold", "call.remove"])
def test_upon_whom(held: Held, tag: str) -> None:
    """Not upon teachers, nor somebody who is not there; and by teachers only."""
    fields: dict[str, Any] = {"medium": "audio", "held": True} if tag == "call.hold" else {"removed": True}
    for actor, member, code in (
        (CLAIRE, held.lesson.teacher, ErrorCode.NOT_FOR_TEACHERS),
        (CLAIRE, CLAIRE, ErrorCode.NOT_FOR_TEACHERS),
        (None, CLAIRE, ErrorCode.NOT_FOR_TEACHERS),
        (CLAIRE, "nobody", ErrorCode.UNKNOWN_MEMBER),
        (held.lesson.zoe, held.lesson.jan, ErrorCode.TEACHERS_ONLY),
    ):
        with pytest.raises(Refused) as refused:
            held.do(actor, tag, member=member, **fields)
        assert refused.value.code is code


def test_pupils_do_not_hold_pupils(held: Held) -> None:
    """All of them neither."""
    with pytest.raises(Refused) as refused:
        held.do(held.lesson.zoe, "call.hold_pupils", medium="audio", held=True)
    assert refused.value.code is ErrorCode.TEACHERS_ONLY


def test_teachers_are_never_held_or_out(held: Held) -> None:
    """Whatever the log may say of them."""
    state = CallState(frozenset(Medium), {}, frozenset({CLAIRE}))
    claire = held.lesson.member(CLAIRE)
    assert state.held_of(claire) == set()
    assert not state.is_removed(claire)


def test_events_of_other_streams(held: Held) -> None:
    """Leave the state as it is."""
    event = Event(STREAM, 1, 1, CLAIRE, None, events.ChatPosted("Bonjour"))
    assert held.rules.apply(held.state, event) is held.state


# --- Whatever happens ---------------------------------------------------------------------------------

MEDIA = st.sampled_from(("audio", "video", "screen"))
WHO = st.integers(0, 5)
COMMANDS = st.one_of(
    st.tuples(st.just("call.hold"), st.fixed_dictionaries({"member": WHO, "medium": MEDIA, "held": st.booleans()})),
    st.tuples(st.just("call.hold_pupils"), st.fixed_dictionaries({"medium": MEDIA, "held": st.booleans()})),
    st.tuples(st.just("call.remove"), st.fixed_dictionaries({"member": WHO, "removed": st.booleans()})),
)
HISTORIES = st.lists(st.tuples(st.booleans(), COMMANDS), max_size=30)


def played(history: list[tuple[bool, tuple[str, dict[str, Any]]]]) -> Held:
    """A stream after those of the commands that are allowed, most of them a teacher's."""
    held = Held()
    lesson = held.lesson
    people = (lesson.zoe, lesson.leo, lesson.jan, lesson.visitor, lesson.teacher, "nobody")
    for by_teacher, (tag, fields) in history:
        whom = {"member": people[fields["member"]]} if "member" in fields else {}
        try:
            held.do(CLAIRE if by_teacher else lesson.zoe, tag, **{**fields, **whom})
        except Refused:
            continue
    return held


@given(HISTORIES)
def test_snapshot_and_later_events(history: list[tuple[bool, tuple[str, dict[str, Any]]]]) -> None:
    """At every cut: the decoded snapshot and the events after it, as the log has them, are the fresh state."""
    held = played(history)
    for cut, state in enumerate(held.states):
        again = held.rules.decode(held.rules.encode(state))
        assert again == state
        for event in held.events[cut:]:
            kind, body = stored.kind_of(event.body), stored.encode_body(event.body)
            assert stored.decode_body(kind, stored.BODY_VERSION, body) == event.body
            again = held.rules.apply(again, event)
        assert again == held.state
        assert held.rules.encode(again) == held.rules.encode(held.state)


@given(HISTORIES)
def test_holds_are_what_was_said_last(history: list[tuple[bool, tuple[str, dict[str, Any]]]]) -> None:
    """A plain account: of each person and medium, whichever was said last of them alone or of all."""
    held = played(history)
    members = [each for each in held.lesson.project.state.members.values() if each.role is not Role.FOUNDER]
    account: dict[tuple[str, Medium], bool] = {}
    out: set[str] = set()
    for event in held.events:
        match event.body:
            case CallHeld(name, medium, is_held):
                account[name, medium] = is_held
            case CallPupilsHeld(medium, is_held):
                account.update({(member.id, medium): is_held for member in members if not member.is_staff})
            case CallRemoved(name, removed):
                (out.add if removed else out.discard)(name)
    for member in members:
        assert held.state.held_of(member) == {medium for medium in Medium if account.get((member.id, medium))}
        assert held.state.is_removed(member) is (member.id in out)
    assert all(media for media in held.state.exceptions.values())


# --- While pupils are in groups -----------------------------------------------------------------------


class Grouped:
    """The call of a class, and that of a group of some of its pupils: each command goes where it is decided."""

    def __init__(self) -> None:
        self.of_class, self.own = Held(), Held()
        self.lesson = self.own.lesson
        self.group = frozenset({self.lesson.zoe, self.lesson.jan})

    @property
    def state(self) -> CallState:
        return holds.along(self.own.state, self.of_class.state, self.group)

    def held(self, member: str) -> frozenset[Medium]:
        return self.state.held_of(self.lesson.member(member))

    def is_out(self, member: str) -> bool:
        return self.state.is_removed(self.lesson.member(member))

    def in_group(self, tag: str, actor: str = CLAIRE, **fields: Any) -> None:
        """A command in the group's call."""
        command = call_command(tag, room=CLASS_ROOM, **fields)
        if holds.is_for_class(command):
            held, project = self.of_class, self.lesson.project.state
            standing = project.standing(actor, True, CLASS_ROOM, holds.subject_of(project.members, command))
            for body in holds.decide_for_class(held.state, standing, command, self.group).bodies:
                held.events.append(Event(STREAM, len(held.events) + 1, 1000, actor, None, body))
                held.states.append(held.rules.apply(held.state, held.events[-1]))
        if holds.is_for_group(command):
            self.own.do(actor, tag, **fields)


@pytest.fixture
def grouped() -> Grouped:
    return Grouped()


def test_decided_in_the_class(grouped: Grouped) -> None:
    """Holds in the group, whoever was held or out before the groups or meanwhile, one by one or all."""
    zoe, jan = grouped.lesson.zoe, grouped.lesson.jan
    grouped.of_class.hold(zoe)
    grouped.of_class.remove(jan)
    assert grouped.held(zoe) == {AUDIO}
    assert (grouped.is_out(zoe), grouped.is_out(jan)) == (False, True)
    grouped.of_class.hold_pupils(medium="video")
    assert grouped.held(zoe) == {AUDIO, VIDEO}
    assert grouped.held(jan) == {VIDEO}
    assert grouped.state.pupils_held == {VIDEO}
    grouped.of_class.hold_pupils(False, "video")
    grouped.of_class.hold(zoe, held=False)
    grouped.of_class.remove(jan, False)
    assert grouped.state == CallState()


def test_one_in_a_group_is_held_in_the_class(grouped: Grouped) -> None:
    """So nobody gets out of it by going back, or into another group; let go in the group is let go in both."""
    zoe = grouped.lesson.zoe
    grouped.in_group("call.hold", member=zoe, medium="audio", held=True)
    grouped.in_group("call.remove", member=zoe, removed=True)
    assert grouped.own.state == CallState()
    assert grouped.of_class.held(zoe) == {AUDIO}
    assert grouped.of_class.state.is_removed(grouped.lesson.member(zoe))
    grouped.in_group("call.hold", member=zoe, medium="audio", held=False)
    grouped.in_group("call.remove", member=zoe, removed=False)
    assert grouped.of_class.state == grouped.own.state == CallState()


def test_all_of_a_group_are_that_group(grouped: Grouped) -> None:
    """The class is as before; and one may be let go, and held again, as in the class."""
    zoe, jan = grouped.lesson.zoe, grouped.lesson.jan
    grouped.in_group("call.hold_pupils", medium="audio", held=True)
    assert grouped.of_class.state == CallState()
    assert grouped.state.pupils_held == {AUDIO}
    grouped.in_group("call.hold", member=zoe, medium="audio", held=False)
    assert grouped.held(zoe) == NO_MEDIA
    assert grouped.held(jan) == {AUDIO}
    grouped.in_group("call.hold", member=zoe, medium="audio", held=True)
    assert grouped.held(zoe) == {AUDIO}


def test_a_group_of_a_class_that_is_held(grouped: Grouped) -> None:
    """Is let go as a whole where a teacher sees it, and looks so; the others of the class stay held."""
    grouped.of_class.hold_pupils()
    grouped.of_class.hold(grouped.lesson.zoe, "video")
    grouped.in_group("call.hold", member=grouped.lesson.zoe, medium="audio", held=False)
    assert grouped.state.pupils_held == {AUDIO}
    grouped.in_group("call.hold_pupils", medium="audio", held=False)
    assert grouped.state.pupils_held == NO_MEDIA
    assert grouped.held(grouped.lesson.jan) == NO_MEDIA
    assert grouped.held(grouped.lesson.zoe) == {VIDEO}
    assert grouped.of_class.held(grouped.lesson.leo) == {AUDIO}
    grouped.group |= {grouped.lesson.leo}
    assert grouped.held(grouped.lesson.leo) == {AUDIO}
    assert grouped.state.pupils_held == {AUDIO}


def test_what_the_group_room_had_before(grouped: Grouped) -> None:
    """Holds on, and is lifted there too."""
    zoe = grouped.lesson.zoe
    grouped.own.remove(zoe)
    grouped.own.hold(zoe)
    assert grouped.is_out(zoe)
    assert grouped.held(zoe) == {AUDIO}
    grouped.in_group("call.remove", member=zoe, removed=False)
    grouped.in_group("call.hold", member=zoe, medium="audio", held=False)
    assert grouped.state == CallState()


def test_as_long_as_the_class_is_not_known(held: Held) -> None:
    """Nobody but teachers sends, and who is out stays out."""
    held.remove(held.lesson.jan)
    state = holds.along(held.state, None, frozenset())
    assert state.held_of(held.lesson.member(held.lesson.zoe)) == frozenset(Medium)
    assert state.held_of(held.lesson.member(CLAIRE)) == NO_MEDIA
    assert state.is_removed(held.lesson.member(held.lesson.jan))


@pytest.mark.parametrize("tag", ["call.hold", "call.hold_pupils", "call.remove"])
@pytest.mark.parametrize("given", [True, False])
def test_in_a_group_pupils_decide_nothing(grouped: Grouped, tag: str, given: bool) -> None:
    """Neither for their group nor for their class, to whichever of both it goes."""
    fields: dict[str, Any] = {"removed": given} if tag == "call.remove" else {"medium": "audio", "held": given}
    if tag != "call.hold_pupils":
        fields["member"] = grouped.lesson.jan
    with pytest.raises(Refused) as refused:
        grouped.in_group(tag, grouped.lesson.zoe, **fields)
    assert refused.value.code is ErrorCode.TEACHERS_ONLY
    assert grouped.of_class.state == grouped.own.state == CallState()


@given(HISTORIES, HISTORIES)
def test_in_a_group_both_hold(
    of_class: list[tuple[bool, tuple[str, dict[str, Any]]]], own: list[tuple[bool, tuple[str, dict[str, Any]]]]
) -> None:
    """A plain account: of each person, whichever of both says so."""
    first, second = played(of_class), played(own)
    members = second.lesson.project.state.members.values()
    for group in (frozenset({second.lesson.zoe}), frozenset(member.id for member in members if not member.is_staff)):
        state = holds.along(second.state, first.state, group)
        for member in members:
            assert state.is_removed(member) is (first.state.is_removed(member) or second.state.is_removed(member))
            if member.id in group:
                assert state.held_of(member) == first.state.held_of(member) | second.state.held_of(member)
        assert all(media for media in state.exceptions.values())
