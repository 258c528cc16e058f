"""A dict of which copies are cheap, since most of it is shared between them.

Boards have thousands of elements, and an event changes a few. Copying a dict of ten thousand entries takes up to a
millisecond once much in it has changed, and nothing else runs meanwhile; copying the few that changed lately takes
microseconds.
"""

from collections.abc import ItemsView, Iterable, Iterator, Mapping, MutableMapping, ValuesView
from typing import TypeVar, cast

Key = TypeVar("Key")
Value = TypeVar("Value")

LATEST_MAX = 256
"""Entries that lie above the shared ones before a copy puts all together again: so many are copied in some
microseconds, and putting ten thousand together, a millisecond or two, happens once in about so many changes."""


class _Removed:
    """Stands above a shared entry that is not there any more."""


_REMOVED = _Removed()


class LayeredDict(MutableMapping[Key, Value]):
    """As `dict`, in the order in which each entry was put in last. Values must not be None.

    Whoever holds one that others hold, too, changes a `copy`.
    """

    __slots__ = ("_count", "_latest", "_shared")

    def __init__(self, entries: Mapping[Key, Value] | Iterable[tuple[Key, Value]] = ()) -> None:
        self._shared: dict[Key, Value] = dict(entries)
        """Never changed."""
        self._latest: dict[Key, Value | _Removed] = {}
        self._count = len(self._shared)

    def copy(self) -> "LayeredDict[Key, Value]":
        """One of its own to change, which takes as long as there are entries above the shared ones."""
        if len(self._latest) > LATEST_MAX:
            return LayeredDict(self.entries())
        made: LayeredDict[Key, Value] = LayeredDict.__new__(LayeredDict)
        made._shared, made._latest, made._count = self._shared, self._latest.copy(), self._count
        return made

    def __getitem__(self, key: Key) -> Value:
        value = self._latest.get(key)
        if value is None:
            return self._shared[key]
        if value is _REMOVED:
            raise KeyError(key)
        return cast(Value, value)

    def __setitem__(self, key: Key, value: Value) -> None:
        old = self._latest.pop(key, None)  # what changes comes last
        if old is _REMOVED or (old is None and key not in self._shared):
            self._count += 1
        self._latest[key] = value

    def __delitem__(self, key: Key) -> None:
        if key not in self:
            raise KeyError(key)
        self._latest.pop(key, None)
        if key in self._shared:
            self._latest[key] = _REMOVED
        self._count -= 1

    def __contains__(self, key: object) -> bool:
        value = self._latest.get(cast(Key, key))
        return key in self._shared if value is None else value is not _REMOVED

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Key]:
        return (key for key, _ in self.entries())

    def items(self) -> ItemsView[Key, Value]:
        """As of a dict; going over them looks nothing up."""
        return _Items(self)

    def values(self) -> ValuesView[Value]:
        """As of a dict; going over them looks nothing up."""
        return _Values(self)

    def __repr__(self) -> str:
        return f"LayeredDict({dict(self.entries())!r})"

    def entries(self) -> Iterator[tuple[Key, Value]]:
        """All of them, in their order."""
        latest = self._latest
        if not latest:
            yield from self._shared.items()
            return
        for key, shared in self._shared.items():
            if key not in latest:
                yield key, shared
        for key, value in latest.items():
            if not isinstance(value, _Removed):
                yield key, value


class _Items(ItemsView[Key, Value]):
    _mapping: LayeredDict[Key, Value]

    def __iter__(self) -> Iterator[tuple[Key, Value]]:
        return self._mapping.entries()


class _Values(ValuesView[Value]):
    _mapping: LayeredDict[object, Value]

    def __iter__(self) -> Iterator[Value]:
        return (value for _, value in self._mapping.entries())
