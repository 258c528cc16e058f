"""`rooms.board.decide`: what commands lead to, and what members may do."""

from typing import Any

import msgspec
import pytest

from rooms import events
from rooms.board import decide as rules
from rooms.board.audience import as_seen
from rooms.board.checks import size_of
from rooms.board.decide import UNDO_CLEAR_MS, BoardDecision, board_rights, decide, draw_denial
from rooms.board.model import BoardPolicy, BoardState, Drawers
from rooms.errors import ErrorCode, Refused
from rooms.model import SYSTEM_ACTOR, MemberId, ProjectPhase
from rooms.stream import Decision
from tests.rooms.board.drawing import (
    ANA,
    BOARD,
    CLAIRE,
    EVA,
    JAN,
    START,
    PlayedBoard,
    bent,
    bound,
    change_of,
    drawn,
    standing,
)
from tests.rooms.samples import command, refusal

MODERATING: dict[str, dict[str, Any]] = {
    "board.clear": {"member": None},
    "board.undo_clear": {"clear": 1},
    "board.set_hidden": {"elements": ["one"], "hidden": True},
    "board.set_policy": {"policy": {"drawers": "nobody"}},
}


def played() -> PlayedBoard:
    """Ana and Jan have drawn something each."""
    board = PlayedBoard()
    board.draw(ANA, drawn("rectangle", "one", index="a0"))
    board.draw(JAN, drawn("freedraw", "two", index="a1"))
    return board


# --- Who may draw -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "may_draw"),
    [
        (BoardPolicy(), {CLAIRE, ANA, JAN, EVA}),
        (BoardPolicy(Drawers.NOBODY), set()),
        (BoardPolicy(Drawers.TEACHERS), {CLAIRE}),
        (BoardPolicy(Drawers.CHOSEN, members=(JAN, EVA)), {CLAIRE, JAN, EVA}),
        (BoardPolicy(Drawers.CHOSEN), {CLAIRE}),
        (BoardPolicy(Drawers.CLASS, class_id="fr"), {CLAIRE, ANA, EVA}),
        (BoardPolicy(Drawers.CLASS, class_id="pl"), {CLAIRE, JAN}),
        (BoardPolicy(Drawers.CLASS), {CLAIRE}),
    ],
)
def test_who_may_draw(policy: BoardPolicy, may_draw: set[MemberId]) -> None:
    """As the teachers decided. The others get a code, and nothing happens."""
    state = BoardState(policy=policy)
    for member in (CLAIRE, ANA, JAN, EVA):
        code = None if member in may_draw else ErrorCode.BOARD_READ_ONLY
        assert draw_denial(state, standing(member)) is code
        change = change_of((0, drawn("line", "new")))
        assert refusal(decide, state, standing(member), member, change, START) is code
        assert board_rights(state, standing(member), BOARD).denied["draw"] is code


def test_the_room_comes_first() -> None:
    """What the permissions refuse, no policy allows."""
    state = BoardState()
    assert draw_denial(state, standing(ANA, open=False)) is ErrorCode.ROOM_CLOSED
    assert draw_denial(state, standing(ANA, teacher_present=False)) is ErrorCode.NO_TEACHER_PRESENT
    assert draw_denial(state, standing(CLAIRE, open=False, teacher_present=False)) is None
    assert draw_denial(state, standing(CLAIRE, phase=ProjectPhase.ARCHIVED)) is ErrorCode.PROJECT_ARCHIVED


def test_the_system_draws() -> None:
    """Templates and imports of the command line; whatever the policy."""
    state = BoardState(policy=BoardPolicy(Drawers.NOBODY))
    assert draw_denial(state, standing(None)) is None
    outcome = decide(state, standing(None), SYSTEM_ACTOR, change_of((0, drawn("line", "new", locked=True))), START)
    (body,) = outcome.decision.bodies
    assert isinstance(body, events.BoardChanged)
    (kept,) = body.elements
    assert (kept.creator, kept.class_id, kept.held) == (SYSTEM_ACTOR, None, True)


def test_rights_of_pupils() -> None:
    """They draw and save, unless a teacher decided otherwise."""
    assert board_rights(BoardState(), standing(ANA), BOARD).denied == {
        "draw": None,
        "change_others": ErrorCode.NOT_YOUR_ELEMENT,
        "export": None,
        "moderate": ErrorCode.TEACHERS_ONLY,
    }
    state = BoardState(policy=BoardPolicy(Drawers.TEACHERS, change_others=True, export=False))
    assert board_rights(state, standing(ANA), BOARD).denied == {
        "draw": ErrorCode.BOARD_READ_ONLY,
        "change_others": ErrorCode.BOARD_READ_ONLY,
        "export": ErrorCode.EXPORT_OFF,
        "moderate": ErrorCode.TEACHERS_ONLY,
    }
    state = BoardState(policy=BoardPolicy(change_others=True))
    assert board_rights(state, standing(ANA), BOARD).denied["change_others"] is None


