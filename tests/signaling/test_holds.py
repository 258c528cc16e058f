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
from signaling.holds import CallRules, CallState
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
