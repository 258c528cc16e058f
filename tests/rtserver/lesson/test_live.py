"""What a live project remembers of its lesson."""

from rtserver.lesson.live import ATTENTION_INTERVAL_MS, PROGRESS_INTERVAL_MS, LiveLesson

NOON = 1_767_700_800_000


def test_attention() -> None:
    """Not more than one in three seconds; a clock that was set back keeps nobody waiting."""
    lesson = LiveLesson()
    assert lesson.may_call(NOON)
    lesson.called(NOON)
    assert not lesson.may_call(NOON + ATTENTION_INTERVAL_MS - 1)
    assert lesson.may_call(NOON + ATTENTION_INTERVAL_MS)
    assert lesson.may_call(NOON - 1)


def test_progress() -> None:
    """Each poll in which somebody has voted, at most once a second, and what came meanwhile afterwards."""
    lesson = LiveLesson()
    assert lesson.take_due(NOON) == set()
    lesson.voted("q1")
    lesson.voted("q1")
    assert lesson.has_votes
    assert lesson.take_due(NOON) == {"q1"}
    assert not lesson.has_votes
    lesson.voted("q2")
    assert lesson.take_due(NOON + PROGRESS_INTERVAL_MS - 1) == set()
    assert lesson.take_due(NOON + PROGRESS_INTERVAL_MS) == {"q2"}
    assert lesson.take_due(NOON + 2 * PROGRESS_INTERVAL_MS) == set()
