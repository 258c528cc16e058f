"""`rooms.board.changing`: which changes are taken, and which somebody else was faster with."""

import pytest

from rooms.board.changing import take
from rooms.board.messages import Superseded
from rooms.board.rights import Drawer
from rooms.errors import ErrorCode
from rooms.events import BoardChanged, BoardHidden
from tests.rooms.board.drawing import (
    ANA,
    CLAIRE,
    EVA,
    JAN,
    START,
    PlayedBoard,
    bent,
    bound,
    change_of,
    drawn,
    end,
)


def codes(superseded: tuple[Superseded, ...]) -> dict[str, str]:
    """Why each was not taken."""
    return {lost.id: lost.code.value for lost in superseded}


def played() -> PlayedBoard:
    """Ana has drawn a rectangle with a text in it, and a line; everybody may change everything."""
    board = PlayedBoard()
    board.do(CLAIRE, "board.set_policy", policy={"change_others": True})
    board.draw(
        ANA,
        drawn("rectangle", "box", index="a0", boundElements=[bound("label", "text")]),
        drawn("text", "label", index="a1", containerId="box"),
        drawn("line", "line", index="a2"),
    )
    return board


def test_new_elements() -> None:
    """They are the actor's, of the actor's class, in version 1."""
    taken = take(
        PlayedBoard().state, Drawer(JAN, "pl", is_staff=False), change_of((0, drawn("line", "one"))).changes, 77
    )
    (kept,) = taken.elements
    assert (kept.version, kept.creator, kept.class_id, kept.editor, kept.at, kept.held) == (
        1,
        JAN,
        "pl",
        JAN,
        77,
        False,
    )
    assert taken.superseded == ()


def test_changes_upon_the_newest_version() -> None:
    """The editor is noted, the creator stays."""
    board = played()
    board.now += 5
    assert board.draw(JAN, bent(board["line"].element, opacity=50)) == ()
    kept = board["line"]
    assert (kept.version, kept.creator, kept.class_id, kept.editor, kept.at) == (2, ANA, "fr", JAN, START + 5)


@pytest.mark.parametrize("base", [0, 2, 99])
def test_changes_upon_another_version(base: int) -> None:
    """Nobody overwrites work they have not seen: they are shown what is there."""
    board = played()
    before = board.state
    lost = board.change(JAN, (base, bent(board["line"].element, x=1)))
    assert lost == (Superseded("line", ErrorCode.ELEMENT_CHANGED, board["line"]),)
    assert board.state is before


def test_the_first_in_the_log_wins() -> None:
    """Of two who change the same version at once."""
    board = played()
    base, element = board.version("line"), board["line"].element
    assert board.change(JAN, (base, bent(element, x=1))) == ()
    assert codes(board.change(EVA, (base, bent(element, x=2)))) == {"line": "element_changed"}
    assert board["line"].element.x == 1


def test_nothing_to_do() -> None:
    """What is so already is accepted without an event, also of one who has seen an older version."""
    board = played()
    board.draw(ANA, bent(board["line"].element, x=1))
    before = len(board.events)
    assert board.change(JAN, (1, board["line"].element), (1, board["box"].element)) == ()
    assert len(board.events) == before


def test_the_same_things_bound_otherwise_noted() -> None:
    """Nobody's work: a page that does it again and again would make all others come too late."""
    board = PlayedBoard()
    board.draw(ANA, drawn("rectangle", "box", index="a0"))
    nothing: tuple[list[object] | None, ...] = ([], None)
    for noted in nothing:
        assert board.draw(JAN, bent(board["box"].element, boundElements=noted)) == ()
    assert (board.version("box"), board["box"].editor) == (1, ANA)


