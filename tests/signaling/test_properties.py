"""What holds in every call, whatever its participants and teachers do."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rooms.errors import Refused
from rooms.events import CallHeld, CallPupilsHeld, CallRemoved
from rooms.model import Medium
from rooms.permissions import PUBLISH_ACTIONS, denial
from signaling.messages import CallMode
from tests.signaling.samples import CLAIRE, CLASS_ROOM, MAREK, Lesson
from tests.signaling.test_news import Viewer

MEDIA = st.sampled_from(tuple(Medium))
PEOPLE = st.integers(0, 6)
"""Somebody of `Class.people`."""
ANYBODY = st.integers(1, 12)
"""A participant, if there is one of that number."""

MOSTLY = st.sampled_from((True, True, True, False))

TAKING_PART = st.one_of(
    st.tuples(st.just("join"), PEOPLE, st.sampled_from(("person", "person", "class-camera")), st.booleans()),
    st.tuples(st.just("leave"), PEOPLE),
    st.tuples(st.just("drop"), PEOPLE),
    st.tuples(st.just("publish"), PEOPLE, MEDIA, st.just(False)),
    st.tuples(st.just("publish"), PEOPLE, MEDIA, st.booleans()),
    st.tuples(st.just("unpublish"), PEOPLE, MEDIA),
    st.tuples(st.just("mute"), PEOPLE, MEDIA, st.booleans(), ANYBODY),
    st.tuples(st.just("hand"), PEOPLE, MOSTLY, ANYBODY),
    st.tuples(st.just("watch"), PEOPLE, ANYBODY),
    st.tuples(st.just("settled"), PEOPLE),
)
SUPERVISION = st.one_of(
    st.tuples(st.just("hold"), PEOPLE, MEDIA, st.booleans()),
    st.tuples(st.just("hold_pupils"), MEDIA, st.booleans()),
    st.tuples(st.just("remove"), PEOPLE, st.booleans()),
    st.tuples(st.just("teacher"), MOSTLY),
    st.tuples(st.just("open"), MOSTLY),
    st.tuples(st.just("lock"), MEDIA, st.booleans()),
    st.tuples(st.just("capability"), PEOPLE, MEDIA, MOSTLY),
    st.tuples(st.just("ban"), PEOPLE, st.booleans()),
)
PASSING = st.sampled_from((("wait", 1), ("wait", 5_000), ("wait", 10_000), ("take",), ("look",)))
STEPS = st.one_of(TAKING_PART, TAKING_PART, TAKING_PART, SUPERVISION, PASSING)
HISTORIES = st.tuples(
    st.sampled_from((0, 2, 2, 3)), st.lists(PEOPLE, unique=True), st.lists(STEPS, min_size=15, max_size=50)
)

History = tuple[int, list[int], list[tuple[Any, ...]]]
"""How large a mesh may be, who is in the call from the beginning, and what happens."""


class Class(Lesson):
    """A lesson in which anything happens; each step is named like its method."""

    def __init__(self, history: History) -> None:
        super().__init__(mesh_max=history[0])
        self.admin = self.project.add("pupil-admin", "pl")
        self.people = (CLAIRE, MAREK, self.teacher, self.zoe, self.jan, self.visitor, self.admin)
        self.resumes: dict[str, str] = {}
        self.ever: set[str] = set()
        self.viewers: list[Viewer] = []
        for number in history[1]:
            self.step("join", number, "person", False)
            self.step("publish", number, Medium.AUDIO, False)

    def step(self, name: str, *values: Any) -> None:
        """One step; what is refused has not happened."""
        try:
            getattr(self, f"do_{name}")(*values)
        except Refused:
            return

    def who(self, number: int) -> str:
        return self.people[number]

    def do_join(self, number: int, kind: str, with_resume: bool) -> None:
        who = self.who(number)
        joining = self.join(who, kind=kind, resume=self.resumes.get(who) if with_resume else None)
        self.resumes[who] = joining.resume
        self.ever.add(joining.participant)

    def do_leave(self, number: int) -> None:
        self.call.leave(self.who(number))

    def do_drop(self, number: int) -> None:
        self.call.drop(self.who(number), self.now)

    def do_wait(self, milliseconds: int) -> None:
        self.now += milliseconds
        self.call.advance(self.now)

    def do_publish(self, number: int, medium: Medium, muted: bool) -> None:
        self.publish(self.who(number), medium.value, muted)

    def do_unpublish(self, number: int, medium: Medium) -> None:
        self.call.unpublish(self.who(number), medium)

    def do_mute(self, number: int, medium: Medium, muted: bool, of: int) -> None:
        who = self.who(number)
        self.call.mute(who, medium, muted, self.rights(who), f"p{of}" if of % 2 else None)

    def do_hand(self, number: int, raised: bool, of: int) -> None:
        who = self.who(number)
        self.call.hand(who, raised, self.rights(who), None if raised else f"p{of}")

    def do_watch(self, number: int, of: int) -> None:
        self.call.watch(self.who(number), f"p{of}")

    def do_settled(self, number: int) -> None:
        self.call.settled(self.who(number), self.now)

    def do_hold(self, number: int, medium: Medium, held: bool) -> None:
        self.decided(CallHeld(self.who(number), medium, held))

    def do_hold_pupils(self, medium: Medium, held: bool) -> None:
        self.decided(CallPupilsHeld(medium, held))

    def do_remove(self, number: int, removed: bool) -> None:
        self.decided(CallRemoved(self.who(number), removed))

    def do_teacher(self, present: bool) -> None:
        self.teacher_present = present
        self.changed()

    def do_open(self, is_open: bool) -> None:
        self.project_does("room.set_open", room=CLASS_ROOM, open=is_open)

    def do_lock(self, medium: Medium, locked: bool) -> None:
        self.project_does("room.set_lock", room=CLASS_ROOM, capability=f"publish-{medium.value}", locked=locked)

    def do_capability(self, number: int, medium: Medium, allowed: bool) -> None:
        capability = f"publish-{medium.value}"
        self.project_does("member.set_capability", member=self.who(number), capability=capability, allowed=allowed)

    def do_ban(self, number: int, banned: bool) -> None:
        self.project_does("member.set_room_ban", member=self.who(number), room=CLASS_ROOM, banned=banned)

    def do_take(self) -> None:
        changed = self.call.take_changes()
        for viewer in self.viewers:
            if changed is not None:
                viewer.take(changed)

    def do_look(self) -> None:
        self.viewers.append(Viewer(self.call.view()))

    def project_does(self, tag: str, **fields: Any) -> None:
        self.project.do(CLAIRE, tag, **fields)
        self.changed()


@given(HISTORIES)
def test_nothing_is_sent_that_the_rules_forbid(history: History) -> None:
    """Of nobody who is put out, held, without the right or the teacher, muted, or not in the call."""
    lesson = Class(history)
    for step in history[2]:
        lesson.step(*step)
        members = {each.id: each for each in lesson.call.view().participants}
        for planned in lesson.call.plan():
            seen = members[planned.participant]
            member = lesson.member(seen.member)
            standing = lesson.project.state.standing(seen.member, lesson.teacher_present, CLASS_ROOM)
            assert not lesson.state.is_removed(member)
            on = {track.medium for track in seen.tracks if not track.muted}
            for medium in planned.may_send:
                assert denial(standing, PUBLISH_ACTIONS[medium]) is None
                assert medium not in lesson.state.held_of(member)
                assert medium in on
            allowed = {medium for medium in on if denial(standing, PUBLISH_ACTIONS[medium]) is None}
            assert set(planned.may_send) == allowed - lesson.state.held_of(member), "and nothing less is sent"
            assert planned.large in (None, *members)


@given(HISTORIES)
def test_nothing_is_relayed_out_of_the_call(history: History) -> None:
    """From and to adults who are connected to this call, and only while they have or make connections to each other."""
    lesson = Class(history)
    connections = (*lesson.people, "stranger")
    for step in history[2]:
        lesson.step(*step)
        view = lesson.call.view()
        here = {each.id: each for each in view.participants}
        for sender in connections:
            for to in lesson.ever | {"p0", "stranger"}:
                try:
                    relay = lesson.call.relay_target(sender, to)
                except Refused:
                    continue
                assert relay.sender == lesson.call.participant_of(sender)
                assert relay.connection == lesson.call.connection_of(to)
                assert relay.connection in lesson.call.connections()
                assert relay.connection != sender
                assert lesson.member(here[to].member).is_staff
                assert lesson.member(here[relay.sender].member).is_staff
                assert view.mode is CallMode.MESH or view.settling
        if view.mode is CallMode.MESH:
            assert all(lesson.member(each.member).is_staff for each in view.participants)
            assert len(view.participants) <= history[0]
            assert lesson.call.plan() == ()


@given(HISTORIES)
def test_a_call_is_consistent(history: History) -> None:
    """Connections and participants belong together; hands are of those who are here; nobody is away for ever."""
    lesson = Class(history)
    for step in history[2]:
        lesson.step(*step)
        view = lesson.call.view()
        here = [each.id for each in view.participants]
        assert len(set(here)) == len(here)
        assert set(view.hands) <= set(here)
        connected = [each.id for each in view.participants if not each.away]
        assert sorted(connected) == sorted(str(lesson.call.participant_of(each)) for each in lesson.call.connections())
        for connection in lesson.call.connections():
            assert lesson.call.connection_of(lesson.call.require_participant(connection)) == connection
        assert lesson.call.is_empty is (here == [])
    lesson.step("wait", 1_000_000)
    assert not any(each.away for each in lesson.call.view().participants)
    assert not lesson.call.view().settling


@given(HISTORIES)
def test_every_viewer_sees_the_call(history: History) -> None:
    """Whenever somebody entered the room: what they were told then and since is the call as it is."""
    lesson = Class(history)
    for step in history[2]:
        lesson.step(*step)
    lesson.step("take")
    now = Viewer(lesson.call.view())
    for viewer in lesson.viewers:
        assert viewer.revision == now.revision
        assert viewer.participants == now.participants
        assert viewer.head == now.head or not now.participants


def test_histories_are_worth_it() -> None:
    """The random steps lead to meshes, settling, pauses, holds that bind, departures and forwarded media."""
    seen = dict.fromkeys(("mesh", "settling", "paused", "stopped", "sent", "away", "hands", "resumed"), 0)

    @given(HISTORIES)
    def collect(history: History) -> None:
        lesson = Class(history)
        for step in history[2]:
            lesson.step(*step)
            view = lesson.call.view()
            seen["mesh"] += view.mode is CallMode.MESH and len(view.participants) > 1
            seen["settling"] += view.settling
            seen["paused"] += view.paused and bool(view.participants)
            seen["stopped"] += any(track.stopped for each in view.participants for track in each.tracks)
            seen["sent"] += any(each.may_send for each in lesson.call.plan())
            seen["away"] += any(each.away for each in view.participants)
            seen["hands"] += bool(view.hands)
        seen["resumed"] += lesson.joined > len(lesson.ever)

    collect()
    assert min(seen.values()) >= 5, seen
