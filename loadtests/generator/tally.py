"""Latencies as counts of rounded values: cheap to take down, small to send to the parent, whatever their number."""

EXACT_BITS = 11
"""Values are kept to this many binary digits: to the microsecond below 2 ms, to 0.1 % above. Three decimal digits."""

EXACT = 1 << EXACT_BITS

NANOSECONDS_PER_MICROSECOND = 1000

Tally = dict[int, int]
"""How often each value occurred, in microseconds."""


def rounded(microseconds: int) -> int:
    """The value under which one is counted: rounded down to three digits, and never below 0."""
    if microseconds < EXACT:
        return max(0, microseconds)
    shift = microseconds.bit_length() - EXACT_BITS
    return microseconds >> shift << shift


def count(tally: Tally, nanoseconds: int) -> None:
    """Take down one value, given in nanoseconds."""
    value = rounded(nanoseconds // NANOSECONDS_PER_MICROSECOND)
    tally[value] = tally.get(value, 0) + 1


def add(total: Tally, more: Tally) -> None:
    """Add a tally to another one."""
    for value, often in more.items():
        total[value] = total.get(value, 0) + often


def quantile(tally: Tally, fraction: float) -> int | None:
    """The smallest value, in microseconds, that at least `fraction` of all do not exceed; None of an empty tally."""
    total = sum(tally.values())
    if not total:
        return None
    wanted = fraction * total
    passed = 0
    for value in sorted(tally):
        passed += tally[value]
        if passed >= wanted:
            return value
    return max(tally)
