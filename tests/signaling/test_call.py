"""`signaling.call`: who is in a call, what they send, and what others are told, with the time passed in."""

from typing import Any

import pytest

from rooms.errors import ErrorCode
from rooms.events import CallHeld, CallPupilsHeld, CallRemoved
from rooms.lesson.model import CallEnding
from rooms.model import Medium
from signaling.call import DEVICES_MAX, PARTICIPANTS_MAX, Joining
from signaling.endings import resume_of
from signaling.messages import Bandwidth, CallAsked, CallMode, ParticipantKind, Quality
from signaling.modes import SETTLING_MS
from tests.rooms.samples import refusal
from tests.signaling.samples import CLAIRE, CLASS_ROOM, GRACE, MAREK, Lesson

AUDIO, VIDEO, SCREEN = Medium


@pytest.fixture
def lesson() -> Lesson:
    return Lesson()


# --- Coming and going ---------------------------------------------------------------------------------


def test_joining(lesson: Lesson) -> None:
    """A participant with the id and the word for coming back that were made for it."""
    assert lesson.call.is_empty
    assert lesson.join(CLAIRE) == Joining("p1", "resume1", resumed=False)
    assert lesson.join(lesson.zoe) == Joining("p2", "resume2", resumed=False)
    assert lesson.here() == ["p1", "p2"]
    assert lesson.call.participant_of(lesson.zoe) == lesson.call.require_participant(lesson.zoe) == "p2"
    assert lesson.call.connection_of("p2") == lesson.zoe
    assert lesson.call.connections() == (CLAIRE, lesson.zoe)
    assert not lesson.call.is_empty


def test_leaving(lesson: Lesson) -> None:
    """At once; who is not in the call leaves nothing."""
    lesson.join(CLAIRE)
    lesson.call.leave("somebody")
    lesson.call.leave(CLAIRE)
    assert lesson.call.is_empty
    assert lesson.call.participant_of(CLAIRE) is None
    assert lesson.call.connection_of("p1") is None


def test_who_may_not_join(lesson: Lesson) -> None:
    """As the permissions say; nobody who was put out; and class cameras are the teachers'."""
    assert refusal(lesson.camera, lesson.zoe) is ErrorCode.TEACHERS_ONLY
    lesson.decided(CallRemoved(lesson.zoe, True))
    assert refusal(lesson.join, lesson.zoe) is ErrorCode.CALL_REMOVED
    lesson.teacher_present = False
    assert refusal(lesson.join, lesson.jan) is ErrorCode.NO_TEACHER_PRESENT
    assert refusal(lesson.join, CLAIRE) is None


def test_how_many(lesson: Lesson) -> None:
    """At most so many; somebody who comes back finds their place."""
    for number in range(PARTICIPANTS_MAX):
        lesson.join(CLAIRE, f"c{number}")
    assert refusal(lesson.join, lesson.zoe) is ErrorCode.TOO_MANY
    assert lesson.join(CLAIRE, "c0", resume="resume1").resumed


def test_how_many_devices_of_a_pupil(lesson: Lesson) -> None:
    """Some; nobody takes the places of others. One that leaves makes room, one that comes back has it."""
    for number in range(DEVICES_MAX):
        lesson.join(lesson.zoe, f"z{number}")
    assert refusal(lesson.join, lesson.zoe, "another") is ErrorCode.TOO_MANY
    assert lesson.join(lesson.zoe, "another", resume="resume1").resumed
    lesson.call.leave("z1")
    lesson.join(lesson.zoe, "one more")
    for number in range(DEVICES_MAX + 1):
        lesson.join(CLAIRE, f"c{number}")


def test_several_devices(lesson: Lesson) -> None:
    """A teacher and the camera of the class are two participants, of one member."""
    lesson.join(CLAIRE)
    lesson.camera(CLAIRE)
    views = lesson.call.view().participants
    assert [(each.member, each.kind) for each in views] == [
        (CLAIRE, ParticipantKind.PERSON),
        (CLAIRE, ParticipantKind.CLASS_CAMERA),
    ]


