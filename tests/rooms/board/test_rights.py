"""`rooms.board.rights`: nobody changes what others drew, but nobody holds others' work fast either."""

import pytest

from rooms.board.messages import Superseded
from rooms.board.rights import Drawer
from tests.rooms.board.drawing import ANA, CLAIRE, JAN, MEMBERS, PlayedBoard, bent, bound, drawn, end


def codes(superseded: tuple[Superseded, ...]) -> dict[str, str]:
    """Why each was not taken."""
    return {lost.id: lost.code.value for lost in superseded}


def tied() -> PlayedBoard:
    """Ana has drawn two boxes and a photo; Jan an arrow between the boxes, with a text, and a text in the first box."""
    board = PlayedBoard()
    board.draw(
        ANA,
        drawn("rectangle", "box", index="a0"),
        drawn("ellipse", "other", index="a1"),
        drawn("image", "photo", index="a2"),
    )
    board.draw(
        JAN,
        drawn("arrow", "arrow", index="a3", startBinding=end("box"), boundElements=[bound("word", "text")]),
        drawn("text", "word", index="a4", containerId="arrow"),
        drawn("text", "label", index="a5", containerId="box", text="Vive la\nLoire"),
        bent(board["box"].element, boundElements=[bound("arrow"), bound("label", "text")]),
    )
    assert board.version("box") == 2
    return board


def test_who_draws() -> None:
    """A member, or the system, which is no pupil."""
    assert Drawer.of(ANA, MEMBERS[ANA]) == Drawer(ANA, "fr", is_staff=False)
    assert Drawer.of(CLAIRE, MEMBERS[CLAIRE]) == Drawer(CLAIRE, "fr", is_staff=True)
    assert Drawer.of("system", None) == Drawer("system", None, is_staff=True)


@pytest.mark.parametrize("changed", [{"x": 1}, {"isDeleted": True}, {"locked": True}, {"index": "a9"}, {"opacity": 0}])
def test_others_work(changed: dict[str, object]) -> None:
    """A pupil changes nothing of it; its creator and teachers may."""
    board = tied()
    assert codes(board.draw(JAN, bent(board["photo"].element, **changed))) == {"photo": "not_your_element"}
    assert board.draw(ANA, bent(board["photo"].element, x=2)) == ()
    assert board.draw(CLAIRE, bent(board["photo"].element, **changed)) == ()


def test_when_pupils_may_change_others_work() -> None:
    """A teacher can allow it."""
    board = tied()
    board.do(CLAIRE, "board.set_policy", policy={"change_others": True})
    assert board.draw(JAN, bent(board["photo"].element, x=1)) == ()
    assert board["photo"].creator == ANA


def test_bringing_back() -> None:
    """What somebody else had drawn is theirs, or a teacher's, to bring back; otherwise one draws anew."""
    board = tied()
    board.delete(CLAIRE, "photo")
    back = drawn("image", "photo", index="a2")
    assert codes(board.change(JAN, (2, back))) == {"photo": "not_your_element"}
    assert board.change(ANA, (2, back)) == ()
    assert board["photo"].creator == ANA
    board.delete(CLAIRE, "photo")
    assert board.change(JAN, (0, back)) == ()
    assert board["photo"].creator == JAN


# --- Tying to others' elements, and untying -----------------------------------------------------------


def test_an_arrow_at_somebodys_shape() -> None:
    """It is noted at the shape, and nothing else of it changes."""
    board = tied()
    arrow = drawn("arrow", "mine", index="a7", endBinding=end("other"))
    note = bent(board["other"].element, boundElements=[bound("mine")])
    assert codes(board.draw(JAN, arrow, bent(note, x=1))) == {"mine": "not_your_element", "other": "not_your_element"}
    assert board.draw(JAN, arrow, note) == ()
    assert (board["other"].creator, board["other"].editor) == (ANA, JAN)
    gone = bent(board["mine"].element, isDeleted=True)
    assert board.draw(JAN, gone, bent(board["other"].element, boundElements=[])) == ()


def test_an_arrow_at_what_a_teacher_has_locked() -> None:
    """The lock is about how it looks: an arrow may be tied to it, and untied."""
    board = tied()
    board.draw(CLAIRE, bent(board["other"].element, locked=True))
    arrow = drawn("arrow", "mine", index="a7", endBinding=end("other"))
    assert board.draw(JAN, arrow, bent(board["other"].element, boundElements=[bound("mine")])) == ()
    assert codes(board.draw(JAN, bent(board["other"].element, x=1))) == {"other": "element_locked"}
    assert board["other"].held


