"""`rooms.board.leaving`: what a deletion does to the work of others is noted, and nothing else."""

import pytest

from rooms.board.elements import TextElement
from rooms.board.leaving import LIKENESS_BYTES, likeness, words_of
from rooms.board.model import Along
from tests.rooms.board.drawing import ANA, CLAIRE, JAN, PlayedBoard, bent, bound, drawn, end


def text(**changed: object) -> TextElement:
    """A text in a box."""
    element = drawn("text", "label", containerId="box", text="Vive\nla Loire", originalText="Vive la Loire", **changed)
    assert isinstance(element, TextElement)
    return element


def tied(creator: str) -> PlayedBoard:
    """Ana's box with a text in it, and an arrow that starts and ends there, both by the `creator`."""
    board = PlayedBoard()
    board.draw(ANA, drawn("rectangle", "box", boundElements=[bound("label", "text"), bound("arrow")]))
    arrow = drawn("arrow", "arrow", index="a2", startBinding=end("box"), endBinding=end("box"))
    assert board.draw(creator, bent(text(), index="a1"), arrow) == ()
    return board


def test_words() -> None:
    """However they are wrapped."""
    assert words_of(text()) == "VivelaLoire"


@pytest.mark.parametrize(
    "changed",
    [
        *({"x": 1}, {"y": 1}, {"width": 1}, {"height": 1}, {"angle": 1}, {"index": "a5"}, {"isDeleted": True}),
        *({"text": "Vive la Loire"}, {"boundElements": [bound("arrow")]}),
    ],
)
def test_alike(changed: dict[str, object]) -> None:
    """Where it is, and how it is wrapped, does not matter."""
    assert likeness(bent(text(), **changed)) == likeness(text())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        *({"text": "Vive l'Oder"}, {"originalText": "Vive"}, {"strokeColor": "red"}, {"fontSize": 90}, {"opacity": 0}),
        *({"containerId": "other"}, {"link": "#box"}, {"locked": True}, {"customData": {}}, {"groupIds": ["g"]}),
    ],
)
def test_not_alike(changed: dict[str, object]) -> None:
    """What it says and how it looks does."""
    assert likeness(bent(text(), **changed)) != likeness(text())  # type: ignore[arg-type]


def test_what_went_and_came_off_is_noted() -> None:
    """With what is gone: the text with the version of its container, the ends of the arrow."""
    board = tied(JAN)
    label = board["label"].element
    assert isinstance(label, TextElement)
    loose = bent(board["arrow"].element, startBinding=None)
    board.draw(ANA, *(bent(board[name].element, isDeleted=True) for name in ("label", "box")), loose)
    gone = board.state.gone
    assert gone["label"].along == Along(gone["box"].version, likeness(label))
    assert len(likeness(label)) == LIKENESS_BYTES
    assert (gone["box"].along, gone["box"].starts, gone["box"].ends) == (None, ("arrow",), ())
    assert {kept.editor for kept in gone.values()} == {ANA}


def test_both_ends() -> None:
    """Each is noted, and the arrows in turn."""
    board = tied(JAN)
    board.draw(JAN, drawn("arrow", "second", index="a3", endBinding=end("box")))
    off = [bent(board[name].element, startBinding=None, endBinding=None) for name in ("arrow", "second")]
    board.draw(ANA, bent(board["box"].element, isDeleted=True), *off)
    assert (board.state.gone["box"].starts, board.state.gone["box"].ends) == (("arrow",), ("arrow", "second"))


def test_ones_own_needs_no_note() -> None:
    """One may bring it back anyhow."""
    board = tied(ANA)
    loose = bent(board["arrow"].element, startBinding=None)
    board.draw(ANA, *(bent(board[name].element, isDeleted=True) for name in ("label", "box")), loose)
    for gone in board.state.gone.values():
        assert (gone.along, gone.starts, gone.ends) == (None, (), ())


def test_a_text_that_is_taken_out_of_what_goes() -> None:
    """It stays, and nothing is noted."""
    board = tied(JAN)
    free = bent(board["label"].element, containerId=None)
    assert board.draw(CLAIRE, bent(board["box"].element, isDeleted=True), free) == ()
    assert board.state.gone.keys() == {"box"}


def test_what_stays_needs_no_note() -> None:
    """A text that goes by itself, a shape whose arrow stays at it or goes, too."""
    board = tied(JAN)
    board.draw(JAN, bent(board["label"].element, isDeleted=True))
    board.do(CLAIRE, "board.set_policy", policy={"change_others": True})
    board.draw(
        ANA,
        bent(board["box"].element, isDeleted=True),
        bent(board["arrow"].element, isDeleted=True, startBinding=None),
        drawn("line", "new", index="a7"),
    )
    assert board.state.gone.keys() == {"label", "box", "arrow"}
    for gone in board.state.gone.values():
        assert (gone.along, gone.starts, gone.ends) == (None, (), ())
