"""`rooms.board.rights`: nobody changes what others drew, but nobody holds others' work fast either."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.board.elements import Arrow, Element, TextElement
from rooms.board.messages import Superseded
from rooms.board.rights import Drawer
from tests.rooms.board.drawing import ANA, CLAIRE, EVA, JAN, MEMBERS, PlayedBoard, bent, bound, drawn, end


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
        drawn("text", "label", index="a5", containerId="box", text="Vive la\nLoire", originalText="Vive la Loire"),
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
    """What somebody else had drawn is theirs, or a teacher's, to bring back, whatever version one says it has."""
    board = tied()
    back = drawn("image", "photo", index="a2")
    for gone, own in ((2, 2), (4, 0)):
        board.delete(CLAIRE, "photo")
        for base in (0, gone):
            assert codes(board.change(JAN, (base, back))) == {"photo": "not_your_element"}
        assert board.change(ANA, (own, back)) == ()
        assert board["photo"].creator == ANA


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
        bent(board["arrow"].element, x=300, points=[[0, 0], [4, 5], [9, 9]], startBinding=end("box", focus=0.5)),
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


# --- Taking a deletion back -----------------------------------------------------------------------------


def without_box(board: PlayedBoard) -> dict[str, Element]:
    """Ana deletes her box, as the editor does: Jan's text goes, Jan's arrow comes off. What they were before."""
    before = {name: board[name].element for name in ("box", "label", "arrow")}
    lost = board.draw(
        ANA,
        *(bent(before[name], isDeleted=True) for name in ("box", "label")),
        bent(before["arrow"], startBinding=None, x=500),
    )
    assert lost == ()
    return before


def upon(board: PlayedBoard, name: str) -> int:
    """The version that an undo is made upon."""
    return board.version(name) or board.state.gone[name].version


def undo(board: PlayedBoard, actor: str, before: dict[str, Element]) -> dict[str, str]:
    """All at once; why each was not taken."""
    return codes(board.change(actor, *((upon(board, name), element) for name, element in before.items())))


def test_a_deletion_is_taken_back() -> None:
    """With the text that went and the arrow that came off, which stay Jan's; and again, after it was done again."""
    board = tied()
    for _ in range(2):
        before = without_box(board)
        assert undo(board, ANA, before) == {}
        assert {name: board[name].element for name in before} == before
        assert [board[name].creator for name in before] == [ANA, JAN, JAN]


def test_the_text_of_an_arrow_comes_back() -> None:
    """The arrow is Ana's, the word at it Jan's."""
    board = tied()
    board.draw(ANA, drawn("arrow", "anas", index="a8"))
    word = drawn("text", "said", index="a9", containerId="anas")
    board.draw(JAN, word, bent(board["anas"].element, boundElements=[bound("said", "text")]))
    before = {name: board[name].element for name in ("anas", "said")}
    assert board.delete(ANA, "anas", "said") == ()
    assert undo(board, ANA, before) == {}
    assert board["said"].creator == JAN


def test_the_word_at_an_arrow_moves_when_that_is_tied_again() -> None:
    """As it does when the shape moves."""
    board = tied()
    before = without_box(board) | {"word": bent(board["word"].element, x=777)}
    assert undo(board, ANA, before) == {}
    assert (board["word"].creator, board["word"].element.x) == (JAN, 777)


def test_a_text_that_comes_back_wrapped_anew() -> None:
    """The editor puts it into its container again; the words stay."""
    board = tied()
    before = without_box(board)
    before["label"] = bent(before["label"], x=1, y=2, width=3, height=4, text="Vive la Loire", index="a7")
    assert undo(board, ANA, before) == {}


@pytest.mark.parametrize(
    "changed",
    [{"text": "A bas la Loire"}, {"originalText": "Vive l'Oder"}, {"strokeColor": "red"}, {"containerId": "other"}],
)
def test_a_text_that_comes_back_as_another(changed: dict[str, object]) -> None:
    """Nobody is made to say what they did not."""
    board = tied()
    before = without_box(board)
    before["label"] = bent(before["label"], **changed)
    assert undo(board, ANA, before)["label"] == "not_your_element"


