"""`rooms.board.audience`: what is put aside for review is for teachers only."""

import msgspec

from rooms import events
from rooms.board.audience import as_seen, is_put_aside, visible_elements
from rooms.stream import Event
from tests.rooms.board.drawing import ANA, CLAIRE, JAN, PlayedBoard, bent, drawn


def played() -> PlayedBoard:
    """Ana has drawn two things at once, a teacher put one of them aside and changed it."""
    board = PlayedBoard()
    board.draw(ANA, drawn("text", "rude", text="rude words"), drawn("line", "kind", index="a1"))
    board.do(CLAIRE, "board.set_hidden", elements=["rude"], hidden=True)
    board.draw(CLAIRE, bent(board["rude"].element, x=1))
    return board


def seen_by_pupils(board: PlayedBoard) -> list[Event]:
    """The log as it is told to pupils now."""
    return [as_seen(event, board.state, to_staff=False) for event in board.events]


def test_teachers_see_everything() -> None:
    """The very same events."""
    board = played()
    assert all(as_seen(event, board.state, to_staff=True) is event for event in board.events)
    assert [kept.element.id for kept in visible_elements(board.state, to_staff=True)] == ["kind", "rude"]


def test_pupils_see_the_rest() -> None:
    """An event without what is put aside now, and only the place of one of which nothing is left."""
    board = played()
    first, second, third = seen_by_pupils(board)
    assert isinstance(first.body, events.BoardChanged)
    assert [kept.element.id for kept in first.body.elements] == ["kind"]
    assert first.actor == ANA
    assert second.body == events.BoardHidden(("rude",))
    assert third == Event(third.stream, 3, 0, "", None, events.Hidden())
    assert [kept.element.id for kept in visible_elements(board.state, to_staff=False)] == ["kind"]


def test_events_without_hidden_elements_are_the_same_bytes() -> None:
    """They need not be made anew for pupils."""
    board = PlayedBoard()
    board.draw(JAN, drawn("line", "one"))
    board.do(CLAIRE, "board.clear", member=None)
    assert seen_by_pupils(board)[0] is board.events[0]
    assert seen_by_pupils(board)[1] is board.events[1]


def test_shown_again() -> None:
    """Everybody gets the whole element, and its history."""
    board = played()
    board.do(CLAIRE, "board.set_hidden", elements=["rude"], hidden=False)
    assert seen_by_pupils(board) == board.events
    assert board.events[-1].body == events.BoardShown((board["rude"],))
    assert len(visible_elements(board.state, to_staff=False)) == 2


def test_put_aside_once_more() -> None:
    """What was shown for a while is not told of later."""
    board = played()
    board.do(CLAIRE, "board.set_hidden", elements=["rude"], hidden=False)
    board.do(CLAIRE, "board.set_hidden", elements=["rude"], hidden=True)
    assert isinstance(seen_by_pupils(board)[3].body, events.Hidden)


def test_deleted_or_cleared_while_put_aside() -> None:
    """It stays unseen, in the whole log."""
    for tag in ("delete", "clear"):
        board = played()
        if tag == "delete":
            board.delete(CLAIRE, "rude")
        else:
            board.do(CLAIRE, "board.clear", member=ANA)
        assert is_put_aside(board.state, "rude")
        assert not is_put_aside(board.state, "kind")
        assert b"rude words" not in msgspec.json.encode(seen_by_pupils(board))