def test_joining_twice_is_joining_once(lesson: Lesson) -> None:
    """From the same connection, as after an answer that was lost; as something else, one is something else."""
    lesson.join(CLAIRE)
    assert lesson.join(CLAIRE) == Joining("p1", "resume1", resumed=True)
    assert lesson.join(CLAIRE, kind="class-camera").participant == "p3"
    assert lesson.here() == ["p3"]


# --- The end for everybody ------------------------------------------------------------------------------


def test_the_end_for_everybody(lesson: Lesson) -> None:
    """All who are in it go, teachers and those who dropped too, and whoever comes then is in a new call."""
    for member in (CLAIRE, lesson.zoe, lesson.jan):
        lesson.join(member)
    lesson.call.hand(lesson.zoe, True, lesson.rights(lesson.zoe))
    lesson.call.drop(lesson.jan, lesson.now)
    lesson.ending = CallEnding(1, CLAIRE)
    assert lesson.changed() == dict.fromkeys(("p1", "p2", "p3"), ErrorCode.CALL_ENDED)
    assert lesson.call.is_empty
    assert lesson.call.plan() == ()
    lesson.join(lesson.zoe)
    assert lesson.changed() == {}
    assert lesson.here() == ["p4"]
    assert lesson.call.view().hands == ()


def test_the_end_and_a_closed_room(lesson: Lesson) -> None:
    """Both at once, as when a lesson ends: pupils are told of the end, as the others are."""
    lesson.join(lesson.zoe)
    lesson.project.do(CLAIRE, "room.set_open", room=CLASS_ROOM, open=False)
    lesson.ending = CallEnding(1, CLAIRE)
    assert lesson.changed() == {"p1": ErrorCode.CALL_ENDED}


def test_coming_back_after_the_end(lesson: Lesson) -> None:
    """Who was in the call that was ended does not begin another one by coming back; by joining anew they do."""
    resume = resume_of(lesson.ending, "resume1")
    lesson.ending = CallEnding(2, CLAIRE)
    assert refusal(lesson.join, lesson.zoe, resume=resume) is ErrorCode.CALL_ENDED
    assert lesson.call.is_empty
    assert not lesson.join(lesson.zoe, resume=resume_of(lesson.ending, "lost")).resumed


# --- Dropped connections ------------------------------------------------------------------------------


def test_away_for_a_while(lesson: Lesson) -> None:
    """A dropped connection is away for the grace time, its media goes on; then it has left."""
    lesson.join(CLAIRE)
    lesson.join(lesson.zoe)
    lesson.publish(lesson.zoe)
    lesson.call.drop(lesson.zoe, 100)
    assert [each.away for each in lesson.call.view().participants] == [False, True]
    assert lesson.may_send("p2") == {"audio"}
    assert lesson.call.connections() == (CLAIRE,)
    lesson.call.advance(100 + GRACE - 1)
    assert lesson.here() == ["p1", "p2"]
    lesson.call.advance(100 + GRACE)
    assert lesson.here() == ["p1"]


def test_coming_back(lesson: Lesson) -> None:
    """With the word that was given: the same participant with all it had, on the new connection."""
    lesson.join(CLAIRE)
    lesson.join(lesson.zoe)
    lesson.publish(lesson.zoe)
    lesson.call.hand(lesson.zoe, True, lesson.rights(lesson.zoe))
    lesson.call.drop(lesson.zoe, 100)
    assert lesson.join(lesson.zoe, "new", resume="resume2") == Joining("p2", "resume2", resumed=True)
    lesson.call.advance(100 + GRACE)
    assert lesson.call.participant_of("new") == "p2"
    assert lesson.call.view().hands == ("p2",)
    assert lesson.may_send("p2") == {"audio"}
    assert not lesson.call.view().participants[1].away


