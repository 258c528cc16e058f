"""The rules of `board:` streams: how a board follows from its events. `rooms.board.decide` says what may happen.

A board may have thousands of elements and changes many times a second: `apply` copies only those of its dicts that an
event changes, most of which are shared (`rooms.board.layered`), and looks at no element that the event is not about.
"""

import zlib
from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from rooms import events
from rooms.board.checks import size_of
from rooms.board.decide import UNDO_CLEAR_MS, coming_back
from rooms.board.elements import ElementId, OrderKey, TextElement
from rooms.board.layered import LayeredDict
from rooms.board.leaving import noted
from rooms.board.model import BoardElement, BoardState, Cleared, Gone
from rooms.board.ordering import Places, remove
from rooms.model import MemberId
from rooms.stream import Event, StreamName

Item = TypeVar("Item")

SNAPSHOT_VERSION = 1

GONE_MAX = 10_000
"""Deleted elements whose versions are remembered: a full board cleared, and all its undoing."""

CLEARED_MAX = 20
"""Clearings that can be undone at a time: a lesson's worth of single pupils."""

CLEARED_BYTES_MAX = 20_000_000
"""Bytes of them all but the newest: as much as a board."""

PART_ELEMENTS = 50
"""Elements of a snapshot that are encoded or decoded without a break: large boards are in a thread, and whoever else
wants to run waits until msgspec gives the interpreter back, a millisecond for so many strokes."""

PART_GONE = 1_000
"""The same of versions of deleted elements, which are small."""

COMPRESSION = 1
"""zlib's level: the quickest. A snapshot is read seldom, and while it is written to the disk nothing else is."""


class _StoredClearing(Struct, frozen=True):
    """A clearing without its elements, and those in parts."""

    rest: Cleared
    parts: tuple[bytes, ...]


class _Stored(Struct, frozen=True):
    """A snapshot: the board without what may be much, and that in parts, each encoded and compressed for itself."""

    rest: BoardState
    parts: tuple[bytes, ...]
    gone: tuple[bytes, ...]
    cleared: tuple[_StoredClearing, ...]


def _restore(kind: type, value: dict[ElementId, object]) -> LayeredDict[ElementId, object]:
    """A dict of `_Stored.rest`, which is empty there."""
    return LayeredDict(value)


_stored_encoder = msgspec.msgpack.Encoder(order="deterministic", enc_hook=dict)
"""The same bytes of the same board: its sets are sorted, and the dicts whose order matters are in the parts."""

_stored_decoder = msgspec.msgpack.Decoder(_Stored, dec_hook=_restore)
_part_decoder = msgspec.msgpack.Decoder(tuple[BoardElement, ...])
_gone_decoder = msgspec.msgpack.Decoder(dict[ElementId, Gone])


class BoardRules:
    """The `Rules` of `board:` streams."""

    version = SNAPSHOT_VERSION

    def empty(self, stream: StreamName) -> BoardState:
        """A board on which nothing was drawn yet."""
        return BoardState()

    def apply(self, state: BoardState, event: Event) -> BoardState:
        """The board after `event`. What cannot be undone any more at its time is forgotten."""
        match event.body:
            case events.BoardChanged(elements):
                state = _changed(state, elements)
            case events.BoardCleared(member):
                state = _cleared(state, event, member)
            case events.BoardClearUndone(clear):
                state = _clear_undone(state, clear)
            case events.BoardHidden(elements):
                state = replace(state, hidden=state.hidden | (set(elements) & state.elements.keys()))
            case events.BoardShown(elements):
                state = replace(state, hidden=state.hidden - {shown.element.id for shown in elements})
            case events.BoardPolicySet(policy):
                state = replace(state, policy=policy)
        if state.cleared and event.at - state.cleared[0].at > UNDO_CLEAR_MS:
            kept = tuple(cleared for cleared in state.cleared if event.at - cleared.at <= UNDO_CLEAR_MS)
            state = replace(state, cleared=kept)
        return state

    def encode(self, state: BoardState) -> bytes:
        """Without `places`: they follow from the elements."""
        rest = replace(state, elements=LayeredDict(), gone=LayeredDict(), cleared=(), places=())
        cleared = tuple(
            _StoredClearing(replace(clearing, elements=()), _packed(clearing.elements)) for clearing in state.cleared
        )
        gone = tuple(_pack(dict(part)) for part in _parted(tuple(state.gone.items()), PART_GONE))
        return _stored_encoder.encode(_Stored(rest, _packed(tuple(state.elements.values())), gone, cleared))

    def decode(self, snapshot: bytes) -> BoardState:
        """The state from a stored snapshot."""
        stored = _stored_decoder.decode(snapshot)
        elements = {kept.element.id: kept for kept in _unpacked(stored.parts)}
        gone: dict[ElementId, Gone] = {}
        for part in stored.gone:
            gone |= _gone_decoder.decode(zlib.decompress(part))
        return replace(
            stored.rest,
            elements=LayeredDict(elements),
            gone=LayeredDict(gone),
            cleared=tuple(replace(one.rest, elements=tuple(_unpacked(one.parts))) for one in stored.cleared),
            places=tuple(sorted(kept.element.index for kept in elements.values())),
        )


def _packed(elements: tuple[BoardElement, ...]) -> tuple[bytes, ...]:
    return tuple(_pack(part) for part in _parted(elements, PART_ELEMENTS))


