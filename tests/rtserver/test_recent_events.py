"""The newest events of a stream in memory."""

import pytest

from rooms.board.model import BoardElement
from rooms.events import BoardChanged, BoardHidden, ChatDeleted, ChatEdited, ChatPosted
from rooms.stream import Event
from rtserver import recent_events
from rtserver.boards.weights import event_bytes
from rtserver.recent_events import RecentEvents
from tests.rooms.board import drawing


def posted(seq: int, text: str = "hello") -> Event:
    return Event("room:r1", seq, 1, "anna", None, ChatPosted(text))


def holding(*seqs: int) -> RecentEvents:
    recent = RecentEvents()
    recent.reset(seqs[0] - 1)
    for seq in seqs:
        recent.add(posted(seq))
    return recent


def seqs_after(recent: RecentEvents, seq: int) -> list[int] | None:
    events = recent.after(seq)
    return None if events is None else [event.seq for event in events]


def test_after() -> None:
    """What is newer, without a gap, or nothing at all."""
    recent = holding(5, 6, 7)
    assert [seqs_after(recent, seq) for seq in (3, 4, 6, 7)] == [None, [5, 6, 7], [7], []]


def test_empty() -> None:
    """Of an empty stream nothing was missed; of one that was just loaded all that came before."""
    recent = RecentEvents()
    assert recent.after(0) == []
    recent.reset(9)
    assert (recent.after(8), recent.after(9)) == (None, [])


def test_bounded_in_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes."""
    monkeypatch.setattr(recent_events, "RECENT_EVENTS_MAX", 3)
    recent = holding(1, 2, 3, 4, 5)
    assert (seqs_after(recent, 1), seqs_after(recent, 2)) == (None, [3, 4, 5])


def test_bounded_in_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few long texts push out many short ones; one that is too long for itself is not kept either."""
    monkeypatch.setattr(recent_events, "RECENT_CHARACTERS_MAX", 20)
    recent = holding(1, 2, 3)
    recent.add(posted(4, "x" * 12))
    assert (seqs_after(recent, 1), seqs_after(recent, 2)) == (None, [3, 4])
    recent.add(posted(5, "x" * 21))
    assert (seqs_after(recent, 4), seqs_after(recent, 5)) == (None, [])
    recent.add(posted(6, "x" * 20))
    assert seqs_after(recent, 5) == [6]


def test_a_deletion_empties_it() -> None:
    """Nothing from before it is told from here: the log has blanked what was withdrawn."""
    recent = holding(1, 2)
    recent.add(Event("room:r1", 3, 1, "anna", None, ChatDeleted(1)))
    recent.add(Event("room:r1", 4, 1, "anna", None, ChatEdited(2, "x")))
    assert [seqs_after(recent, seq) for seq in (0, 2, 3)] == [None, None, [4]]


def test_a_gap_empties_it() -> None:
    """What was not told in order is not held."""
    recent = holding(1, 2)
    recent.add(posted(5))
    assert (seqs_after(recent, 4), seqs_after(recent, 5)) == (None, [])


def test_older_ones_in_front() -> None:
    """Those that were read from the log, some of which are at hand already."""
    recent = holding(5, 6)
    recent.before([posted(seq) for seq in range(2, 7)], recent.emptied)
    assert (seqs_after(recent, 0), seqs_after(recent, 1)) == (None, [2, 3, 4, 5, 6])


def test_older_ones_that_do_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest of them are kept, by number and by characters."""
    monkeypatch.setattr(recent_events, "RECENT_EVENTS_MAX", 3)
    recent = holding(5, 6)
    recent.before([posted(3), posted(4)], recent.emptied)
    assert (seqs_after(recent, 2), seqs_after(recent, 3)) == (None, [4, 5, 6])
    monkeypatch.setattr(recent_events, "RECENT_CHARACTERS_MAX", 12)
    recent = holding(5, 6)
    recent.before([posted(4)], recent.emptied)
    assert (seqs_after(recent, 3), seqs_after(recent, 4)) == (None, [5, 6])


def test_older_ones_with_a_gap() -> None:
    """The log was pruned: what does not reach up to ours is of no use."""
    recent = holding(5, 6)
    recent.before([posted(2), posted(3)], recent.emptied)
    assert (seqs_after(recent, 3), seqs_after(recent, 4)) == (None, [5, 6])


def test_older_ones_that_were_read_before_a_deletion() -> None:
    """They may hold the text."""
    recent = holding(5, 6)
    emptied = recent.emptied
    recent.add(Event("room:r1", 7, 1, "anna", None, ChatDeleted(4)))
    recent.before([posted(seq) for seq in range(2, 8)], emptied)
    assert (seqs_after(recent, 6), seqs_after(recent, 7)) == (None, [])


def drawn(seq: int, points: int) -> Event:
    stroke = drawing.drawn("freedraw", f"e{seq}", points=[[at, at] for at in range(points)], pressures=[])
    return Event("board:b1", seq, 1, "anna", None, BoardChanged((BoardElement(stroke, 1, "anna", None, "anna", 1),)))


def test_bounded_in_bytes_of_elements() -> None:
    """Long strokes push out short ones: their points count, not only their number."""
    recent = RecentEvents(10_000, event_bytes)
    for seq in range(1, 6):
        recent.add(drawn(seq, 2))
    assert seqs_after(recent, 0) == [1, 2, 3, 4, 5]
    recent.add(drawn(6, 400))
    assert (seqs_after(recent, 1), seqs_after(recent, 2)) == (None, [3, 4, 5, 6])
    recent.add(drawn(7, 1_000))
    assert seqs_after(recent, 6) is None
    recent.reset(7)
    recent.before([drawn(6, 400), drawn(7, 400)], recent.emptied)
    assert (seqs_after(recent, 5), seqs_after(recent, 6)) == (None, [7])


def test_events_about_hiding_weigh_nothing() -> None:
    """They hold ids."""
    recent = RecentEvents(0, event_bytes)
    recent.add(Event("board:b1", 1, 1, "anna", None, BoardHidden(("e1",))))
    assert seqs_after(recent, 0) == [1]


def test_whether_older_ones_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as some may fit: not when there are none, when some had to go, nor when those that fit were put in."""
    monkeypatch.setattr(recent_events, "RECENT_EVENTS_MAX", 3)
    assert not RecentEvents().wants_older
    recent = holding(5, 6)
    assert recent.wants_older
    recent.before([posted(3)], recent.emptied - 1)
    assert recent.wants_older, "what was read before they were emptied is not put in"
    recent.before([posted(4)], recent.emptied)
    assert not recent.wants_older
    recent.reset(9)
    assert recent.wants_older
    for seq in range(10, 14):
        recent.add(posted(seq))
    assert not recent.wants_older


def test_some_never_want_older_ones() -> None:
    """Those of boards."""
    recent = RecentEvents(is_filled_up=False)
    recent.reset(9)
    assert not recent.wants_older
