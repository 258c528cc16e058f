"""The pages of a snapshot: what is on them, that each is made once, and that nothing is given that was put aside."""

import asyncio
import threading
from typing import Any

import pytest

from rooms.board.layered import LayeredDict
from rooms.board.messages import BOARD_PAGE_ELEMENTS, BoardPage
from rooms.board.model import BoardElement, BoardState, Cleared
from rooms.stream import Position
from rtserver.boards import snapshots
from rtserver.boards.snapshots import FIRST_PAGE_BYTES_MAX, PAGE_BYTES_MAX, PageMissing, Snapshot, make_page
from rtserver.boards.weights import element_bytes
from tests.rooms.board.drawing import drawn
from tests.rtserver.boards.easel import elements_of

HERE = Position("epoch", 7)


def small(name: str) -> BoardElement:
    return BoardElement(drawn("rectangle", name), 1, "ana", "fr", "ana", 1)


def large(name: str, points: int = 4_000) -> BoardElement:
    line = [[at + 0.25, at * 1.5] for at in range(points)]
    return BoardElement(drawn("freedraw", name, points=line, pressures=[]), 1, "ana", "fr", "ana", 1)


def board(*elements: BoardElement, hidden: tuple[str, ...] = ()) -> BoardState:
    return BoardState(elements=LayeredDict((one.element.id, one) for one in elements), hidden=frozenset(hidden))


def snapshot(*elements: BoardElement, hidden: tuple[str, ...] = (), to_staff: bool = False) -> Snapshot:
    return Snapshot(HERE, board(*elements, hidden=hidden), to_staff)


async def ids(of: Snapshot) -> list[list[str]]:
    pages = [await of.page(number) for number in range(1, of.pages + 1)]
    assert [page.page for page in pages] == list(range(1, of.pages + 1))
    return [[one.element.id for one in elements_of(page)] for page in pages]