def _unpacked(parts: Iterable[bytes]) -> Iterator[BoardElement]:
    for part in parts:
        yield from _part_decoder.decode(zlib.decompress(part))


def _pack(part: object) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(part), COMPRESSION)


def _parted(items: tuple[Item, ...], size: int) -> Iterator[tuple[Item, ...]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


class _Draft:
    """A board that is being changed. Its dicts are the old state's until something in them changes."""

    def __init__(self, state: BoardState) -> None:
        self._state = state
        self.elements = state.elements.copy()
        self.gone = state.gone
        self.places: list[OrderKey] | None = None
        self.hidden = state.hidden
        self.size = state.size

    def put(self, new: BoardElement) -> None:
        """Put an element on the board, or in place of what it was."""
        name = new.element.id
        old = self.elements.get(name)
        self.elements[name] = new
        self.size += size_of(new)
        if old is not None:
            self.size -= size_of(old)
            if old.element.index == new.element.index:
                return
            remove(self._own_places(), old.element.index)
        elif name in self.gone:
            if self.gone[name].hidden:
                self.hidden |= {name}
            del self._own_gone()[name]
        insort(self._own_places(), new.element.index)

    def remove(self, name: ElementId, version: int, editor: MemberId) -> None:
        """Take an element off the board, which is how it gets its last version."""
        old = self.elements.pop(name, None)
        if old is None:
            return
        self.size -= size_of(old)
        remove(self._own_places(), old.element.index)
        hidden = name in self.hidden
        self._own_gone()[name] = Gone(version, old.creator, old.class_id, editor, old.held, hidden)
        if hidden:
            self.hidden -= {name}

    def note(self, changed: Sequence[BoardElement]) -> None:
        """Remember what deletions did to the work of others."""
        notes = noted(changed, self._state.elements, self.gone)
        if notes:
            self._own_gone().update(notes)

    def state(self) -> BoardState:
        """The board as it is now."""
        surplus = len(self.gone) - GONE_MAX
        if surplus > 0:
            self._forget(surplus)
        return replace(
            self._state,
            elements=self.elements,
            gone=self.gone,
            places=self._state.places if self.places is None else tuple(self.places),
            hidden=self.hidden,
            size=self.size,
        )

    def _forget(self, surplus: int) -> None:
        """Forget the oldest deletions, those last that pupils must not see in the log either."""
        gone = self._own_gone()
        seen = (name for name, kept in gone.items() if not kept.hidden)
        hidden = (name for name, kept in gone.items() if kept.hidden)
        for name in list(islice(chain(seen, hidden), surplus)):
            del gone[name]

    def _own_gone(self) -> LayeredDict[ElementId, Gone]:
        if self.gone is self._state.gone:
            self.gone = self.gone.copy()
        return self.gone

    def _own_places(self) -> list[OrderKey]:
        """For the time of an event two elements may have the same: they change places one after the other."""
        if self.places is None:
            self.places = list(self._state.places)
        return self.places


def _changed(state: BoardState, elements: Sequence[BoardElement]) -> BoardState:
    draft = _Draft(state)
    for element in elements:
        if element.element.is_deleted:
            draft.remove(element.element.id, element.version, element.editor)
        else:
            draft.put(element)
    draft.note(elements)
    return draft.state()


def _cleared(state: BoardState, event: Event, member: MemberId | None) -> BoardState:
    elements = tuple(element for element in state.elements.values() if member is None or element.creator == member)
    hidden = state.hidden.intersection(element.element.id for element in elements)
    draft = _Draft(state)
    for element in elements:
        draft.remove(element.element.id, element.version + 1, event.actor)
    cleared = Cleared(event.seq, event.at, elements, hidden, state.size - draft.size)
    return replace(draft.state(), cleared=_bounded((*state.cleared, cleared)))


def _bounded(cleared: tuple[Cleared, ...]) -> tuple[Cleared, ...]:
    """As many of the newest clearings as are kept; the newest always is."""
    kept = cleared[-CLEARED_MAX:]
    while len(kept) > 1 and sum(one.size for one in kept[:-1]) > CLEARED_BYTES_MAX:
        kept = kept[1:]
    return kept


def _clear_undone(state: BoardState, clear: int) -> BoardState:
    """What comes back of a clearing is back, each in a place of its own."""
    undone = next((cleared for cleared in state.cleared if cleared.clear == clear), None)
    if undone is None:
        return state
    back = coming_back(state, undone)
    places = Places(state.places).give({element.element.id: element.element.index for element in back})
    draft = _Draft(state)
    for element in back:
        name = element.element.id
        gone = state.gone.get(name)
        version = (element.version + 1 if gone is None else gone.version) + 1
        draft.put(replace(element, element=replace(element.element, index=places[name]), version=version))
        if name in undone.hidden:
            draft.hidden |= {name}
    draft.hidden |= _texts_put_aside(draft, back)
    kept = tuple(cleared for cleared in state.cleared if cleared is not undone)
    return replace(draft.state(), cleared=kept)


def _texts_put_aside(draft: _Draft, back: Iterable[BoardElement]) -> set[ElementId]:
    """Texts whose containers are put aside, perhaps since they were cleared."""
    texts = (kept.element for kept in back if isinstance(kept.element, TextElement))
    return {text.id for text in texts if text.container_id in draft.hidden}
