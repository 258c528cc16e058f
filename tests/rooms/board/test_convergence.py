"""What one sees, all see: whatever is drawn, lost, resent, hidden and cleared, everybody ends with the same board.

Any interleaving of edits, broken lines, resumes, resends, snapshots, pruned logs and restarts is played on the model of
`tests.rooms.board.lesson`; then everybody comes back, and what they see must be what the log says.
"""

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms import events
from rooms.board.audience import visible_elements
from rooms.board.elements import Arrow
from rooms.board.messages import BoardClear, BoardSetHidden, BoardSetPolicy, BoardUndoClear
from rooms.board.model import BoardPolicy, BoardState, Drawers
from rooms.board.rules import BoardRules
from rooms.errors import Refused
from tests.rooms.board.drawing import ANA, CLAIRE, JAN, STREAM, bent, bound, drawn, end
from tests.rooms.board.lesson import Answer, Page, Server

PEOPLE = (CLAIRE, ANA, JAN, ANA)
"""A teacher, two pupils, and a second device of one of them."""

SHAPES = 4
"""Elements that everybody draws at: few, so that they meet."""

MINUTE = 60_000

POLICIES = (
    BoardPolicy(),
    BoardPolicy(change_others=True),
    BoardPolicy(Drawers.TEACHERS),
    BoardPolicy(Drawers.CLASS, class_id="pl", change_others=True),
)

TICK = ("send", "send", "arrive", "arrive", "arrive", "hear", "hear")
DRAW = ("draw", "draw", "draw", "delete", "place", "label", "arrow", "move", "undo", "lock")
LINE = ("drop", *("connect",) * 12, "again")
TEACH = ("clear", *("undo_clear",) * 2, *("hide",) * 2, *("show",) * 3, *("hold",) * 2, "policy")
MACHINE = ("snapshot", "prune", "restart", "time")
ACTIONS = (*TICK * 6, *DRAW * 2, *LINE, *TEACH, *MACHINE)

STEPS = st.lists(
    st.tuples(
        st.integers(0, len(PEOPLE) - 1),
        st.sampled_from(ACTIONS),
        st.integers(0, SHAPES - 1),
        st.integers(0, 9),
    ),
    min_size=30,
    max_size=150,
)
Step = tuple[int, str, int, int]

LONG_LESSONS = 120
LONG_STEPS = 1_200
"""Steps of a lesson that hypothesis would not think of by itself: it prefers short ones, which it can explain."""


class Lesson:
    """The people, what they do one after the other, and how it ends."""

    def __init__(self) -> None:
        self.server = Server()
        self.pages = [Page(self.server, member) for member in PEOPLE]
        for page in self.pages:
            page.connect()

    def play(self, steps: list[Step]) -> None:
        """One step after the other."""
        for who, action, shape, value in steps:
            page = self.pages[0] if action in TEACH else self.pages[who]
            getattr(self, action)(page, f"e{shape}", value)

    def end(self) -> None:
        """Everybody is back, and nothing is under way any more."""
        self.restart(self.pages[0], "", 0)
        while True:
            for page in self.pages:
                page.connect()
                page.send()
                page.reach_server()
                page.hear()
            if not any(page.sent or page.inbox or page.under_way or page.changed for page in self.pages):
                return

    # --- Lines and machines ---

    def send(self, page: Page, shape: str, value: int) -> None:
        page.send()

    def arrive(self, page: Page, shape: str, value: int) -> None:
        page.reach_server()

    def hear(self, page: Page, shape: str, value: int) -> None:
        for _ in range(value):
            page.hear()

    def drop(self, page: Page, shape: str, value: int) -> None:
        page.drop()

    def connect(self, page: Page, shape: str, value: int) -> None:
        page.connect()

    def again(self, page: Page, shape: str, value: int) -> None:
        page.send_again()

    def snapshot(self, page: Page, shape: str, value: int) -> None:
        self.server.save_snapshot()

    def prune(self, page: Page, shape: str, value: int) -> None:
        self.server.prune(keep=value)

    def restart(self, page: Page, shape: str, value: int) -> None:
        before = self.server.state
        self.server.restart()
        assert self.server.state == before

    def time(self, page: Page, shape: str, value: int) -> None:
        self.server.now += value * MINUTE // 2

    # --- Drawing ---

    def draw(self, page: Page, shape: str, value: int) -> None:
        old = page.shown().get(shape)
        page.change(drawn("rectangle", shape, index=f"a{value}") if old is None else bent(old, x=value))

    def delete(self, page: Page, shape: str, value: int) -> None:
        shown = page.shown()
        for name in (shape, f"text-{shape}") if value < 5 else (shape,):
            if name in shown:
                page.change(bent(shown[name], isDeleted=True))
        if value < 5:
            for other in shown.values():
                if isinstance(other, Arrow) and other.end_binding is not None and other.end_binding.element_id == shape:
                    page.change(bent(other, endBinding=None))

    def place(self, page: Page, shape: str, value: int) -> None:
        if shape in page.shown():
            page.change(bent(page.shown()[shape], index=f"a{value}"))

    def label(self, page: Page, shape: str, value: int) -> None:
        self._tie(page, shape, drawn("text", f"text-{shape}", index=f"b0{value}", containerId=shape), "text")

    def arrow(self, page: Page, shape: str, value: int) -> None:
        arrow = drawn("arrow", f"arrow{value % 3}", index=f"c00{value}", endBinding=end(shape))
        self._tie(page, shape, arrow, "arrow")

    def _tie(self, page: Page, shape: str, tied: Any, kind: str) -> None:
        old = page.shown().get(shape)
        if old is None or tied.id in page.shown():
            return
        notes = [bound(note.id, note.type) for note in old.bound_elements or () if note.id != tied.id]
        page.change(tied)
        page.change(bent(old, boundElements=[*notes, bound(tied.id, kind)]))

    def move(self, page: Page, shape: str, value: int) -> None:
        shown = page.shown()
        old = shown.get(shape)
        if old is None:
            return
        page.change(bent(old, x=value))
        for note in old.bound_elements or ():
            if note.id in shown:
                page.change(bent(shown[note.id], x=value + 1))

    def lock(self, page: Page, shape: str, value: int) -> None:
        if shape in page.shown():
            page.change(bent(page.shown()[shape], locked=value < 3))

    def undo(self, page: Page, shape: str, value: int) -> None:
        page.undo_deletion()

    # --- Teaching ---

    def hold(self, page: Page, shape: str, value: int) -> None:
        self.lock(page, shape, value)

    def clear(self, page: Page, shape: str, value: int) -> None:
        page.ask(BoardClear, member=(None, ANA, JAN)[value % 3])

    def undo_clear(self, page: Page, shape: str, value: int) -> None:
        clearings = [event.seq for event in self.server.history if isinstance(event.body, events.BoardCleared)]
        page.ask(BoardUndoClear, clear=clearings[-1] if clearings else 1)

    def hide(self, page: Page, shape: str, value: int) -> None:
        page.ask(BoardSetHidden, elements=(shape,), hidden=True)

    def show(self, page: Page, shape: str, value: int) -> None:
        page.ask(BoardSetHidden, elements=(shape,), hidden=False)

    def policy(self, page: Page, shape: str, value: int) -> None:
        page.ask(BoardSetPolicy, policy=POLICIES[value % len(POLICIES)])


