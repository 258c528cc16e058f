"""The order of drawing: Excalidraw's fractional `index`, a key that sorts by its bytes and of which no two are alike.

The keys are those of rocicorp's `fractional-indexing` 3.2.0, which the pinned editor uses, after David Greenspan's
"Implementing Fractional Indexing": an integer part whose first letter says how long it is (`a` two characters in all,
`b` three, and so on; below zero `Z` two, `Y` three), then the digits of a fraction, which does not end with a zero.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Mapping, Sequence
from itertools import chain

from rooms.board.elements import ElementId, OrderKey

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""Base 62, in the order of their bytes."""

KEY_CHARACTERS_MAX = 80
"""Characters of a key, as `OrderKey` says: some three hundred insertions at the same place."""

PLACE_CHARACTERS_MAX = 64
"""Characters of a key that an element gets: who draws between two of those has a key that the wire takes, for some
ninety insertions before they hear from the server."""

WHOLE_CHARACTERS_MAX = 10
"""Characters of the integer part that somebody may ask for, some 10^16 elements away from the first: behind it there
is always room, as there is not behind the largest."""

FAR = chr(ord("a") + WHOLE_CHARACTERS_MAX)
"""Sorts behind all integers that elements get: those asked for, and one character more where the server counts on."""

NEIGHBOURS = 3
"""Gaps above and below the one that is wanted in which room is looked for when it is full."""

ZERO = DIGITS[0]
HIGHEST_DIGIT = DIGITS[-1]
FIRST_KEY = "a" + ZERO

SMALLEST_INTEGER = "A" + ZERO * 26
"""By itself it is no key: nothing could be put before it."""


def is_valid(key: OrderKey) -> bool:
    """Whether the editor takes it for a key, and it is short enough for the wire."""
    if not key or len(key) > KEY_CHARACTERS_MAX or not key.isascii() or not key.isalnum() or key[0].isdigit():
        return False
    length = _integer_length(key[0])
    if len(key) < length or key == SMALLEST_INTEGER:
        return False
    return len(key) == length or key[-1] != ZERO


def is_place(key: OrderKey) -> bool:
    """Whether an element gets the key that was asked for, when it is free."""
    return is_valid(key) and len(key) <= PLACE_CHARACTERS_MAX and _integer_length(key[0]) <= WHOLE_CHARACTERS_MAX


def key_between(low: OrderKey | None, high: OrderKey | None) -> OrderKey:
    """A key between two valid ones, `low` < `high`; None: no limit on that side. At most one character longer."""
    if low is None:
        return FIRST_KEY if high is None else _key_before(high)
    integer = _integer(low)
    fraction = low[len(integer) :]
    if high is not None and _integer(high) == integer:
        return integer + _midpoint(fraction, high[len(integer) :])
    next_integer = _incremented(integer)
    if next_integer is None or (high is not None and next_integer >= high):
        return integer + _midpoint(fraction, None)
    return next_integer


class Places:
    """Gives places in the order of drawing, each to one element only.

    `taken`: the keys in use, sorted. `leaving`: those of them whose elements are about to go, or to be given one anew.
    """

    def __init__(self, taken: Sequence[OrderKey], leaving: Collection[OrderKey] = ()) -> None:
        self._taken = list(taken)
        for key in leaving:
            remove(self._taken, key)

    def give(self, wanted: Mapping[ElementId, OrderKey]) -> dict[ElementId, OrderKey]:
        """To each the place that it wants, when that is one and free; else one behind it, before the next in use.

        Where no key fits there any more, one as near as can be found quickly: whoever fills a gap with long keys must
        not make others wait.
        """
        given: dict[ElementId, OrderKey] = {}
        for element, key in wanted.items():
            if is_place(key) and not contains(self._taken, key):
                insort(self._taken, key)
                given[element] = key
        for element, key in wanted.items():
            if element not in given:
                given[element] = self._fresh(key)
                insort(self._taken, given[element])
        return given

    def _fresh(self, wanted: OrderKey) -> OrderKey:
        """A key behind `wanted`. Where keys have become too long, in a gap near by, and else behind all."""
        gap = bisect_right(self._taken, wanted)
        above = range(gap, min(gap + NEIGHBOURS, len(self._taken)) + 1)
        below = range(gap - 1, max(gap - NEIGHBOURS, 0) - 1, -1)
        keys = map(self._in_gap, chain(above, below))
        fitting = next((key for key in keys if len(key) <= PLACE_CHARACTERS_MAX), None)
        return fitting or self._in_gap(bisect_left(self._taken, FAR))

    def _in_gap(self, gap: int) -> OrderKey:
        """A key before the `gap`-th of those in use."""
        low = self._taken[gap - 1] if gap > 0 else None
        high = self._taken[gap] if gap < len(self._taken) else None
        return key_between(low, high)


def contains(keys: Sequence[OrderKey], key: OrderKey) -> bool:
    """Whether the key is among sorted ones."""
    place = bisect_left(keys, key)
    return place < len(keys) and keys[place] == key


def remove(keys: list[OrderKey], key: OrderKey) -> None:
    """Take the key out of sorted ones, among which it is."""
    del keys[bisect_left(keys, key)]


def _key_before(high: OrderKey) -> OrderKey:
    integer = _integer(high)
    if integer == SMALLEST_INTEGER:
        return integer + _midpoint("", high[len(integer) :])
    if integer < high:
        return integer
    before = _decremented(integer)
    return before + _midpoint("", None) if before == SMALLEST_INTEGER else before


def _integer_length(head: str) -> int:
    return ord(head) - ord("a") + 2 if head >= "a" else ord("Z") - ord(head) + 2


def _integer(key: OrderKey) -> str:
    return key[: _integer_length(key[0])]


def _midpoint(low: str, high: str | None) -> str:
    """Digits of a fraction between two; None: 1. Neither ends with a zero."""
    result = ""
    while True:
        if high is not None:
            same = 0
            while (low[same : same + 1] or ZERO) == high[same]:
                same += 1
            result += high[:same]
            low, high = low[same:], high[same:]
        first = DIGITS.index(low[0]) if low else 0
        last = DIGITS.index(high[0]) if high is not None else len(DIGITS)
        if last - first > 1:
            return result + DIGITS[(first + last + 1) // 2]
        if high is not None and len(high) > 1:
            return result + high[0]
        result += DIGITS[first]
        low, high = low[1:], None


def _incremented(integer: str) -> str | None:
    """The next integer; None behind the largest."""
    head, digits = integer[0], integer[1:]
    kept = digits.rstrip(HIGHEST_DIGIT)
    if kept:
        return head + kept[:-1] + DIGITS[DIGITS.index(kept[-1]) + 1] + ZERO * (len(digits) - len(kept))
    if head == "z":
        return None
    if head == "Z":
        return FIRST_KEY
    head = chr(ord(head) + 1)
    return head + ZERO * (_integer_length(head) - 1)


def _decremented(integer: str) -> str:
    """The integer before; there is one, since it is not the smallest."""
    head, digits = integer[0], integer[1:]
    kept = digits.rstrip(ZERO)
    if kept:
        return head + kept[:-1] + DIGITS[DIGITS.index(kept[-1]) - 1] + HIGHEST_DIGIT * (len(digits) - len(kept))
    head = "Z" if head == "a" else chr(ord(head) - 1)
    return head + HIGHEST_DIGIT * (_integer_length(head) - 1)
