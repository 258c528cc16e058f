"""How much elements weigh: not far from what they take, and never much less."""

import msgspec
import pytest

from rooms.board.elements import Element
from rooms.board.layered import LayeredDict
from rooms.board.model import BoardElement, BoardState, Cleared, Gone
from rooms.events import BoardChanged, BoardCleared, BoardShown, ChatPosted
from rooms.stream import Event
from rtserver.boards.weights import body_bytes, element_bytes, event_bytes, state_bytes
from tests.rooms.board.drawing import TYPES, drawn

LITTLE_LESS = 0.9
MUCH_MORE = 2.0


def kept(element: Element) -> BoardElement:
    return BoardElement(element, 1, "m_abcdefghijkl", "c_abcdefghijkl", "m_abcdefghijkl", 1_795_327_810_000)


def ratio(element: BoardElement) -> float:
    return element_bytes(element) / len(msgspec.json.encode(element))


@pytest.mark.parametrize("kind", TYPES)
def test_small_ones(kind: str) -> None:
    """What all have counts most."""
    assert LITTLE_LESS < ratio(kept(drawn(kind, "element-0001"))) < MUCH_MORE


@pytest.mark.parametrize("kind", ["freedraw", "line", "arrow"])
def test_long_strokes(kind: str) -> None:
    """Points, and the pressure at each."""
    points = [[at + 0.25, -at * 1.75] for at in range(1_000)]
    pressures = {"pressures": [0.123] * 1_000} if kind == "freedraw" else {}
    assert LITTLE_LESS < ratio(kept(drawn(kind, "long", points=points, **pressures))) < MUCH_MORE


def test_long_texts_and_notes_of_programs() -> None:
    """And what is bound to an element."""
    text = drawn("text", "t", text="word " * 500, originalText="word " * 500)
    noted = drawn("rectangle", "r", customData={"note": "x" * 3_000})
    bound = [{"id": f"arrow-{number:014}", "type": "arrow"} for number in range(200)]
    for element in (text, noted, drawn("rectangle", "r", boundElements=bound)):
        assert LITTLE_LESS < ratio(kept(element)) < MUCH_MORE


def test_events() -> None:
    """Those that carry elements weigh what these do, others nothing."""
    elements = tuple(kept(drawn("rectangle", name)) for name in "ab")
    weight = sum(map(element_bytes, elements))
    assert [body_bytes(body) for body in (BoardChanged(elements), BoardShown(elements))] == [weight, weight]
    assert [body_bytes(body) for body in (BoardCleared(None), ChatPosted("hello"))] == [0, 0]
    assert event_bytes(Event("board:b1", 1, 1, "anna", None, BoardChanged(elements))) == weight


def test_boards() -> None:
    """What is there, what can be put back, and what is kept of what was deleted."""
    assert state_bytes(BoardState()) == 0
    cleared = (Cleared(1, 1, (), size=30), Cleared(2, 1, (), size=4))
    assert state_bytes(BoardState(size=200, cleared=cleared)) == 234
    gone = {
        f"element-{number:014}": Gone(1, "m_abcdefghijkl", "c_abcdefghijkl", "m_abcdefghijkl") for number in range(100)
    }
    assert LITTLE_LESS < state_bytes(BoardState(gone=LayeredDict(gone))) / len(msgspec.msgpack.encode(gone)) < MUCH_MORE