def replayed(server: Server) -> BoardState:
    """The board that all events lead to, from the first one."""
    state = BoardRules().empty(STREAM)
    for event in server.history:
        state = BoardRules().apply(state, event)
    return state


def long_lesson(seed: int) -> list[Step]:
    """Always the same for a seed."""
    chance = random.Random(seed)
    return [
        (chance.randrange(len(PEOPLE)), chance.choice(ACTIONS), chance.randrange(SHAPES), chance.randrange(10))
        for _ in range(LONG_STEPS)
    ]


def assert_same_board_everywhere(lesson: Lesson) -> None:
    """The one that the log says."""
    server = lesson.server
    assert replayed(server) == server.state
    for page in lesson.pages:
        seen = {kept.element.id: kept for kept in visible_elements(server.state, page.is_staff)}
        assert page.mirror == seen
        assert page.shown() == {name: kept.element for name, kept in seen.items()}
        assert page.policy == server.state.policy
        assert page.seq == server.seq
        if page.is_staff:
            assert page.hidden & seen.keys() == server.state.hidden
    authors = {(event.actor, event.nonce) for event in server.history}
    assert authors <= server.nonces.keys()


@settings(max_examples=200)
@given(STEPS)
def test_all_end_with_the_same_board(steps: list[Step]) -> None:
    """Short lessons; those that fail are made shorter still."""
    lesson = Lesson()
    lesson.play(steps)
    lesson.end()
    assert_same_board_everywhere(lesson)


def test_long_lessons_end_with_the_same_board() -> None:
    """All that can happen on a board does happen in them."""
    happened: Counter[str] = Counter()
    for seed in range(LONG_LESSONS):
        lesson = Lesson()
        lesson.play(long_lesson(seed))
        lesson.end()
        assert_same_board_everywhere(lesson)
        happened.update(type(event.body).__name__ for event in lesson.server.history)
        for page in lesson.pages:
            happened.update(word for _, answer in page.answered for word in words_of(answer))
    expected = {
        *("BoardChanged", "BoardCleared", "BoardClearUndone", "BoardHidden", "BoardShown", "BoardPolicySet"),
        *("board_read_only", "unknown_element", "undo_too_late", "resent"),
        *("element_changed", "element_gone", "element_locked", "not_your_element"),
    }
    assert {name for name in expected if happened[name] < LONG_LESSONS // 10} == set(), happened


def words_of(answer: Answer) -> list[str]:
    """What an answer says, besides that all was taken."""
    match answer:
        case ("error", Refused() as refused):
            return [refused.code.value]
        case (_, _, None):
            return ["resent"]
        case (_, _, superseded):
            return [lost.code.value for lost in superseded]
    raise AssertionError(answer)


@pytest.mark.parametrize("seed", range(20))
def test_snapshots_and_later_events(seed: int) -> None:
    """A stored state, read again, and the events since then lead to the very same board, order and all."""
    lesson = Lesson()
    lesson.play(long_lesson(LONG_LESSONS + seed))
    rules, state = BoardRules(), BoardRules().empty(STREAM)
    states = [state := rules.apply(state, event) for event in lesson.server.history]
    assert state == lesson.server.state
    for cut in range(0, len(states), 7):
        restored = rules.decode(rules.encode(states[cut]))
        assert restored == states[cut]
        for event in lesson.server.history[cut + 1 :]:
            restored = rules.apply(restored, event)
        assert restored == state
        assert list(restored.elements) == list(state.elements)
        assert rules.encode(restored) == rules.encode(state)
