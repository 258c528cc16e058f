"""What is drawn is what a page could have drawn."""

import msgspec

from loadtests.board.elements import filling, order_key, path, stroke
from rooms.board.elements import Element


def test_keys_are_in_order_and_unique() -> None:
    """By their bytes, over the digits' boundaries, too."""
    keys = [order_key(number) for number in (0, 1, 9, 10, 61, 62, 3_843, 3_844, 1_000_000, 2_000_000)]
    assert keys == sorted(set(keys))


def test_elements_are_of_the_wire() -> None:
    """The strict definitions take all of them."""
    elements = list(filling(60))
    encoded = msgspec.json.encode(elements)
    assert msgspec.json.decode(encoded, type=list[Element]) == elements
    assert {type(element).__name__ for element in elements} == {"FreeDraw", "Rectangle", "TextElement"}


def test_filling_goes_on() -> None:
    assert [element.id for element in filling(3, first=7)] == ["filling7", "filling8", "filling9"]


def test_stroke_has_its_points() -> None:
    drawn = stroke("one", order_key(0), 72)
    assert len(drawn.points) == 72
    assert drawn.points[0] == (0.0, path(1)[0][1])
