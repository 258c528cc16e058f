"""`rooms.board.groups`: what is bound to each other is changed together."""

from rooms.board.groups import bound_to, grouped
from rooms.board.messages import Change
from rooms.board.model import BoardElement
from tests.rooms.board.drawing import bound, drawn, end


def groups(*elements: object, board: dict[str, BoardElement] | None = None) -> list[list[int]]:
    """The groups of changes to these elements."""
    return grouped(tuple(Change(0, element) for element in elements), board or {})  # type: ignore[arg-type]


def test_what_is_bound() -> None:
    """Arrows and texts at a shape, the shapes at the ends of an arrow, the container of a text."""
    assert list(bound_to(drawn("rectangle", "one", boundElements=[bound("a"), bound("t", "text")]))) == ["a", "t"]
    arrow = drawn("arrow", "one", startBinding=end("r"), endBinding=end("s"), boundElements=[bound("t", "text")])
    assert list(bound_to(arrow)) == ["t", "r", "s"]
    assert list(bound_to(drawn("text", "one", containerId="r"))) == ["r"]
    assert list(bound_to(drawn("text", "one"))) == list(bound_to(drawn("freedraw", "one"))) == []


def test_apart() -> None:
    """What is not bound stays alone; nor does a frame or a group tie."""
    assert groups(drawn("line", "one")) == [[0]]
    one = drawn("rectangle", "one", frameId="three", groupIds=["g"])
    two = drawn("rectangle", "two", groupIds=["g"], boundElements=[bound("elsewhere")])
    assert groups(one, two, drawn("frame", "three")) == [[0], [1], [2]]


def test_chains() -> None:
    """Two shapes with an arrow between them, which has a text: one group, whichever side names the other."""
    first = drawn("rectangle", "first")
    second = drawn("rectangle", "second", boundElements=[bound("arrow")])
    arrow = drawn("arrow", "arrow", startBinding=end("first"))
    text = drawn("text", "text", containerId="arrow")
    alone = drawn("ellipse", "alone")
    assert groups(first, alone, second, text, arrow) == [[0, 2, 3, 4], [1]]


def test_what_was_bound_before() -> None:
    """Taking apart what is bound is a change of both, too."""
    container = drawn("rectangle", "container")
    text = drawn("text", "text")
    was = BoardElement(drawn("text", "text", containerId="container"), 1, "ana", None, "ana", 0)
    assert groups(container, text) == [[0], [1]]
    assert groups(container, text, board={"text": was}) == [[0, 1]]


def test_large_commands() -> None:
    """Hundreds of elements in a chain are one group."""
    chain = [drawn("arrow", f"a{number}", startBinding=end(f"a{number + 1}")) for number in range(500)]
    assert groups(*chain) == [list(range(500))]
