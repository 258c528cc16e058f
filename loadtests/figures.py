"""Percentiles of what was measured, and the spread of a figure over several rounds."""

from collections.abc import Sequence
from statistics import median

from msgspec import Struct

NANOSECONDS_PER_MS = 1_000_000


class Spread(Struct, frozen=True):
    """A figure of several rounds: never an average, which hides the bad round, nor the best one alone."""

    min: float
    median: float
    max: float


def spread(values: Sequence[float]) -> Spread:
    """The spread of one value a round. Raises `ValueError` without any."""
    if not values:
        raise ValueError("no round was measured")
    return Spread(min(values), median(values), max(values))


def percentile(ordered: Sequence[int], fraction: float) -> int:
    """The smallest value that at least `fraction` (above 0, up to 1) of all values do not exceed: the nearest rank.

    Exact, from all values in ascending order, and always one that was measured: nothing is interpolated or put into
    buckets. Raises `ValueError` when there are none.
    """
    if not ordered:
        raise ValueError("nothing was measured")
    if not 0 < fraction <= 1:
        raise ValueError("a fraction above 0, up to 1")
    rank = -(-len(ordered) * round(fraction * 1_000_000) // 1_000_000)  # rounded up, in whole numbers
    return ordered[rank - 1]


class Latency(Struct, frozen=True):
    """What one round's latencies come to, in milliseconds."""

    p50: float
    p99: float
    max: float
    count: int


def latency(nanoseconds: Sequence[int]) -> Latency:
    """Sum up latencies in nanoseconds, in any order. Raises `ValueError` when there are none."""
    ordered = sorted(nanoseconds)
    return Latency(
        p50=percentile(ordered, 0.50) / NANOSECONDS_PER_MS,
        p99=percentile(ordered, 0.99) / NANOSECONDS_PER_MS,
        max=percentile(ordered, 1) / NANOSECONDS_PER_MS,
        count=len(ordered),
    )