def test_what_is_not_there() -> None:
    """A change of what was deleted, or never was, is lost; deleting it once more is fine."""
    board = played()
    board.delete(ANA, "line")
    before = len(board.events)
    assert board.change(JAN, (1, drawn("line", "line"))) == (Superseded("line", ErrorCode.ELEMENT_GONE, None),)
    assert board.change(JAN, (3, drawn("line", "never"))) == (Superseded("never", ErrorCode.ELEMENT_GONE, None),)
    for base in (0, 1, 2, 9):
        assert board.change(JAN, (base, drawn("line", "line", isDeleted=True))) == ()
        assert board.change(JAN, (base, drawn("line", "never", isDeleted=True))) == ()
    assert len(board.events) == before


def test_deleting_needs_the_newest_version() -> None:
    """What somebody else has changed meanwhile is not deleted unseen."""
    board = played()
    board.draw(ANA, bent(board["line"].element, x=1))
    assert codes(board.change(JAN, (1, drawn("line", "line", isDeleted=True)))) == {"line": "element_changed"}
    assert "line" in board.state.elements


def test_a_deletion_says_nothing_else() -> None:
    """The event holds the element as it was, whatever was sent."""
    board = played()
    old = board["line"].element
    board.draw(JAN, bent(old, isDeleted=True, x=999, strokeColor="red"))
    body = board.events[-1].body
    assert isinstance(body, BoardChanged)
    (kept,) = body.elements
    assert kept.element == bent(old, isDeleted=True)
    assert (kept.version, kept.editor) == (2, JAN)


def test_undoing_a_deletion() -> None:
    """Upon the version of the deletion it comes back, still its creator's."""
    board = played()
    board.delete(JAN, "line")
    assert board.change(JAN, (2, drawn("line", "line", index="a2"))) == ()
    assert (board["line"].version, board["line"].creator, board["line"].editor) == (3, ANA, JAN)


@pytest.mark.parametrize("actor", [ANA, JAN, CLAIRE])
def test_drawing_anew_under_an_old_id(actor: str) -> None:
    """Its versions go on, and it stays whose it was, whoever is allowed to do that."""
    board = played()
    board.delete(ANA, "line")
    assert board.change(actor, (0, drawn("ellipse", "line", index="a2"))) == ()
    kept = board["line"]
    assert (kept.version, kept.creator, kept.class_id, kept.editor) == (3, ANA, "fr", actor)


def test_an_old_id_is_no_way_to_others_work() -> None:
    """Said to be new or not, what was another's is not brought back, and never becomes one's own."""
    board = played()
    board.do(CLAIRE, "board.set_policy", policy={"change_others": False})
    board.delete(ANA, "line")
    for base in (0, 2):
        lost = board.change(JAN, (base, drawn("line", "line", index="a2")))
        assert lost == (Superseded("line", ErrorCode.NOT_YOUR_ELEMENT, None),)
    assert board.change(ANA, (0, drawn("line", "line", index="a2"))) == ()


def test_two_pupils_and_a_clearing() -> None:
    """Who redraws what was another's does not keep the teacher from taking the clearing back; who redraws what was
    their own finds it as redrawn."""
    board = PlayedBoard()
    board.draw(ANA, drawn("line", "anas", index="a0"), drawn("line", "redrawn", index="a1"))
    board.draw(JAN, drawn("line", "jans", index="a2"))
    before = board["anas"]
    board.do(CLAIRE, "board.clear", member=None)
    clear = len(board.events)
    for base in (0, 2):
        assert codes(board.change(JAN, (base, drawn("line", "anas", strokeColor="red")))) == {
            "anas": "not_your_element"
        }
    assert board.change(ANA, (0, drawn("ellipse", "redrawn", index="a5"))) == ()
    board.do(CLAIRE, "board.undo_clear", clear=clear)
    assert {name: (kept.creator, kept.version) for name, kept in board.state.elements.items()} == {
        "anas": (ANA, 3),
        "redrawn": (ANA, 3),
        "jans": (JAN, 3),
    }
    assert board["anas"].element == before.element
    assert board["redrawn"].element == drawn("ellipse", "redrawn", index="a5")


# --- Locks --------------------------------------------------------------------------------------------


