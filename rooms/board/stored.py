"""How a board lies in a snapshot: in parts, so that it can be written and read in a thread without holding others up.

Reading is what the first person waits for who opens a large board after a restart. The points of strokes and lines,
numbers that hardly compress and slow both codecs down, lie as they are beside the compressed rest of their elements.
"""

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from struct import Struct as Layout
from struct import pack
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import force_setattr, replace

from rooms.board.elements import ElementId, FreeDraw, LinearBase, Points
from rooms.board.model import BoardElement, BoardState, Cleared, Gone

Item = TypeVar("Item")

PART_ELEMENTS = 50
"""Elements of a snapshot that are encoded or decoded without a break: large boards are in a thread, and whoever else
wants to run waits until msgspec gives the interpreter back, a millisecond for so many strokes."""

PART_GONE = 1_000
"""The same of versions of deleted elements, which are small."""

COMPRESSION = 1
"""zlib's level: the quickest. While a snapshot is written to the disk nothing else is."""

POINT = Layout("<2d")
"""x and y, as IEEE 754 double precision, the lowest byte first: exactly what they were."""

NO_POINTS: Points = ((0.0, 0.0),)
"""In place of those that lie beside their element."""


class _Part(Struct, frozen=True, array_like=True):
    """Some elements, encoded and compressed without their points; how many each has that can have any; and those."""

    elements: bytes
    counts: tuple[int, ...]
    points: bytes


class _StoredClearing(Struct, frozen=True):
    """A clearing without its elements, and those in parts."""

    rest: Cleared
    parts: tuple[_Part | bytes, ...]


class _Stored(Struct, frozen=True):
    """A snapshot: the board without what may be much, and that in parts.

    A part that is bytes has whole elements, encoded and compressed: as they were written before November 2026.
    """

    rest: BoardState
    parts: tuple[_Part | bytes, ...]
    gone: tuple[bytes, ...]
    cleared: tuple[_StoredClearing, ...]


_stored_encoder = msgspec.msgpack.Encoder(order="deterministic")
"""The same bytes of the same board: its sets are sorted, and the dicts whose order matters are in the parts."""

_stored_decoder = msgspec.msgpack.Decoder(_Stored)
_elements_decoder = msgspec.msgpack.Decoder(tuple[BoardElement, ...])
_gone_decoder = msgspec.msgpack.Decoder(dict[ElementId, Gone])


def encode_board(state: BoardState) -> bytes:
    """Without `places`: they follow from the elements."""
    rest = replace(state, elements={}, gone={}, cleared=(), places=())
    cleared = tuple(
        _StoredClearing(replace(clearing, elements=()), _packed(clearing.elements)) for clearing in state.cleared
    )
    gone = tuple(_pack(dict(part)) for part in _parted(tuple(state.gone.items()), PART_GONE))
    return _stored_encoder.encode(_Stored(rest, _packed(tuple(state.elements.values())), gone, cleared))


def decode_board(snapshot: bytes) -> BoardState:
    """The state from a stored snapshot."""
    stored = _stored_decoder.decode(snapshot)
    elements = {kept.element.id: kept for kept in _unpacked(stored.parts)}
    gone: dict[ElementId, Gone] = {}
    for part in stored.gone:
        gone |= _gone_decoder.decode(zlib.decompress(part))
    return replace(
        stored.rest,
        elements=elements,
        gone=gone,
        cleared=tuple(replace(one.rest, elements=tuple(_unpacked(one.parts))) for one in stored.cleared),
        places=tuple(sorted(kept.element.index for kept in elements.values())),
    )


def _packed(elements: tuple[BoardElement, ...]) -> tuple[_Part, ...]:
    return tuple(map(_pack_part, _parted(elements, PART_ELEMENTS)))


def _pack_part(elements: tuple[BoardElement, ...]) -> _Part:
    bare: list[BoardElement] = []
    counts: list[int] = []
    points: list[bytes] = []
    for kept in elements:
        element = kept.element
        if isinstance(element, FreeDraw | LinearBase):
            numbers = tuple(chain.from_iterable(element.points))
            counts.append(len(element.points))
            points.append(pack(f"<{len(numbers)}d", *numbers))
            bare.append(replace(kept, element=replace(element, points=NO_POINTS)))
        else:
            bare.append(kept)
    return _Part(_pack(bare), tuple(counts), b"".join(points))


def _unpacked(parts: Iterable[_Part | bytes]) -> Iterator[BoardElement]:
    for part in parts:
        if isinstance(part, bytes):
            yield from _elements_decoder.decode(zlib.decompress(part))
        else:
            yield from _unpack_part(part)


def _unpack_part(part: _Part) -> tuple[BoardElement, ...]:
    elements = _elements_decoder.decode(zlib.decompress(part.elements))
    counts, points = iter(part.counts), POINT.iter_unpack(part.points)
    for kept in elements:
        element = kept.element
        if isinstance(element, FreeDraw | LinearBase):
            # They were made here a moment ago, and nobody else has seen them yet.
            force_setattr(element, "points", tuple(islice(points, next(counts))))
    return elements


def _pack(part: object) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(part), COMPRESSION)


def _parted(items: tuple[Item, ...], size: int) -> Iterator[tuple[Item, ...]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