def test_rights_of_teachers() -> None:
    """They moderate and save always, also where nobody draws."""
    state = BoardState(policy=BoardPolicy(Drawers.NOBODY, export=False))
    rights = board_rights(state, standing(CLAIRE), BOARD)
    assert rights.board == BOARD
    assert rights.denied == {
        "draw": ErrorCode.BOARD_READ_ONLY,
        "change_others": ErrorCode.BOARD_READ_ONLY,
        "export": None,
        "moderate": None,
    }
    archived = board_rights(BoardState(), standing(CLAIRE, phase=ProjectPhase.ARCHIVED), BOARD)
    assert archived.denied["export"] is None
    assert archived.denied["moderate"] is ErrorCode.PROJECT_ARCHIVED


@pytest.mark.parametrize("tag", sorted(MODERATING))
def test_only_teachers_moderate(tag: str) -> None:
    """Pupils change nothing of it."""
    board = played()
    wanted = command(tag, board=BOARD, **MODERATING[tag])
    assert refusal(decide, board.state, standing(ANA), ANA, wanted, START) is ErrorCode.TEACHERS_ONLY
    board.do(CLAIRE, "board.set_policy", policy={"drawers": "nobody", "export": False})
    assert refusal(decide, board.state, standing(CLAIRE), CLAIRE, wanted, START) is not ErrorCode.BOARD_READ_ONLY


# --- Changes ------------------------------------------------------------------------------------------


def test_changes_are_one_event() -> None:
    """All that are taken, in the order of the command."""
    board = played()
    lost = board.change(
        ANA, (0, drawn("line", "three", index="a7")), (9, board["one"].element), (0, drawn("line", "two"))
    )
    body = board.events[-1].body
    assert isinstance(body, events.BoardChanged)
    assert [kept.element.id for kept in body.elements] == ["three"]
    assert [one.id for one in lost] == ["two"]


def test_changes_without_an_event() -> None:
    """Nothing is left to do, or nothing is taken."""
    board = played()
    outcome = decide(board.state, standing(ANA), ANA, change_of((1, board["one"].element)), START)
    assert outcome == BoardDecision(Decision())
    outcome = decide(board.state, standing(ANA), ANA, change_of((5, drawn("line", "one"))), START)
    assert outcome.decision == Decision()
    assert [lost.code for lost in outcome.superseded] == [ErrorCode.ELEMENT_CHANGED]


def test_a_bad_element_spoils_its_command() -> None:
    """Nothing of it is taken, before anything is lost."""
    board = played()
    wanted = change_of((0, drawn("line", "fine", index="a7")), (0, drawn("line", "bad", link="https://evil.example")))
    assert refusal(decide, board.state, standing(ANA), ANA, wanted, START) is ErrorCode.LINK_REFUSED


def test_a_board_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """In elements: what is there may be changed and deleted, and something put in place of what goes."""
    monkeypatch.setattr(rules, "ELEMENTS_MAX", 2)
    board = played()
    assert refusal(board.draw, ANA, drawn("line", "three")) is ErrorCode.BOARD_FULL
    assert board.draw(ANA, bent(board["one"].element, x=1)) == ()
    assert board.draw(ANA, bent(board["one"].element, isDeleted=True), drawn("line", "three")) == ()
    board.delete(ANA, "three")
    assert board.draw(ANA, drawn("line", "four", index="a4")) == ()


def test_a_board_is_full_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What becomes smaller, or stays as large, is taken."""
    board = played()
    monkeypatch.setattr(rules, "BOARD_BYTES_MAX", board.state.size)
    assert refusal(board.draw, ANA, drawn("line", "three", index="a5")) is ErrorCode.BOARD_FULL
    assert refusal(board.draw, JAN, bent(board["two"].element, link="#one")) is ErrorCode.BOARD_FULL
    assert board.draw(JAN, bent(board["two"].element, x=1)) == ()
    assert board.draw(JAN, bent(board["two"].element, pressures=[])) == ()
    board.delete(ANA, "one")
    assert board.draw(JAN, drawn("ellipse", "small", index="a5")) == ()


# --- Clearing -----------------------------------------------------------------------------------------


def test_clearing() -> None:
    """One person's work, or everything; nothing to clear needs no event."""
    board = played()
    assert board.do(CLAIRE, "board.clear", member=ANA) == [events.BoardCleared(ANA)]
    assert board.do(CLAIRE, "board.clear", member=ANA) == []
    assert board.do(CLAIRE, "board.clear", member=None) == [events.BoardCleared(None)]
    assert board.do(CLAIRE, "board.clear", member=None) == []
    assert board.state.elements == {}