def test_going_on_in_another_window(lesson: Lesson) -> None:
    """Takes the call from a connection that is still there: that one is to be told."""
    lesson.join(lesson.zoe)
    assert lesson.join(lesson.zoe, "new", resume="resume1").replaced == lesson.zoe
    assert refusal(lesson.call.unpublish, lesson.zoe, AUDIO) is ErrorCode.NOT_IN_CALL
    assert lesson.here() == ["p1"]


def test_a_word_is_good_for_its_member_only(lesson: Lesson) -> None:
    """And for what it was given for; others come as somebody new."""
    lesson.join(lesson.zoe)
    assert lesson.join(lesson.jan, resume="resume1") == Joining("p2", "resume2", resumed=False)
    assert lesson.call.participant_of(lesson.zoe) == "p1"


def test_from_one_participant_to_another(lesson: Lesson) -> None:
    """A connection that takes over what another had is no longer what it was."""
    lesson.join(CLAIRE, "c1")
    lesson.join(CLAIRE, "c2")
    assert lesson.join(CLAIRE, "c1", resume="resume2") == Joining("p2", "resume2", True, replaced="c2")
    assert lesson.here() == ["p2"]
    assert lesson.call.connections() == ("c1",)


def test_coming_anew(lesson: Lesson) -> None:
    """Without the word, as after a reload: nobody is seen twice, once away."""
    lesson.join(lesson.zoe)
    lesson.call.drop(lesson.zoe, 0)
    assert lesson.join(lesson.zoe, "new") == Joining("p2", "resume2", resumed=False)
    assert lesson.here() == ["p2"]


def test_coming_back_while_no_teacher_is_here(lesson: Lesson) -> None:
    """As those stay who did not drop; but somebody who was put out stays out."""
    lesson.join(lesson.zoe)
    lesson.call.drop(lesson.zoe, 0)
    lesson.teacher_present = False
    lesson.changed()
    assert lesson.join(lesson.zoe, "new", resume="resume1").resumed
    assert lesson.call.view().paused
    lesson.call.drop("new", 0)
    lesson.state = lesson.rules.apply(lesson.state, event(CallRemoved(lesson.zoe, True)))
    assert refusal(lesson.join, lesson.zoe, "newer", resume="resume1") is ErrorCode.CALL_REMOVED


def event(body: Any) -> Any:
    from rooms.stream import Event

    return Event("call:hall", 1, 1, CLAIRE, None, body)


# --- Tracks -------------------------------------------------------------------------------------------


def test_publishing(lesson: Lesson) -> None:
    """What is published is planned for the engine, as long as it is not muted or taken back."""
    lesson.join(lesson.zoe)
    lesson.publish(lesson.zoe)
    lesson.publish(lesson.zoe, "video", muted=True)
    assert lesson.tracks("p1") == {"audio": "on", "video": "muted"}
    assert lesson.may_send("p1") == {"audio"}
    lesson.call.mute(lesson.zoe, VIDEO, False, lesson.rights(lesson.zoe))
    assert lesson.may_send("p1") == {"audio", "video"}
    lesson.call.mute(lesson.zoe, AUDIO, True, lesson.rights(lesson.zoe), of="p1")
    lesson.call.unpublish(lesson.zoe, VIDEO)
    lesson.call.unpublish(lesson.zoe, SCREEN)
    assert lesson.tracks("p1") == {"audio": "muted"}
    assert lesson.may_send("p1") == set()


def test_who_may_not_publish(lesson: Lesson) -> None:
    """As the permissions say, at this moment, whatever the call was told before."""
    lesson.join(lesson.zoe)
    assert refusal(lesson.publish, lesson.zoe, "screen") is ErrorCode.CAPABILITY_OFF
    lesson.project.do(CLAIRE, "room.set_lock", room=CLASS_ROOM, capability="publish-audio", locked=True)
    assert refusal(lesson.publish, lesson.zoe) is ErrorCode.ROOM_LOCKED
    assert lesson.tracks("p1") == {}


