"""`rooms.board.stored`: a board is the same after it was stored, in parts that hold nobody up."""

import zlib
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from rooms import events
from rooms.board import stored
from rooms.board.elements import Arrow, Element, FreeDraw, LinearBase
from rooms.board.model import BoardElement, BoardState
from rooms.board.rules import BoardRules
from rooms.board.stored import decode_board, encode_board
from rooms.stream import Event
from tests.rooms.board.drawing import ANA, CLAIRE, JAN, PUPILS, START, STREAM, PlayedBoard, drawn


def filled(state: BoardState, member: str, elements: list[Element]) -> BoardState:
    """The board with more on it."""
    kept = tuple(BoardElement(one, 1, member, PUPILS[member], member, START) for one in elements)
    return BoardRules().apply(state, Event(STREAM, 50, START, member, None, events.BoardChanged(kept)))


def emptied(state: BoardState) -> BoardState:
    """The board without what Jan has drawn, which Jan has deleted."""
    kept = tuple(
        replace(one, element=replace(one.element, is_deleted=True), version=2)
        for one in state.elements.values()
        if one.creator == JAN
    )
    return BoardRules().apply(state, Event(STREAM, 51, START, JAN, None, events.BoardChanged(kept)))


def crowded(count: int) -> BoardState:
    """So many strokes that are there, as many and a line that were cleared, and all of these and as many more gone."""
    board = PlayedBoard()
    board.draw(ANA, drawn("line", "first", index="Zz"))
    strokes = [drawn("freedraw", f"e{number}", index=f"b{number:05}V") for number in range(count)]
    for member, suffix in ((JAN, "gone"), (ANA, "cleared"), (JAN, "here")):
        board.state = filled(board.state, member, [replace(one, id=f"{one.id}-{suffix}") for one in strokes])
        if suffix == "gone":
            board.state = emptied(board.state)
        elif suffix == "cleared":
            board.do(CLAIRE, "board.clear", member=ANA)
    return board.state


def of_every_kind() -> BoardState:
    """Strokes and lines of one point, of many and of awkward numbers, among what has none."""
    points = [[at / 3, -at * 1.1] for at in range(4_000)]
    edge = [[-0.0, 50_000.0], [1e-300, 0.1 + 0.2], [-50_000.0, 5e-324]]
    elements = [
        drawn("rectangle", "box", index="a0"),
        drawn("freedraw", "long", index="a1", points=points, pressures=[]),
        drawn("text", "words", index="a2", text="cześć", originalText="cześć"),
        drawn("line", "dot", index="a3", points=[[0, 0]]),
        drawn("arrow", "edge", index="a4", points=edge),
        drawn("image", "picture", index="a5"),
        drawn("line", "same", index="a6", points=[[0, 0], [0, 0]]),
    ]
    return filled(BoardState(), JAN, elements)


def assert_same(state: BoardState) -> None:
    again = decode_board(encode_board(state))
    assert again == state
    assert list(again.elements) == list(state.elements)
    assert list(again.gone) == list(state.gone)
    assert again.places == state.places
    # `==` takes 0.0 for -0.0.
    assert msgspec.msgpack.encode(again.elements) == msgspec.msgpack.encode(state.elements)
    assert encode_board(again) == encode_board(state)


def test_every_kind_of_element() -> None:
    """To the last bit."""
    state = of_every_kind()
    assert_same(state)
    arrow = decode_board(encode_board(state)).elements["edge"].element
    assert isinstance(arrow, Arrow)
    assert arrow.points[1] == (1e-300, 0.1 + 0.2)


def test_the_state_that_is_stored_stays_as_it_was() -> None:
    """Others go on with it meanwhile."""
    state = of_every_kind()
    before = msgspec.msgpack.encode(state)
    encode_board(state)
    assert msgspec.msgpack.encode(state) == before


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 2_345])
def test_large_snapshots(count: int) -> None:
    """In parts that neither encoding nor decoding holds others up with, of elements, deletions and clearings alike."""
    state = crowded(count)
    assert (len(state.elements), len(state.cleared[0].elements)) == (count, count + 1)
    assert len(state.gone) == 2 * count + 1
    assert_same(state)
    encoded = encode_board(state)
    plain = msgspec.msgpack.decode(encoded)
    (cleared,) = plain["cleared"]
    for parts, things, most in (
        ([part[0] for part in plain["parts"]], count, stored.PART_ELEMENTS),
        ([part[0] for part in cleared["parts"]], count + 1, stored.PART_ELEMENTS),
        (plain["gone"], 2 * count + 1, stored.PART_GONE),
    ):
        sizes = [len(msgspec.msgpack.decode(zlib.decompress(part))) for part in parts]
        assert sum(sizes) == things
        assert max(sizes, default=0) <= most
    assert not plain["rest"]["elements"]
    assert not plain["rest"]["gone"]
    if count > stored.PART_ELEMENTS:
        assert len(encoded) < (state.size + state.cleared[0].size) / 4


def as_before(state: BoardState) -> bytes:
    """The snapshot as it was written before points lay beside their elements."""

    def packed(elements: tuple[BoardElement, ...]) -> list[bytes]:
        parts = [elements[start : start + 50] for start in range(0, len(elements), 50)]
        return [zlib.compress(msgspec.msgpack.encode(part), 1) for part in parts]

    written: dict[str, Any] = {
        "rest": replace(state, elements={}, gone={}, cleared=(), places=()),
        "parts": packed(tuple(state.elements.values())),
        "gone": [zlib.compress(msgspec.msgpack.encode(state.gone), 1)] if state.gone else [],
        "cleared": [{"rest": replace(one, elements=()), "parts": packed(one.elements)} for one in state.cleared],
    }
    return msgspec.msgpack.encode(written, order="deterministic")


@pytest.mark.parametrize("state", [BoardState(), of_every_kind(), crowded(70)], ids=["empty", "every kind", "crowded"])
def test_what_was_stored_before(state: BoardState) -> None:
    """Is read as it was, and written anew in parts of today."""
    again = decode_board(as_before(state))
    assert again == state
    assert list(again.elements) == list(state.elements)
    assert encode_board(again) == encode_board(state)


def test_points_are_not_compressed() -> None:
    """Which is what makes reading quick: of the compressed part they are left out."""
    [part] = msgspec.msgpack.decode(encode_board(of_every_kind()))["parts"]
    bare = msgspec.msgpack.decode(zlib.decompress(part[0]), type=tuple[BoardElement, ...])
    lines = [kept.element for kept in bare if isinstance(kept.element, FreeDraw | LinearBase)]
    assert part[1] == [4_000, 1, 3, 2]
    assert all(len(line.points) == 1 for line in lines)
    assert len(part[2]) == sum(part[1]) * 16
