"""Who is asked to look at a board that a teacher shows: whoever comes later, once, while it goes on."""

from rooms.lesson.messages import Attention, Part
from rtserver.boards.showing import SHOWING_EXPIRES_MS, Showings

NOON = 1_750_000_000_000
HALL, STAFF_ROOM = "r_hall", "r_staff"


def shown(*here: str) -> Showings:
    """Claire shows the board of the hall since noon, to those who are there."""
    showings = Showings()
    assert not showings.goes_on(HALL, "claire", NOON)
    showings.begin(HALL, "claire", HALL, here, NOON)
    return showings


def test_who_comes_later() -> None:
    """Is asked once; those who were there, and the teacher herself, are not."""
    showings = shown("ewa")
    asked = Attention(HALL, Part.BOARD, "claire", HALL)
    assert showings.take_unasked(HALL, "leo", NOON) == asked
    for member in ("leo", "ewa", "claire"):
        assert showings.take_unasked(HALL, member, NOON) is None


def test_another_room() -> None:
    """Whoever comes into it is asked nothing, and is asked when they come here."""
    showings = shown()
    assert showings.take_unasked(STAFF_ROOM, "leo", NOON) is None
    assert showings.take_unasked(HALL, "leo", NOON) is not None


def test_it_goes_on() -> None:
    """As long as it is said; nobody is asked twice."""
    showings = shown("ewa")
    for second in range(1, 10):
        assert showings.goes_on(HALL, "claire", NOON + second * 1_000)
    late = NOON + 9_000 + SHOWING_EXPIRES_MS - 1
    assert showings.take_unasked(HALL, "leo", late) is not None
    assert showings.take_unasked(HALL, "ewa", late) is None


def test_it_is_over() -> None:
    """Without a word for some seconds: nobody is asked any more, and the next one asks anew."""
    showings = shown("ewa")
    over = NOON + SHOWING_EXPIRES_MS
    assert showings.take_unasked(HALL, "leo", over) is None
    assert not showings.goes_on(HALL, "claire", over)
    showings.begin(HALL, "claire", HALL, (), over)
    assert showings.take_unasked(HALL, "ewa", over) is not None


def test_two_at_once() -> None:
    """The board that was begun last; the other one is not asked for a moment later."""
    showings = shown()
    showings.begin("b_second", "jan", HALL, (), NOON)
    assert showings.take_unasked(HALL, "leo", NOON) == Attention(HALL, Part.BOARD, "jan", "b_second")
    assert showings.take_unasked(HALL, "leo", NOON) is None