def test_muting_what_is_not_published(lesson: Lesson) -> None:
    """Is so already; unmuting it makes no sense."""
    lesson.join(lesson.zoe)
    rights = lesson.rights(lesson.zoe)
    assert refusal(lesson.call.mute, lesson.zoe, AUDIO, True, rights) is None
    assert refusal(lesson.call.mute, lesson.zoe, AUDIO, False, rights) is ErrorCode.INVALID
    assert lesson.tracks("p1") == {}


def test_teachers_mute_others(lesson: Lesson) -> None:
    """Once, teachers too, who switch it on themselves again; nobody unmutes others."""
    for who in (CLAIRE, MAREK, lesson.zoe):
        lesson.join(who)
    lesson.publish(MAREK)
    claire = lesson.rights(CLAIRE)
    lesson.call.mute(CLAIRE, AUDIO, True, claire, of="p2")
    lesson.call.mute(CLAIRE, VIDEO, True, claire, of="p2")
    assert lesson.tracks("p2") == {"audio": "muted"}
    assert refusal(lesson.call.mute, CLAIRE, AUDIO, False, claire, of="p2") is ErrorCode.INVALID
    assert refusal(lesson.call.mute, CLAIRE, AUDIO, True, claire, of="p9") is ErrorCode.UNKNOWN_PARTICIPANT
    zoe = lesson.rights(lesson.zoe)
    assert refusal(lesson.call.mute, lesson.zoe, AUDIO, True, zoe, of="p2") is ErrorCode.TEACHERS_ONLY
    lesson.call.mute(MAREK, AUDIO, False, lesson.rights(MAREK))
    assert lesson.may_send("p2") == {"audio"}


# --- The rules of the moment --------------------------------------------------------------------------


def test_holding(lesson: Lesson) -> None:
    """Stops one pupil's medium at once, and everybody's but teachers'."""
    for who in (CLAIRE, lesson.zoe, lesson.jan):
        lesson.join(who)
        lesson.publish(who)
    assert lesson.decided(CallHeld(lesson.zoe, AUDIO, True)) == {}
    assert [lesson.may_send(each) for each in ("p1", "p2", "p3")] == [{"audio"}, set(), {"audio"}]
    assert lesson.tracks("p2") == {"audio": "muted stopped"}
    assert refusal(lesson.publish, lesson.zoe) is ErrorCode.CALL_HELD
    lesson.decided(CallPupilsHeld(AUDIO, True))
    assert [lesson.may_send(each) for each in ("p1", "p2", "p3")] == [{"audio"}, set(), set()]
    view = lesson.call.view()
    assert view.pupils_held == (AUDIO,)
    assert [each.held for each in view.participants] == [(), (AUDIO,), (AUDIO,)]


def test_who_comes_while_all_are_held(lesson: Lesson) -> None:
    """Is held, too; let go alone, they may speak."""
    lesson.join(CLAIRE)
    lesson.decided(CallPupilsHeld(AUDIO, True))
    lesson.join(lesson.zoe)
    assert refusal(lesson.publish, lesson.zoe) is ErrorCode.CALL_HELD
    lesson.decided(CallHeld(lesson.zoe, AUDIO, False))
    lesson.publish(lesson.zoe)
    assert lesson.may_send("p2") == {"audio"}


def test_putting_out(lesson: Lesson) -> None:
    """Every device of a pupil, those that are away as well."""
    lesson.join(lesson.zoe)
    lesson.join(lesson.zoe, "second")
    lesson.join(lesson.jan)
    lesson.call.drop("second", 0)
    lesson.state = lesson.rules.apply(lesson.state, event(CallRemoved(lesson.zoe, True)))
    departures = lesson.call.set_rules(lesson.rights, lesson.state, paused=False)
    assert [tuple(each) for each in departures] == [
        ("p1", lesson.zoe, ErrorCode.CALL_REMOVED),
        ("p2", None, ErrorCode.CALL_REMOVED),
    ]
    assert lesson.here() == ["p3"]


