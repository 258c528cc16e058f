"""Finding the highest load that is kept: doubling, then bisection, then a longer try that confirms it. Pure."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

CLOSE = 1.1
"""A load that is kept and one that is not, so near to each other, are near enough: runs scatter more than that."""

HALVINGS_MAX = 5
"""How often a first load that is too high is halved before the search is given up."""

CONFIRMATIONS_MAX = 4
"""How often a load that was kept once, and then not, is lowered and tried again."""

Try = Callable[[float, bool], bool]
"""Runs a load; the second argument says that it is a confirmation. Whether it was kept."""


class Found(NamedTuple):
    """`highest`: 0 when none was kept. `is_limit`: a higher one was not; else nothing higher was tried."""

    highest: float
    is_limit: bool


def highest(attempt: Try, first: float, most: float, is_whole: bool) -> Found:
    """The highest load up to `most`; `is_whole`: loads are whole numbers, such as rooms."""

    def is_kept(load: float) -> bool:
        """A load that is missed once is tried again: what some other program does for a moment is no limit."""
        return attempt(load, False) or attempt(load, False)

    low, high = _doubled(is_kept, min(first, most), most, is_whole)
    if not low:
        return Found(0.0, is_limit=True)
    while high and (middle := _middle(low, high, is_whole)):
        if is_kept(middle):
            low = middle
        else:
            high = middle
    for candidate in _downwards(low, is_whole):
        if attempt(candidate, True):
            return Found(candidate, is_limit=bool(high) or candidate < low)
    return Found(0.0, is_limit=True)


def _doubled(is_kept: Callable[[float], bool], first: float, most: float, is_whole: bool) -> tuple[float, float]:
    """A load that is kept and a higher one that is not; 0 where there is none."""
    load = first
    if not is_kept(load):
        high = load
        for _ in range(HALVINGS_MAX):
            load = load // 2 if is_whole else load / 2
            if load <= 0:
                break
            if is_kept(load):
                return load, high
            high = load
        return 0.0, high
    while load < most:
        further = min(load * 2, most)
        if not is_kept(further):
            return load, further
        load = further
    return load, 0.0


def _middle(low: float, high: float, is_whole: bool) -> float:
    """Between them; 0 when they are near enough."""
    if high <= low * CLOSE:
        return 0.0
    middle = (low + high) / 2
    if not is_whole:
        return middle
    whole = float(int(middle))
    return whole if low < whole < high else 0.0


def _downwards(load: float, is_whole: bool) -> Iterator[float]:
    """The load itself, and lower ones."""
    for _ in range(CONFIRMATIONS_MAX):
        yield load
        load = min(load - 1, float(int(load / CLOSE))) if is_whole else load / CLOSE
        if load <= 0:
            return
