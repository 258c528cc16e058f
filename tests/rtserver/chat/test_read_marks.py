"""The marks of a room at hand: when they are told, and to whom. `tests.contract.test_read_marks` has the disk."""

from rooms.chat.model import ReadMark
from rtserver.chat.read_marks import TELL_INTERVAL_MS, Due, RoomMarks

NOON = 1_767_700_800_000


def everybody(_member: str) -> bool:
    return True


def test_marks_move_forward_only() -> None:
    """One a member."""
    marks = RoomMarks({"m1": 3})
    assert [marks.read("m1", 2), marks.read("m1", 3), marks.read("m1", 5), marks.read("m2", 1)] == [
        False,
        False,
        True,
        True,
    ]
    assert marks.view(everybody) == (ReadMark("m1", 5), ReadMark("m2", 1))
    marks.forget("m1")
    assert marks.view(everybody) == (ReadMark("m2", 1),)


def test_told_once_a_second() -> None:
    """The first at once, and what came meanwhile together."""
    marks = RoomMarks({"m9": 1})
    assert marks.take_due(NOON, everybody, is_elsewhere=False) is None
    marks.read("m1", 1)
    assert marks.take_due(NOON, everybody, is_elsewhere=False) == Due((ReadMark("m1", 1),), ())
    marks.read("m1", 2)
    marks.read("m2", 2)
    marks.read("m1", 3)
    assert marks.take_due(NOON + TELL_INTERVAL_MS - 1, everybody, is_elsewhere=False) is None
    due = marks.take_due(NOON + TELL_INTERVAL_MS, everybody, is_elsewhere=False)
    assert due == Due((ReadMark("m1", 3), ReadMark("m2", 2)), ())
    assert marks.take_due(NOON + 9 * TELL_INTERVAL_MS, everybody, is_elsewhere=False) is None


def test_a_clock_that_is_set_back() -> None:
    """Nobody waits for it to catch up."""
    marks = RoomMarks()
    marks.read("m1", 1)
    assert marks.take_due(NOON, everybody, is_elsewhere=False) is not None
    marks.read("m1", 2)
    assert marks.take_due(NOON - 3_600_000, everybody, is_elsewhere=False) is not None


def test_those_that_do_not_count() -> None:
    """Are told to nobody."""
    marks = RoomMarks({"m1": 1, "m2": 1})
    marks.read("m1", 2)
    marks.read("m2", 2)
    assert marks.view(lambda member: member == "m2") == (ReadMark("m2", 2),)
    due = marks.take_due(NOON, lambda member: member == "m2", is_elsewhere=True)
    assert due == Due((ReadMark("m2", 2),), (ReadMark("m2", 2),))


def test_other_nodes() -> None:
    """They are told all when they come, then what moves here; what they told is not told back to them."""
    marks = RoomMarks({"m1": 3})
    assert marks.take_due(NOON, everybody, is_elsewhere=True) == Due((), (ReadMark("m1", 3),))
    marks.hear([ReadMark("m2", 4), ReadMark("m1", 1)])
    later = NOON + TELL_INTERVAL_MS
    assert marks.take_due(later, everybody, is_elsewhere=True) == Due((ReadMark("m2", 4),), ())
    marks.read("m1", 5)
    later += TELL_INTERVAL_MS
    assert marks.take_due(later, everybody, is_elsewhere=True) == Due((ReadMark("m1", 5),), (ReadMark("m1", 5),))
    later += TELL_INTERVAL_MS
    assert marks.take_due(later, everybody, is_elsewhere=False) is None
    later += TELL_INTERVAL_MS
    everything = (ReadMark("m1", 5), ReadMark("m2", 4))
    assert marks.take_due(later, everybody, is_elsewhere=True) == Due((), everything)
