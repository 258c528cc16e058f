"""Percentiles are exact values that were measured; a figure of several rounds keeps its worst one."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.figures import Latency, Spread, latency, percentile, spread


@pytest.mark.parametrize(
    ("fraction", "expected"), [(0.5, 50), (0.99, 99), (0.991, 100), (1, 100), (0.01, 1), (0.001, 1)]
)
def test_nearest_rank(fraction: float, expected: int) -> None:
    assert percentile(range(1, 101), fraction) == expected


@given(values=st.lists(st.integers(), min_size=1), thousandth=st.integers(min_value=1, max_value=1_000))
def test_the_smallest_value_that_enough_do_not_exceed(values: list[int], thousandth: int) -> None:
    ordered = sorted(values)
    found = percentile(ordered, thousandth / 1_000)
    enough = math.ceil(len(ordered) * thousandth / 1_000)
    assert found in ordered
    assert sum(value <= found for value in ordered) >= enough
    assert sum(value < found for value in ordered) < enough


@pytest.mark.parametrize(("values", "fraction"), [([], 0.5), ([1], 0), ([1], 1.1)])
def test_what_has_no_percentile(values: list[int], fraction: float) -> None:
    with pytest.raises(ValueError, match=r"fraction|nothing"):
        percentile(values, fraction)


def test_latency_in_milliseconds_from_any_order() -> None:
    assert latency([3_000_000, 1_000_000, 2_000_000]) == Latency(p50=2, p99=3, max=3, count=3)


def test_spread() -> None:
    assert spread([3, 1, 8]) == Spread(min=1, median=3, max=8)
    assert spread([1, 2]) == Spread(min=1, median=1.5, max=2)
    with pytest.raises(ValueError, match="no round"):
        spread([])
