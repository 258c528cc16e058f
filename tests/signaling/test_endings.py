"""`signaling.endings`: who ends a call for everybody, and how those are known who were in it."""

import pytest

from rooms.errors import ErrorCode
from rooms.events import CallEnded
from rooms.lesson.model import NEVER_ENDED, CallEnding
from signaling.endings import decide, is_of_ended_call, resume_of
from signaling.messages import CallEnd
from tests.rooms.samples import CLAIRE, CLASS_ROOM, STAFF_ROOM, LiveProject, refusal


def test_who_ends_it() -> None:
    """Teachers, in the staff room and in a closed room too; the event says who."""
    live = LiveProject()
    zoe = live.add("pupil", "fr")
    for room in (CLASS_ROOM, STAFF_ROOM):
        command = CallEnd("nonce-0001", room)
        decision = decide(live.state.standing(CLAIRE, False, room), command)
        assert decision.bodies == (CallEnded(room, CLAIRE),)
        assert decide(live.state.standing(None, False, room), command).bodies == (CallEnded(room, None),)
    live.do(CLAIRE, "room.set_open", room=CLASS_ROOM, open=True)
    asked = live.state.standing(zoe, True, CLASS_ROOM)
    assert refusal(decide, asked, CallEnd("nonce-0001", CLASS_ROOM)) is ErrorCode.TEACHERS_ONLY


@pytest.mark.parametrize(
    ("resume", "is_over"),
    [
        (resume_of(CallEnding(1, CLAIRE), "s-e_c"), True),
        (resume_of(NEVER_ENDED, "secret"), True),
        (resume_of(CallEnding(2, CLAIRE), "secret"), False),
        (resume_of(CallEnding(3, CLAIRE), "secret"), False),
        (None, False),
        ("", False),
        ("from-an-older-server", False),
        ("x.secret", False),
        ("-1.secret", False),
        (".secret", False),
        ("1", False),
    ],
)
def test_coming_back(resume: str | None, is_over: bool) -> None:
    """Only a word of before the end is of a call that is over; what is no word of ours is none."""
    assert is_of_ended_call(resume, CallEnding(2, CLAIRE)) is is_over
