"""Latencies of a whole run in an HdrHistogram (Gil Tene): any percentile, to three digits, from a microsecond up."""

from hdrh.histogram import HdrHistogram

from loadtests.generator.tally import Tally
from loadtests.results.model import Latency

LOWEST = 1
"""Microseconds: less is told as this."""

HIGHEST = 3_600_000_000
"""Microseconds: an hour. A run whose messages take longer has other problems."""

DIGITS = 3
"""Significant decimal digits of every value."""

MICROSECONDS_PER_MS = 1000

PLOTTED = (
    *(float(percent) for percent in range(0, 90, 5)),
    *(90.0, 91.0, 92.0, 93.0, 94.0, 95.0, 96.0, 97.0, 98.0),
    *(99.0, 99.2, 99.4, 99.6, 99.7, 99.8, 99.9, 99.95, 99.98, 99.99, 99.995, 99.999, 100.0),
)
"""Percentiles of the plot: closer together the nearer they are to all."""


def histogram(tally: Tally) -> HdrHistogram:
    """All values of a tally."""
    result = HdrHistogram(LOWEST, HIGHEST, DIGITS)
    for value, often in tally.items():
        result.record_value(min(max(value, LOWEST), HIGHEST), often)
    return result


def latency(name: str, stage: str, tally: Tally) -> Latency:
    """The figures of a tally that is not empty."""
    values = histogram(tally)

    def at(percent: float) -> float:
        return float(values.get_value_at_percentile(percent)) / MICROSECONDS_PER_MS

    highest = max(tally) / MICROSECONDS_PER_MS
    return Latency(
        name=name,
        stage=stage,
        count=int(values.get_total_count()),
        p50_ms=at(50),
        p90_ms=at(90),
        p99_ms=at(99),
        p999_ms=at(99.9),
        max_ms=highest,
        percentiles=tuple((percent, min(at(percent), highest)) for percent in PLOTTED),
    )