def test_notes_about_others_elements() -> None:
    """One ties and unties only what is one's own: the label of another would come off its box."""
    board = tied()
    box = board["box"].element
    board.draw(ANA, drawn("text", "anas", index="a8", containerId="other"))
    assert codes(board.draw(JAN, bent(box, boundElements=[bound("arrow"), bound("label", "text"), bound("anas")]))) == {
        "box": "not_your_element"
    }
    board.draw(ANA, bent(board["other"].element, boundElements=[bound("anas", "text")]))
    other = board["other"].element
    assert codes(board.draw(JAN, bent(other, boundElements=[]))) == {"other": "not_your_element"}
    assert codes(board.draw(JAN, bent(other, boundElements=[bound("anas", "text"), bound("nothing")]))) == {
        "other": "not_your_element"
    }
    untouched = board["anas"].element
    assert codes(board.draw(JAN, bent(other, boundElements=[]), untouched)) == {"other": "not_your_element"}
    board.delete(ANA, "anas")
    assert board.draw(JAN, bent(other, boundElements=[])) == ()


# --- What goes along with one's own -------------------------------------------------------------------


def test_moving_a_shape_moves_what_is_tied_to_it() -> None:
    """The arrow's end, the arrow's text, and the text inside, whoever drew them."""
    board = tied()
    before = {name: board[name] for name in ("arrow", "word", "label")}
    lost = board.draw(
        ANA,
        bent(board["box"].element, x=300),
        bent(board["arrow"].element, x=300, points=[[0, 0], [9, 9]], startBinding=end("box", focus=0.5)),
        bent(board["word"].element, x=305),
        bent(board["label"].element, x=310, text="Vive\nla Loire", height=75),
    )
    assert lost == ()
    assert {name: board[name].version for name in before} == {"arrow": 2, "word": 2, "label": 2}
    assert {board[name].creator for name in before} == {JAN}


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("arrow", {"strokeColor": "red"}),
        ("arrow", {"startBinding": None}),
        ("arrow", {"startBinding": end("other")}),
        ("arrow", {"endBinding": end("box")}),
        ("arrow", {"isDeleted": True}),
        ("arrow", {"boundElements": []}),
        ("label", {"text": "A bas la Loire"}),
        ("label", {"originalText": "Vive l'Oder"}),
        ("label", {"containerId": None}),
        ("label", {"isDeleted": True}),
        ("label", {"strokeColor": "red"}),
        ("label", {"index": "a9"}),
    ],
)
def test_more_than_going_along(name: str, changed: dict[str, object]) -> None:
    """Moving one's own is no pretext for anything else, and then nothing is taken."""
    board = tied()
    lost = board.draw(ANA, bent(board["box"].element, x=300), bent(board[name].element, **changed))
    assert codes(lost) == {"box": "not_your_element", name: "not_your_element"}


def test_going_along_with_nothing() -> None:
    """What is tied to one's own stays where it is as long as one's own does."""
    board = tied()
    for name in ("arrow", "word", "label"):
        moved = bent(board[name].element, x=1)
        assert codes(board.draw(ANA, moved)) == {name: "not_your_element"}
        assert codes(board.draw(ANA, moved, board["box"].element)) == {name: "not_your_element"}
    word = bent(board["word"].element, x=1)
    assert codes(board.draw(ANA, word, bent(board["box"].element, x=1)))["word"] == "not_your_element"


def test_another_type_does_not_go_along() -> None:
    """An arrow stays an arrow."""
    board = tied()
    lost = board.draw(ANA, bent(board["box"].element, x=300), drawn("line", "arrow", index="a3"))
    assert codes(lost)["arrow"] == "not_your_element"
    assert codes(board.draw(ANA, drawn("line", "label", index="a5"))) == {"label": "not_your_element"}


def test_what_a_teacher_locked_does_not_go_along() -> None:
    """Not even with one's own."""
    board = tied()
    board.draw(CLAIRE, bent(board["arrow"].element, locked=True))
    lost = board.draw(ANA, bent(board["box"].element, x=300), bent(board["arrow"].element, x=300))
    assert codes(lost) == {"box": "element_locked", "arrow": "element_locked"}


def test_deleting_a_shape() -> None:
    """The text inside goes with it; an arrow stays and comes off."""
    board = tied()
    lost = board.draw(
        ANA,
        bent(board["box"].element, isDeleted=True),
        bent(board["label"].element, isDeleted=True),
        bent(board["arrow"].element, startBinding=None),
    )
    assert lost == ()
    assert set(board.state.elements) == {"other", "photo", "arrow", "word"}


def test_a_text_does_not_go_without_its_container() -> None:
    """Unless it is one's own."""
    board = tied()
    assert codes(board.delete(ANA, "label")) == {"label": "not_your_element"}
    assert board.draw(JAN, bent(board["label"].element, isDeleted=True)) == ()