def test_no_teacher(lesson: Lesson) -> None:
    """Everybody stays and nothing of theirs is forwarded; it comes back by itself."""
    lesson.join(lesson.zoe)
    lesson.publish(lesson.zoe)
    lesson.teacher_present = False
    assert lesson.changed() == {}
    assert lesson.call.view().paused
    assert lesson.may_send("p1") == set()
    assert refusal(lesson.call.hand, lesson.zoe, True, lesson.rights(lesson.zoe)) is ErrorCode.NO_TEACHER_PRESENT
    lesson.teacher_present = True
    lesson.changed()
    assert not lesson.call.view().paused
    assert lesson.may_send("p1") == {"audio"}


def test_a_teacher_who_joins_ends_the_pause(lesson: Lesson) -> None:
    """In what the call says of itself, at once."""
    lesson.join(lesson.zoe)
    lesson.teacher_present = False
    lesson.changed()
    lesson.join(CLAIRE)
    assert not lesson.call.view().paused


@pytest.mark.parametrize(
    ("tag", "fields", "code"),
    [
        ("room.set_open", {"open": False}, ErrorCode.ROOM_CLOSED),
        ("member.set_room_ban", {"member": "zoe", "banned": True}, ErrorCode.ROOM_BANNED),
        ("member.remove", {"member": "zoe"}, ErrorCode.NOT_A_MEMBER),
    ],
)
def test_who_must_go(lesson: Lesson, tag: str, fields: dict[str, Any], code: ErrorCode) -> None:
    """Pupils, when they may not be in this call any more for a reason that does not pass by itself."""
    lesson.join(CLAIRE)
    lesson.join(lesson.zoe)
    named = {**fields, "member": lesson.zoe} if "member" in fields else fields
    room = {} if tag == "member.remove" else {"room": CLASS_ROOM}
    lesson.project.do(CLAIRE, tag, **named, **room)
    assert lesson.changed() == {"p2": code}
    assert lesson.here() == ["p1"]


def test_archived_projects_have_no_calls(lesson: Lesson) -> None:
    """Teachers go, too, with their cameras."""
    lesson.join(CLAIRE)
    lesson.camera()
    lesson.project.do(None, "project.set_phase", phase="archived")
    assert lesson.changed() == dict.fromkeys(("p1", "p2"), ErrorCode.PROJECT_ARCHIVED)
    assert lesson.call.is_empty


# --- Hands, wishes and what one takes -----------------------------------------------------------------


def test_hands(lesson: Lesson) -> None:
    """In turns between the classes; lowered by oneself or a teacher; gone with who leaves."""
    for who in (CLAIRE, lesson.zoe, lesson.leo, lesson.jan):
        lesson.join(who)
    for who in (lesson.zoe, lesson.leo, lesson.jan):
        lesson.call.hand(who, True, lesson.rights(who))
    assert lesson.call.view().hands == ("p2", "p4", "p3")
    lesson.call.hand(CLAIRE, False, lesson.rights(CLAIRE), of="p2")
    assert lesson.call.view().hands == ("p4", "p3")
    lesson.call.hand(lesson.jan, False, lesson.rights(lesson.jan))
    lesson.call.leave(lesson.leo)
    assert lesson.call.view().hands == ()


def test_hands_of_others(lesson: Lesson) -> None:
    """Are lowered by teachers only, and raised by nobody."""
    for who in (CLAIRE, lesson.zoe, lesson.jan):
        lesson.join(who)
    zoe, claire = lesson.rights(lesson.zoe), lesson.rights(CLAIRE)
    assert refusal(lesson.call.hand, lesson.zoe, False, zoe, of="p3") is ErrorCode.TEACHERS_ONLY
    assert refusal(lesson.call.hand, CLAIRE, True, claire, of="p3") is ErrorCode.INVALID
    assert refusal(lesson.call.hand, CLAIRE, False, claire, of="p9") is ErrorCode.UNKNOWN_PARTICIPANT


