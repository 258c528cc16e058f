"""Tallies round to three digits and no further, add up, and know their percentiles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.generator import tally
from loadtests.generator.tally import Tally


@given(value=st.integers(min_value=0, max_value=10**10))
def test_rounded_down_by_a_thousandth_at_most(value: int) -> None:
    rounded = tally.rounded(value)
    assert rounded <= value
    assert value - rounded <= value / 1000
    assert tally.rounded(rounded) == rounded


def test_counting() -> None:
    counts: Tally = {}
    for nanoseconds in (1_500, 1_900, 5_000_000, -3):
        tally.count(counts, nanoseconds)
    assert counts == {1: 2, tally.rounded(5_000): 1, 0: 1}
    tally.add(counts, {1: 3, 7: 1})
    assert counts[1] == 5
    assert counts[7] == 1


@pytest.mark.parametrize(("fraction", "expected"), [(0.5, 10), (0.99, 10), (0.995, 500), (1.0, 500)])
def test_quantile(fraction: float, expected: int) -> None:
    assert tally.quantile({500: 1, 10: 99}, fraction) == expected


def test_nothing_has_no_quantile() -> None:
    assert tally.quantile({}, 0.5) is None