def test_a_teachers_lock() -> None:
    """It keeps pupils off, until a teacher takes it off."""
    board = played()
    board.draw(CLAIRE, bent(board["line"].element, locked=True))
    assert board["line"].held
    unlocked = bent(board["line"].element, locked=False)
    assert codes(board.draw(ANA, unlocked)) == {"line": "element_locked"}
    assert codes(board.delete(ANA, "line")) == {"line": "element_locked"}
    board.draw(CLAIRE, bent(board["line"].element, x=5))
    assert board["line"].held
    board.draw(CLAIRE, bent(board["line"].element, locked=False))
    assert not board["line"].held
    assert board.draw(ANA, bent(board["line"].element, x=6)) == ()


def test_a_pupils_lock() -> None:
    """It holds nobody, also after a teacher has changed something else."""
    board = played()
    board.draw(ANA, bent(board["line"].element, locked=True))
    board.draw(CLAIRE, bent(board["line"].element, x=5))
    assert not board["line"].held
    assert board.draw(JAN, bent(board["line"].element, locked=False)) == ()


def test_a_teachers_new_element_may_be_locked() -> None:
    """A background, say. A pupil's is only marked."""
    board = PlayedBoard()
    board.draw(CLAIRE, drawn("image", "map", locked=True))
    board.draw(ANA, drawn("image", "photo", index="a1", locked=True))
    assert (board["map"].held, board["photo"].held) == (True, False)


def test_a_locked_element_that_was_deleted() -> None:
    """Only a teacher brings it back."""
    board = played()
    board.draw(CLAIRE, bent(board["line"].element, locked=True))
    board.delete(CLAIRE, "line")
    back = drawn("line", "line", index="a2")
    for base in (0, 3):
        assert codes(board.change(ANA, (base, back))) == {"line": "element_locked"}
    assert board.change(CLAIRE, (3, back)) == ()


# --- What was put aside -------------------------------------------------------------------------------


def test_what_is_put_aside_is_not_there_for_pupils() -> None:
    """They cannot change it, and learn nothing of it."""
    board = played()
    board.do(CLAIRE, "board.set_hidden", elements=["line"], hidden=True)
    before = board.state
    for base in (0, 1, 2):
        assert board.change(ANA, (base, drawn("line", "line"))) == (Superseded("line", ErrorCode.ELEMENT_GONE, None),)
        assert board.change(ANA, (base, drawn("line", "line", isDeleted=True))) == ()
    assert board.state is before
    assert codes(board.change(CLAIRE, (0, drawn("line", "line")))) == {"line": "element_changed"}
    assert board.draw(CLAIRE, bent(board["line"].element, x=1)) == ()


def test_what_was_put_aside_and_deleted() -> None:
    """Pupils cannot bring it back either."""
    board = played()
    board.do(CLAIRE, "board.set_hidden", elements=["line"], hidden=True)
    board.delete(CLAIRE, "line")
    for base in (0, 1, 2):
        assert codes(board.change(ANA, (base, drawn("line", "line")))) == {"line": "element_gone"}
    assert board.change(CLAIRE, (2, drawn("line", "line", index="a2"))) == ()
    assert board.state.hidden == {"line"}
    assert board.events[-1].body == BoardHidden(("line",))


# --- What is bound ------------------------------------------------------------------------------------


def test_a_group_is_taken_whole_or_not_at_all() -> None:
    """Who was fine gets the code of the one who was not; what is bound to neither is taken."""
    board = played()
    board.draw(ANA, bent(board["label"].element, fontSize=30))
    box, label = board["box"], board["label"]
    lost = board.change(
        JAN, (1, bent(box.element, x=500)), (1, bent(label.element, x=500)), (1, bent(board["line"].element, x=500))
    )
    assert lost == (
        Superseded("box", ErrorCode.ELEMENT_CHANGED, box),
        Superseded("label", ErrorCode.ELEMENT_CHANGED, label),
    )
    assert board["line"].element.x == 500
    assert board["box"] == box