def test_asking(lesson: Lesson) -> None:
    """A teacher's wish goes to the one who is asked, when they can be reached."""
    lesson.join(CLAIRE)
    lesson.join(lesson.zoe)
    claire, zoe = lesson.rights(CLAIRE), lesson.rights(lesson.zoe)
    assert lesson.call.ask(CLAIRE, "p2", VIDEO, claire) == (lesson.zoe, CallAsked(CLASS_ROOM, VIDEO, "p1"))
    assert refusal(lesson.call.ask, lesson.zoe, "p1", AUDIO, zoe) is ErrorCode.TEACHERS_ONLY
    lesson.call.drop(lesson.zoe, 0)
    assert refusal(lesson.call.ask, CLAIRE, "p2", AUDIO, claire) is ErrorCode.UNKNOWN_PARTICIPANT


def test_bandwidth_and_quality(lesson: Lesson) -> None:
    """Are seen by the others; the engine is told of the first."""
    lesson.join(lesson.zoe)
    lesson.call.set_bandwidth(lesson.zoe, Bandwidth.AUDIO_ONLY, automatic=True)
    lesson.call.report_quality(lesson.zoe, Quality.POOR)
    (view,) = lesson.call.view().participants
    assert (view.bandwidth, view.automatic, view.quality) == (Bandwidth.AUDIO_ONLY, True, Quality.POOR)
    assert lesson.call.plan()[0].bandwidth is Bandwidth.AUDIO_ONLY


def test_watching(lesson: Lesson) -> None:
    """Somebody else of this call, until they leave."""
    lesson.join(lesson.zoe)
    lesson.join(lesson.jan)
    lesson.call.watch(lesson.zoe, "p2")
    assert [each.large for each in lesson.call.plan()] == ["p2", None]
    assert refusal(lesson.call.watch, lesson.zoe, "p9") is ErrorCode.UNKNOWN_PARTICIPANT
    lesson.call.watch(lesson.jan, "p2")
    assert lesson.call.plan()[1].large is None
    lesson.call.leave(lesson.jan)
    assert lesson.call.plan()[0].large is None
    lesson.call.watch(lesson.zoe, None)


def test_plan(lesson: Lesson) -> None:
    """Everybody, with what they are: class cameras are for the engine to know."""
    lesson.join(lesson.zoe)
    lesson.camera()
    assert [(each.participant, each.kind) for each in lesson.call.plan()] == [
        ("p1", ParticipantKind.PERSON),
        ("p2", ParticipantKind.CLASS_CAMERA),
    ]


def test_from_outside(lesson: Lesson) -> None:
    """Whatever one asks for without being in the call."""
    call, rights = lesson.call, lesson.rights(CLAIRE)
    lesson.join(lesson.zoe)
    for asked in (
        lambda: call.publish(CLAIRE, AUDIO, False, rights),
        lambda: call.unpublish(CLAIRE, AUDIO),
        lambda: call.mute(CLAIRE, AUDIO, True, rights, of="p1"),
        lambda: call.ask(CLAIRE, "p1", AUDIO, rights),
        lambda: call.hand(CLAIRE, True, rights),
        lambda: call.set_bandwidth(CLAIRE, Bandwidth.FULL, False),
        lambda: call.report_quality(CLAIRE, Quality.GOOD),
        lambda: call.watch(CLAIRE, "p1"),
        lambda: call.settled(CLAIRE, 0),
        lambda: call.relay_target(CLAIRE, "p1"),
        lambda: call.require_participant(CLAIRE),
    ):
        assert refusal(asked) is ErrorCode.NOT_IN_CALL


# --- Mesh and sfu -------------------------------------------------------------------------------------