def test_a_text_does_not_come_back_by_itself() -> None:
    """Nor in a container that is there already, nor by somebody else, nor as something else."""
    board = tied()
    before = without_box(board)
    text = {"label": before["label"]}
    assert undo(board, ANA, text) == {"label": "element_gone"}
    assert undo(board, EVA, before)["label"] == "not_your_element"
    assert undo(board, ANA, before | {"label": drawn("rectangle", "label", index="a5")})["label"] == "not_your_element"
    assert undo(board, ANA, {"box": before["box"]}) == {}
    assert undo(board, ANA, text) == {"label": "not_your_element"}
    assert undo(board, JAN, text) == {}


def test_a_text_that_went_earlier_does_not_come_back() -> None:
    """Only what went with the container in that very deletion."""
    board = tied()
    label = board["label"].element
    board.delete(JAN, "label")
    box = board["box"].element
    board.delete(ANA, "box")
    assert undo(board, ANA, {"box": box, "label": label})["label"] == "not_your_element"
    board = tied()
    before = without_box(board)
    assert undo(board, ANA, {"box": before["box"]}) == {}
    board.delete(ANA, "box")
    assert undo(board, ANA, {"box": before["box"], "label": label})["label"] == "not_your_element"


def test_what_a_teacher_deleted_does_not_come_along() -> None:
    """The box is Ana's to bring back, the text in it is Jan's."""
    board = tied()
    before = {name: board[name].element for name in ("box", "label")}
    board.delete(CLAIRE, "box", "label")
    assert undo(board, ANA, before)["label"] == "not_your_element"
    assert undo(board, ANA, {"box": before["box"]}) == {}


def test_an_arrow_is_tied_only_to_what_it_came_off() -> None:
    """By the same end, and by who deleted that."""
    board = tied()
    before = without_box(board)
    arrow = before["arrow"]
    for wrong in ({"startBinding": None, "endBinding": end("box")}, {"endBinding": end("box")}, {"opacity": 1}):
        assert undo(board, ANA, before | {"arrow": bent(arrow, **wrong)})["arrow"] == "not_your_element"
    assert undo(board, ANA, {"arrow": arrow}) == {"arrow": "not_your_element"}
    assert undo(board, ANA, {"box": before["box"]}) == {}
    assert undo(board, ANA, {"arrow": arrow}) == {"arrow": "not_your_element"}


def test_an_arrow_that_never_was_tied_is_not() -> None:
    """Whatever one's shape says is bound to it."""
    board = tied()
    board.draw(JAN, drawn("arrow", "free", index="a8"))
    board.draw(ANA, bent(board["other"].element, boundElements=[bound("free")]))
    other = board["other"].element
    board.delete(ANA, "other")
    wanted = {"other": other, "free": bent(board["free"].element, startBinding=end("other"))}
    assert undo(board, ANA, wanted)["free"] == "not_your_element"


def test_an_arrow_that_is_held() -> None:
    """A teacher has locked it since: it stays as it is."""
    board = tied()
    before = without_box(board)
    board.draw(CLAIRE, bent(board["arrow"].element, locked=True))
    assert undo(board, ANA, before)["arrow"] == "element_locked"
    assert undo(board, ANA, {name: before[name] for name in ("box", "label")}) == {}


SHAPES = ("s0", "s1", "s2")
OWNERS = st.sampled_from((ANA, JAN))
ENDS = st.sampled_from((None, *SHAPES))


