"""A board as one audience saw it at a position, in compressed pages: made when asked for, once for all readers.

A page of strokes takes some milliseconds to compress, which is done in a thread; what is small is done at once.
"""

import asyncio
import zlib
from collections.abc import Iterable

import msgspec

from rooms.board.audience import visible_elements
from rooms.board.decide import UNDO_CLEAR_MS
from rooms.board.elements import ElementId
from rooms.board.messages import BOARD_PAGE_ELEMENTS, BoardPage, BoardSnapshot
from rooms.board.model import BoardElement, BoardState
from rooms.stream import Position
from rtserver.boards.weights import element_bytes

PAGE_BYTES_MAX = 524_288
"""Bytes of a page before it is compressed, about; an element that is larger has a page for itself. Several pages fit
into what may wait for one socket."""

AT_ONCE_BYTES = 32_768
"""Bytes that are encoded and compressed where they are asked for: under a millisecond, a thread takes as long."""

FIRST_PAGE_BYTES_MAX = AT_ONCE_BYTES
"""Bytes of the first page, which travels in the answer to a join: nobody waits for a thread before they are in."""

SLICE_ELEMENTS = 50
"""Elements encoded without a break: the event loop waits for an encoder, thread or not, and this takes 0.1 ms."""

COMPRESSION = 3
"""zlib's level: twice as fast as the usual 6, and a twentieth larger."""

FIRST_PAGE = 1

_encoder = msgspec.json.Encoder()

Elements = tuple[BoardElement, ...]


class PageMissing(Exception):
    """There is no page of that number."""


class Snapshot:
    """The pages of a board. All methods are called on the event loop."""

    def __init__(self, position: Position, state: BoardState, to_staff: bool) -> None:
        """`state`: the board at `position`."""
        self.position = position
        self._policy = state.policy
        self._hidden = tuple(sorted(state.hidden)) if to_staff else ()
        self._undoable = state.cleared if to_staff else ()
        self._parts = _parted(visible_elements(state, to_staff))
        self._made: dict[int, BoardPage] = {}
        self._making: dict[int, asyncio.Task[BoardPage]] = {}

    @property
    def pages(self) -> int:
        """How many pages there are: one at least."""
        return len(self._parts)

    @property
    def count(self) -> int:
        """How many elements there are in all pages."""
        return sum(map(len, self._parts))

    def told(self, first: BoardPage, now: int) -> BoardSnapshot:
        """What a joiner is told of it, with its first page."""
        return BoardSnapshot(
            pages=self.pages,
            count=self.count,
            first=first,
            policy=self._policy,
            hidden=self._hidden,
            undoable=tuple(one.clear for one in self._undoable if now - one.at <= UNDO_CLEAR_MS),
        )

    def withhold(self, ids: Iterable[ElementId]) -> None:
        """Leave elements out of what is given from now on: a teacher put them aside after the snapshot was taken."""
        withheld = frozenset(ids)
        for index, part in enumerate(self._parts):
            kept = tuple(element for element in part if element.element.id not in withheld)
            if len(kept) < len(part):
                self._parts[index] = kept
                self._made.pop(index + FIRST_PAGE, None)
                self._making.pop(index + FIRST_PAGE, None)

    def at_hand(self, number: int) -> BoardPage | None:
        """A page that need not be waited for; None when it must. Raises `PageMissing`."""
        page = self._made.get(number)
        if page is None:
            part = self._part(number)
            if sum(map(element_bytes, part)) <= AT_ONCE_BYTES:
                page = self._made[number] = make_page(number, part)
        return page

    async def page(self, number: int) -> BoardPage:
        """A page, without what was withheld up to now. Raises `PageMissing`."""
        while True:
            page = self.at_hand(number)
            if page is not None:
                return page
            making = self._making.get(number)
            if making is None:
                making = self._making[number] = asyncio.create_task(self._make(number), name="board-page")
            await asyncio.shield(making)

    async def _make(self, number: int) -> BoardPage:
        part, this = self._part(number), asyncio.current_task()
        try:
            page = await asyncio.to_thread(make_page, number, part)
            if self._making.get(number) is this:  # else something in it was withheld meanwhile
                self._made[number] = page
            return page
        finally:
            if self._making.get(number) is this:
                del self._making[number]

    def _part(self, number: int) -> Elements:
        if not FIRST_PAGE <= number < FIRST_PAGE + len(self._parts):
            raise PageMissing
        return self._parts[number - FIRST_PAGE]


def make_page(number: int, elements: Elements) -> BoardPage:
    """A JSON array of elements, compressed."""
    packer = zlib.compressobj(COMPRESSION)
    packed, mark = [], b"["
    for start in range(0, len(elements), SLICE_ELEMENTS):
        encoded = _encoder.encode(elements[start : start + SLICE_ELEMENTS])
        packed.append(packer.compress(mark + encoded[1:-1]))
        mark = b","
    packed.append(packer.compress(b"]" if elements else b"[]"))
    packed.append(packer.flush())
    return BoardPage(number, b"".join(packed))


def _parted(visible: Iterable[BoardElement]) -> list[Elements]:
    parts: list[Elements] = []
    part: list[BoardElement] = []
    size = 0
    for element in visible:
        weight = element_bytes(element)
        most = PAGE_BYTES_MAX if parts else min(PAGE_BYTES_MAX, FIRST_PAGE_BYTES_MAX)
        if part and (len(part) >= BOARD_PAGE_ELEMENTS or size + weight > most):
            parts.append(tuple(part))
            part, size = [], 0
        part.append(element)
        size += weight
    return [*parts, tuple(part)]