def test_two_teachers(lesson: Lesson) -> None:
    """Send to each other: what is relayed says who sends it; the engine has nothing to do."""
    lesson.join(CLAIRE)
    lesson.camera(MAREK)
    assert lesson.call.mode is CallMode.MESH
    assert lesson.call.plan() == ()
    assert lesson.call.relay_target(CLAIRE, "p2") == ("p1", "camera of marek")
    for to in ("p1", "p9", MAREK):
        assert refusal(lesson.call.relay_target, CLAIRE, to) is ErrorCode.UNKNOWN_PARTICIPANT
    lesson.call.drop("camera of marek", 0)
    assert refusal(lesson.call.relay_target, CLAIRE, "p2") is ErrorCode.UNKNOWN_PARTICIPANT


def test_a_pupil_comes_to_two_teachers(lesson: Lesson) -> None:
    """To the server, from now on: planned at once; those two keep what they have until all have settled."""
    lesson.join(CLAIRE)
    lesson.join(MAREK)
    lesson.publish(CLAIRE)
    lesson.join(lesson.zoe)
    assert (lesson.call.view().mode, lesson.call.view().settling) == (CallMode.SFU, True)
    assert lesson.may_send("p1") == {"audio"}
    assert lesson.call.relay_target(CLAIRE, "p2").connection == MAREK
    assert refusal(lesson.call.relay_target, CLAIRE, "p3") is ErrorCode.UNKNOWN_PARTICIPANT
    for who in (CLAIRE, MAREK):
        lesson.call.settled(who, 1)
    assert lesson.call.view().settling
    lesson.call.drop(lesson.zoe, 1)
    assert not lesson.call.view().settling


def test_no_direct_way(lesson: Lesson) -> None:
    """A teacher whose network lets nobody through has the call go by the server; who is not in it may not ask."""
    lesson.join(CLAIRE)
    lesson.join(MAREK)
    lesson.publish(CLAIRE)
    assert refusal(lesson.call.use_server, lesson.zoe, 1) is ErrorCode.NOT_IN_CALL
    lesson.call.use_server(MAREK, 1)
    assert lesson.call.view().mode is CallMode.SFU
    assert lesson.may_send("p1") == {"audio"}


def test_settling_by_time(lesson: Lesson) -> None:
    """Not for ever."""
    for who in (CLAIRE, MAREK, lesson.zoe):
        lesson.join(who)
    lesson.call.advance(SETTLING_MS)
    assert not lesson.call.view().settling
    assert refusal(lesson.call.relay_target, CLAIRE, "p2") is ErrorCode.UNKNOWN_PARTICIPANT


def test_settling_ends_with_who_leaves(lesson: Lesson) -> None:
    """One alone has nobody to keep a connection to."""
    for who in (CLAIRE, MAREK, lesson.zoe):
        lesson.join(who)
    lesson.call.leave(MAREK)
    lesson.call.advance(1)
    assert not lesson.call.view().settling


def test_pupils_are_never_in_a_mesh(lesson: Lesson) -> None:
    """Though there be two of them."""
    lesson.join(lesson.zoe)
    lesson.join(CLAIRE)
    assert lesson.call.mode is CallMode.SFU
    assert refusal(lesson.call.relay_target, CLAIRE, "p1") is ErrorCode.UNKNOWN_PARTICIPANT


# --- What others are told -----------------------------------------------------------------------------


def test_changes(lesson: Lesson) -> None:
    """What is new since the last time, and nothing twice."""
    assert lesson.call.take_changes() is None
    lesson.join(lesson.zoe)
    first = lesson.call.take_changes()
    assert first is not None
    assert [each.id for each in first.changed] == ["p1"]
    assert lesson.call.take_changes() is None
    lesson.publish(lesson.zoe)
    second = lesson.call.take_changes()
    assert second is not None
    assert (second.room, second.revision, len(second.changed)) == (CLASS_ROOM, 2, 1)
    lesson.call.leave(lesson.zoe)
    last = lesson.call.take_changes()
    assert last is not None
    assert last.left == ("p1",)