def test_undoing_a_clearing() -> None:
    """Within ten minutes, once, and only what was a clearing."""
    board = played()
    board.do(CLAIRE, "board.clear", member=None)
    board.now += UNDO_CLEAR_MS
    undo = command("board.undo_clear", board=BOARD, clear=3)
    late = START + UNDO_CLEAR_MS + 1
    assert refusal(decide, board.state, standing(CLAIRE), CLAIRE, undo, late) is ErrorCode.UNDO_TOO_LATE
    assert refusal(board.do, CLAIRE, "board.undo_clear", clear=2) is ErrorCode.UNDO_TOO_LATE
    assert board.do(CLAIRE, "board.undo_clear", clear=3) == [events.BoardClearUndone(3)]
    assert set(board.state.elements) == {"one", "two"}
    assert refusal(board.do, CLAIRE, "board.undo_clear", clear=3) is ErrorCode.UNDO_TOO_LATE


def test_undoing_on_a_full_board(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was drawn since then stays; there must be room for what comes back."""
    board = played()
    board.do(CLAIRE, "board.clear", member=None)
    board.draw(EVA, drawn("line", "new"))
    monkeypatch.setattr(rules, "ELEMENTS_MAX", 2)
    assert refusal(board.do, CLAIRE, "board.undo_clear", clear=3) is ErrorCode.BOARD_FULL
    monkeypatch.setattr(rules, "ELEMENTS_MAX", 3)
    monkeypatch.setattr(rules, "BOARD_BYTES_MAX", board.state.size + 10)
    assert refusal(board.do, CLAIRE, "board.undo_clear", clear=3) is ErrorCode.BOARD_FULL
    monkeypatch.setattr(rules, "BOARD_BYTES_MAX", 10_000)
    assert len(board.do(CLAIRE, "board.undo_clear", clear=3)) == 1


def test_what_does_not_come_back_needs_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was drawn anew since is there, or in a later clearing."""
    board = played()
    board.do(CLAIRE, "board.clear", member=None)
    board.draw(ANA, drawn("ellipse", "one"))
    board.draw(JAN, drawn("ellipse", "two", index="a1"))
    board.do(CLAIRE, "board.clear", member=JAN)
    monkeypatch.setattr(rules, "ELEMENTS_MAX", 1)
    assert len(board.do(CLAIRE, "board.undo_clear", clear=3)) == 1
    assert set(board.state.elements) == {"one"}


# --- Putting aside ------------------------------------------------------------------------------------


def test_putting_aside_and_showing() -> None:
    """What is so already needs no event."""
    board = played()
    assert board.do(CLAIRE, "board.set_hidden", elements=["one", "gone"], hidden=True) == [events.BoardHidden(("one",))]
    assert board.do(CLAIRE, "board.set_hidden", elements=["one"], hidden=True) == []
    assert board.do(CLAIRE, "board.set_hidden", elements=["two"], hidden=False) == []
    shown = board.do(CLAIRE, "board.set_hidden", elements=["one", "two"], hidden=False)
    assert shown == [events.BoardShown((board["one"],))]


def test_putting_aside_what_is_not_there() -> None:
    """When nothing of it is."""
    board = played()
    code = refusal(board.do, CLAIRE, "board.set_hidden", elements=["gone"], hidden=True)
    assert code is ErrorCode.UNKNOWN_ELEMENT


def test_a_text_goes_with_its_container() -> None:
    """What is only noted there, and is somewhere else, does not."""
    board = PlayedBoard()
    notes = [bound("label", "text"), bound("stray", "text"), bound("arrow"), bound("gone", "text")]
    board.draw(
        ANA,
        drawn("rectangle", "box", index="a0", boundElements=notes),
        drawn("text", "label", index="a1", containerId="box"),
        drawn("text", "stray", index="a2"),
        drawn("arrow", "arrow", index="a3"),
    )
    board.do(CLAIRE, "board.set_hidden", elements=["box", "box"], hidden=True)
    assert board.state.hidden == {"box", "label"}
    board.do(CLAIRE, "board.set_hidden", elements=["box"], hidden=False)
    assert board.state.hidden == frozenset()


def test_a_text_that_is_put_into_what_is_put_aside() -> None:
    """A teacher writes there, or moves a text into it: it goes with its container, and comes with it."""
    board = PlayedBoard()
    board.draw(ANA, drawn("rectangle", "box", index="a0"), drawn("text", "free", index="a1"))
    board.do(CLAIRE, "board.set_hidden", elements=["box"], hidden=True)
    written = drawn("text", "written", index="a2", containerId="box")
    board.draw(CLAIRE, written, drawn("text", "new", index="a3"))
    assert board.events[-1].body == events.BoardHidden(("written",))
    notes = [bound("written", "text"), bound("free", "text")]
    board.draw(CLAIRE, bent(board["free"].element, containerId="box"), bent(board["box"].element, boundElements=notes))
    assert board.events[-1].body == events.BoardHidden(("free",))
    told = msgspec.json.encode([as_seen(event, board.state, to_staff=False).body for event in board.events])
    assert b'"id":"written"' not in told
    assert board.state.hidden == {"box", "free", "written"}
    board.do(CLAIRE, "board.set_hidden", elements=["box"], hidden=False)
    assert board.state.hidden == frozenset()


def test_a_text_that_was_shown_stays_so() -> None:
    """A teacher has shown it without its container, and changes it."""
    board = PlayedBoard()
    notes = [bound("label", "text")]
    box, label = drawn("rectangle", "box", boundElements=notes), drawn("text", "label", index="a1", containerId="box")
    board.draw(ANA, box, label)
    board.do(CLAIRE, "board.set_hidden", elements=["box"], hidden=True)
    board.do(CLAIRE, "board.set_hidden", elements=["label"], hidden=False)
    board.draw(CLAIRE, bent(label, x=5))
    assert board.state.hidden == {"box"}


def test_a_text_with_a_container_that_comes_back_put_aside() -> None:
    """Both are, though the text is new."""
    board = PlayedBoard()
    board.draw(ANA, drawn("rectangle", "box"))
    board.do(CLAIRE, "board.set_hidden", elements=["box"], hidden=True)
    board.delete(CLAIRE, "box")
    board.change(CLAIRE, (2, drawn("rectangle", "box")), (0, drawn("text", "new", index="a1", containerId="box")))
    assert board.events[-1].body == events.BoardHidden(("box", "new"))
    assert board.state.hidden == {"box", "new"}


def test_too_much_to_be_shown_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it is, and the teacher is told to show fewer: everybody gets it all, over whatever line they have."""
    board = PlayedBoard()
    names = [f"e{number}" for number in range(10)]
    board.draw(ANA, *(drawn("line", name, index=f"a{name[1]}") for name in names))
    board.do(CLAIRE, "board.set_hidden", elements=names, hidden=True)
    monkeypatch.setattr(rules, "SHOWN_AT_ONCE_BYTES_MAX", 5 * size_of(board["e0"]))
    before = board.state
    with pytest.raises(Refused, match="show fewer at once") as refused:
        board.do(CLAIRE, "board.set_hidden", elements=names, hidden=False)
    assert refused.value.code is ErrorCode.TOO_LARGE
    assert board.state is before
    for some in (names[:5], names[:8], names):  # what is shown already does not count
        board.do(CLAIRE, "board.set_hidden", elements=some, hidden=False)
    assert board.state.hidden == frozenset()
    board.do(CLAIRE, "board.set_hidden", elements=names, hidden=True)
    assert board.state.hidden == set(names)


def test_much_is_shown_in_several_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of a size that travels well; one that is larger by itself travels alone."""
    board = PlayedBoard()
    names = [f"e{number}" for number in range(10)]
    board.draw(ANA, *(drawn("line", name, index=f"a{name[1]}") for name in names))
    board.do(CLAIRE, "board.set_hidden", elements=names, hidden=True)
    for limit, count in ((1, 10), (2 * size_of(board["e0"]), 5), (1_000_000, 1)):
        monkeypatch.setattr(rules, "SHOWN_BYTES_MAX", limit)
        wanted = command("board.set_hidden", board=BOARD, elements=names, hidden=False)
        bodies = decide(board.state, standing(CLAIRE), CLAIRE, wanted, START).decision.bodies
        shown = [kept.element.id for body in bodies for kept in body.elements]  # type: ignore[union-attr]
        assert shown == names
        assert len(bodies) == count


# --- The policy ---------------------------------------------------------------------------------------


def test_setting_the_policy() -> None:
    """What is so already needs no event; what cannot be is refused."""
    board = played()
    policy = {"drawers": "chosen", "members": [JAN]}
    assert board.do(CLAIRE, "board.set_policy", policy=policy) == [
        events.BoardPolicySet(BoardPolicy(Drawers.CHOSEN, members=(JAN,)))
    ]
    assert board.do(CLAIRE, "board.set_policy", policy=policy) == []
    assert refusal(board.do, CLAIRE, "board.set_policy", policy={"drawers": "class"}) is ErrorCode.INVALID
    assert refusal(board.draw, ANA, drawn("line", "new")) is ErrorCode.BOARD_READ_ONLY
    assert board.draw(JAN, drawn("line", "new")) == ()