class TestPages:
    async def test_an_empty_board(self) -> None:
        """Has one page, which is empty."""
        empty = snapshot()
        assert (empty.pages, empty.count, await ids(empty)) == (1, 0, [[]])

    async def test_many_elements(self) -> None:
        """In their order, so many on a page."""
        names = [f"e{number}" for number in range(2 * BOARD_PAGE_ELEMENTS + 1)]
        found = await ids(snapshot(*map(small, names)))
        assert [name for page in found for name in page] == names
        assert max(map(len, found)) == BOARD_PAGE_ELEMENTS
        assert len(found) == 3

    async def test_large_elements(self) -> None:
        """Fewer on a page, at least one."""
        found = snapshot(*(large(f"e{number}") for number in range(16)))
        fitting = PAGE_BYTES_MAX // element_bytes(large("e0"))
        assert [len(page) for page in await ids(found)] == [1, *[fitting] * (15 // fitting), 15 % fitting]

    async def test_the_first_page(self) -> None:
        """Is so small that it is at hand at once: it travels in the answer to a join."""
        found = snapshot(*(large(f"e{number}", 40) for number in range(600)))
        first = found.at_hand(1)
        assert first is not None
        fitting = FIRST_PAGE_BYTES_MAX // element_bytes(large("e0", 40))
        assert len(elements_of(first)) == fitting
        assert found.at_hand(2) is None

    async def test_an_element_larger_than_a_page(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Has one for itself."""
        monkeypatch.setattr(snapshots, "PAGE_BYTES_MAX", 2_000)
        assert await ids(snapshot(small("a"), large("b"), small("c"))) == [["a"], ["b"], ["c"]]

    @pytest.mark.parametrize("number", [-1, 0, 2])
    async def test_no_such_page(self, number: int) -> None:
        """They are counted from 1."""
        with pytest.raises(PageMissing):
            await snapshot(small("a")).page(number)

    def test_compressed(self) -> None:
        """Strokes to about a fourth, and whole again, in several slices."""
        elements = tuple(large(f"e{number}", 40) for number in range(120))
        page = make_page(3, elements)
        assert (page.page, tuple(elements_of(page))) == (3, elements)
        assert len(page.elements) < sum(map(element_bytes, elements)) / 4

    async def test_what_a_joiner_is_told(self) -> None:
        """Teachers what is put aside and what can be put back, as long as it can; others neither."""
        state = BoardState(
            elements=LayeredDict({"a": small("a"), "b": small("b")}),
            hidden=frozenset("b"),
            cleared=(Cleared(3, 1_000, ()), Cleared(4, 500_000, ())),
        )
        for to_staff in (True, False):
            taken = Snapshot(HERE, state, to_staff)
            told = taken.told(await taken.page(1), 601_001)
            assert (told.count, told.hidden, told.undoable) == ((2, ("b",), (4,)) if to_staff else (1, (), ()))


class TestOnce:
    async def test_small_ones_are_at_hand(self) -> None:
        """Without a thread."""
        one = snapshot(small("a"))
        page = one.at_hand(1)
        assert page is not None
        assert one.at_hand(1) is page

    async def test_a_crowd(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A large page is made once for all who ask, in a thread, and at hand from then on."""
        made: list[str] = []

        def noted(number: int, elements: Any) -> BoardPage:
            made.append(threading.current_thread().name)
            return make_page(number, elements)

        monkeypatch.setattr(snapshots, "make_page", noted)
        one = snapshot(large("a"))
        assert one.at_hand(1) is None
        pages = await asyncio.gather(*(one.page(1) for _ in range(60)))
        assert len({id(page) for page in pages}) == len(made) == 1
        assert made != [threading.main_thread().name]
        assert one.at_hand(1) is pages[0]

    async def test_one_that_does_not_wait(self) -> None:
        """Who is gone does not take the page from the others."""
        one = snapshot(large("a"))
        first, second = asyncio.create_task(one.page(1)), asyncio.create_task(one.page(1))
        await asyncio.sleep(0)
        first.cancel()
        assert [kept.element.id for kept in elements_of(await second)] == ["a"]

    async def test_one_that_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Is made anew for who asks next."""

        def broken(*_: object) -> BoardPage:
            raise MemoryError

        monkeypatch.setattr(snapshots, "make_page", broken)
        one = snapshot(large("a"))
        with pytest.raises(MemoryError):
            await one.page(1)
        monkeypatch.undo()
        assert await ids(one) == [["a"]]


class TestWithholding:
    async def test_of_the_audience(self) -> None:
        """What is put aside is on the teachers' pages only."""
        elements, hidden = (small("a"), small("b")), ("a",)
        assert await ids(snapshot(*elements, hidden=hidden)) == [["b"]]
        assert await ids(snapshot(*elements, hidden=hidden, to_staff=True)) == [["a", "b"]]

    async def test_afterwards(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Pages that were made before are made anew without it; the others, and their numbers, stay."""
        monkeypatch.setattr(snapshots, "PAGE_BYTES_MAX", 1)
        one = snapshot(small("a"), small("b"))
        before = await one.page(1)
        assert await ids(one) == [["a"], ["b"]]
        one.withhold(["b", "nobody"])
        assert await ids(one) == [["a"], []]
        assert await one.page(1) is before

    async def test_while_a_page_is_made(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who waits for it gets one without."""
        go_on = threading.Event()

        def slow(number: int, elements: Any) -> BoardPage:
            assert go_on.wait(10)
            return make_page(number, elements)

        monkeypatch.setattr(snapshots, "make_page", slow)
        monkeypatch.setattr(snapshots, "FIRST_PAGE_BYTES_MAX", PAGE_BYTES_MAX)
        one = snapshot(large("a"), large("b"))
        waiting = asyncio.create_task(one.page(1))
        await asyncio.sleep(0)
        one.withhold(["a"])
        go_on.set()
        assert [kept.element.id for kept in elements_of(await waiting)] == ["b"]
        assert await ids(one) == [["b"]]
