"""`signaling.rights`: what the permissions say about one member in one call. The rules: `tests/rooms`."""

import pytest

from rooms.errors import ErrorCode
from rooms.model import Medium
from rooms.permissions import Action, denial
from signaling.rights import media_rights
from tests.signaling.samples import CLAIRE, CLASS_ROOM, Lesson


def test_teachers_may() -> None:
    """Everything, and with nobody else there, too."""
    lesson = Lesson()
    rights = media_rights(lesson.project.state.standing(CLAIRE, False, CLASS_ROOM))
    assert rights.join is rights.join_as_class_camera is rights.raise_hand is rights.moderate is None
    assert rights.publish == dict.fromkeys(Medium)


@pytest.mark.parametrize("present", [True, False])
@pytest.mark.parametrize("is_open", [True, False])
def test_each_right_is_its_action(present: bool, is_open: bool) -> None:
    """No right is asked for by the name of another."""
    lesson = Lesson()
    lesson.project.do(CLAIRE, "room.set_open", room=CLASS_ROOM, open=is_open)
    lesson.project.do(CLAIRE, "room.set_lock", room=CLASS_ROOM, capability="publish-video", locked=True)
    for member in (CLAIRE, lesson.zoe, lesson.visitor):
        standing = lesson.project.state.standing(member, present, CLASS_ROOM)
        rights = media_rights(standing)
        assert rights.join is denial(standing, Action.JOIN_CALL)
        assert rights.join_as_class_camera is denial(standing, Action.JOIN_AS_CLASS_CAMERA)
        assert rights.raise_hand is denial(standing, Action.RAISE_HAND)
        assert rights.moderate is denial(standing, Action.MODERATE_CALL)
        for medium in Medium:
            assert rights.publish[medium] is denial(standing, Action(f"publish_{medium.value}"))


def test_a_pupil_in_a_locked_room() -> None:
    """Sound yes, picture no, and a hand to ask with."""
    lesson = Lesson()
    lesson.project.do(CLAIRE, "room.set_lock", room=CLASS_ROOM, capability="publish-video", locked=True)
    rights = lesson.rights(lesson.zoe)
    assert rights.publish == {
        Medium.AUDIO: None,
        Medium.VIDEO: ErrorCode.ROOM_LOCKED,
        Medium.SCREEN: ErrorCode.CAPABILITY_OFF,
    }
    assert rights.join is rights.raise_hand is None
    assert rights.moderate is ErrorCode.TEACHERS_ONLY