def tangled(draw: st.DataObject) -> PlayedBoard:
    """Shapes, arrows between them, and texts in some of those, drawn by Ana and Jan as it comes."""
    board = PlayedBoard()
    for number, name in enumerate(SHAPES):
        board.draw(draw.draw(OWNERS), drawn("rectangle", name, index=f"a{number}"))
    for number in range(3):
        start, stop = draw.draw(ENDS), draw.draw(ENDS)
        ties = {"startBinding": start and end(start), "endBinding": stop and end(stop)}
        note(board, draw.draw(OWNERS), drawn("arrow", f"r{number}", index=f"b0{number}", **ties), {start, stop})
    for number, container in enumerate((*SHAPES, "r0", "r1")):
        if draw.draw(st.booleans()):
            text = drawn("text", f"t{number}", index=f"c00{number}", containerId=container)
            note(board, draw.draw(OWNERS), text, {container})
    return board


def note(board: PlayedBoard, actor: str, tied_one: Element, at: set[str | None]) -> None:
    """Draw something that is tied to others, which is noted there."""
    kind = "text" if isinstance(tied_one, TextElement) else "arrow"
    notes = [(board[name].element, bound(tied_one.id, kind)) for name in at if name is not None]
    lost = board.draw(
        actor,
        tied_one,
        *(bent(one, boundElements=[*msgspec.to_builtins(one.bound_elements or ()), entry]) for one, entry in notes),
    )
    assert lost == ()


def deletion(board: PlayedBoard, names: set[str]) -> list[Element]:
    """What the editor makes of a deletion: texts go with their containers, arrows come off, nothing names what went."""
    elements = {name: kept.element for name, kept in board.state.elements.items()}
    going = names | {
        text.id for text in elements.values() if isinstance(text, TextElement) and text.container_id in names
    }
    changed = []
    for name, element in elements.items():
        if name in going:
            changed.append(bent(element, isDeleted=True))
            continue
        after = element
        if any(one.id in going for one in element.bound_elements or ()):
            left = [one for one in element.bound_elements or () if one.id not in going]
            after = bent(after, boundElements=msgspec.to_builtins(left))
        if isinstance(element, Arrow):
            if element.start_binding is not None and element.start_binding.element_id in going:
                after = bent(after, startBinding=None)
            if element.end_binding is not None and element.end_binding.element_id in going:
                after = bent(after, endBinding=None)
        if after is not element:
            changed.append(after)
    return changed


@settings(max_examples=200)
@given(st.data())
def test_who_may_delete_may_take_it_back(draw: st.DataObject) -> None:
    """Whatever hangs together with it, as long as nobody else has touched that; several deletions in turn."""
    board = tangled(draw)
    whole = {name: kept.element for name, kept in board.state.elements.items()}
    creators = {name: kept.creator for name, kept in board.state.elements.items()}
    steps = []
    for _ in range(draw.draw(st.integers(1, 3))):
        own = sorted(name for name, kept in board.state.elements.items() if kept.creator == ANA)
        if not own:
            break
        changed = deletion(board, draw.draw(st.sets(st.sampled_from(own), min_size=1)))
        before = {element.id: board[element.id].element for element in changed}
        assert board.draw(ANA, *changed) == ()
        steps.append(before)
        board.state = board.rules.decode(board.rules.encode(board.state))
    for before in reversed(steps):
        assert undo(board, ANA, before) == {}
    assert {name: kept.element for name, kept in board.state.elements.items()} == whole
    assert {name: kept.creator for name, kept in board.state.elements.items()} == creators


def test_spaces_are_words_too() -> None:
    """Whose container it is may have a text wrapped anew; another meaning they may not give it."""
    board = tied()
    moved = bent(board["box"].element, x=300)
    (lost, *_) = board.draw(ANA, moved, bent(board["label"].element, x=310, text="Vivela\nLoire"))
    assert lost.code == "not_your_element"


def test_nothing_is_drawn_with_somebody_elses_arrow() -> None:
    """It goes along with the shape that it ends at, with as many points as it had."""
    board = tied()
    arrow = board["arrow"].element
    scribble = [[step % 7, step % 5] for step in range(100)]
    (lost, *_) = board.draw(
        ANA, bent(board["box"].element, x=300), bent(arrow, points=scribble, startBinding=end("box", focus=0.5))
    )
    assert lost.code == "not_your_element"