def test_a_new_arrow_at_a_shape_that_has_changed() -> None:
    """Both are lost: half of it would be an arrow that points to nothing."""
    board = played()
    board.draw(ANA, bent(board["line"].element, x=1), bent(board["box"].element, x=1))
    arrow = drawn("arrow", "arrow", index="a5", startBinding=end("box"))
    box = bent(board["box"].element, boundElements=[bound("label", "text"), bound("arrow")])
    lost = board.change(JAN, (0, arrow), (1, box))
    assert codes(lost) == {"arrow": "element_changed", "box": "element_changed"}
    assert [one.element for one in lost] == [None, board["box"]]


def test_what_needs_nothing_is_not_lost_with_its_group() -> None:
    """It is as it was sent."""
    board = played()
    lost = board.change(JAN, (9, bent(board["box"].element, x=1)), (1, board["label"].element))
    assert codes(lost) == {"box": "element_changed"}


@pytest.mark.parametrize("container", ["nothing", "line", "gone"])
def test_a_text_in_what_is_no_container(container: str) -> None:
    """Neither what is not there, nor what cannot hold a text."""
    board = played()
    board.draw(ANA, drawn("ellipse", "gone", index="a7"))
    board.delete(ANA, "gone")
    text = drawn("text", "text", index="a8", containerId=container)
    assert board.change(JAN, (0, text)) == (Superseded("text", ErrorCode.ELEMENT_GONE, None),)


def test_a_text_in_a_new_container() -> None:
    """Both come at once, in any order."""
    board = played()
    text = drawn("text", "text", index="a8", containerId="new")
    box = drawn("diamond", "new", index="a7", boundElements=[bound("text", "text")])
    assert board.change(JAN, (0, text), (0, box)) == ()


def test_a_text_in_a_container_that_goes() -> None:
    """Then neither is taken."""
    board = played()
    lost = board.change(
        JAN,
        (1, bent(board["box"].element, isDeleted=True)),
        (0, drawn("text", "text", index="a8", containerId="box")),
    )
    assert codes(lost) == {"box": "element_gone", "text": "element_gone"}


def test_a_text_in_a_container_that_is_put_aside() -> None:
    """For pupils it is not there."""
    board = played()
    board.do(CLAIRE, "board.set_hidden", elements=["box"], hidden=True)
    text = drawn("text", "text", index="a8", containerId="box")
    assert codes(board.change(JAN, (0, text))) == {"text": "element_gone"}
    assert board.change(CLAIRE, (0, text)) == ()
    assert board.state.hidden == {"box", "label", "text"}


def test_a_text_whose_container_was_deleted() -> None:
    """It can still be moved, and taken out."""
    board = played()
    board.delete(ANA, "box")
    assert board.draw(ANA, bent(board["label"].element, x=3)) == ()
    assert board.draw(ANA, bent(board["label"].element, containerId=None)) == ()
    assert codes(board.draw(ANA, bent(board["label"].element, containerId="box"))) == {"label": "element_gone"}


# --- The order of drawing -----------------------------------------------------------------------------


def test_places_stay_unique() -> None:
    """Who comes second to a place gets one behind it; who has one keeps it."""
    board = played()
    board.draw(JAN, drawn("line", "new", index="a1"), bent(board["label"].element, x=3))
    assert board["label"].element.index == "a1"
    assert board["new"].element.index == "a1V"
    board.draw(JAN, bent(board["new"].element, index="a0"))
    assert board["new"].element.index == "a0V"


def test_a_place_of_what_goes_is_free() -> None:
    """Also in the same command."""
    board = played()
    board.draw(ANA, bent(board["line"].element, isDeleted=True), drawn("line", "new", index="a2"))
    assert board["new"].element.index == "a2"


def test_invalid_places() -> None:
    """They are made valid, where their bytes would have stood."""
    board = played()
    board.draw(ANA, drawn("line", "new", index="a10"))
    assert board["new"].element.index == "a1V"


def test_the_same_place_again() -> None:
    """Who wants another's place and has the one behind it already changes nothing."""
    board = played()
    board.draw(ANA, drawn("line", "new", index="a1V"))
    before = len(board.events)
    assert board.draw(ANA, bent(board["new"].element, index="a1")) == ()
    assert len(board.events) == before
