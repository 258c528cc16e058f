"""The estimate of a subscriber: with its losses, with its own estimate, within its bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.rate import (
    DOUBT_MAX,
    ESTIMATE_MAX,
    ESTIMATE_MIN,
    GROWTH,
    HEADROOM,
    INTERVAL,
    REMB_LIFETIME,
    START,
    SendRate,
)

PLENTY = 10_000_000.0
"""Bits a second that are sent where the headroom does not matter."""


def after(losses: list[float], sent: float = PLENTY) -> SendRate:
    """An estimate after some intervals with these losses."""
    rate = SendRate(0.0)
    for interval, loss in enumerate(losses, start=1):
        rate.reported(100, loss)
        rate.advance(sent, interval * INTERVAL)
    return rate


def test_begins_with_something_that_most_lines_carry() -> None:
    """Nothing is known yet."""
    assert SendRate(0.0).estimate == START


def test_grows_while_little_is_lost() -> None:
    """By the same factor each interval."""
    assert after([0.01] * 8, sent=START).estimate == pytest.approx(START * GROWTH**8, rel=1e-5)


def test_stays_between() -> None:
    """Some loss is neither a reason for more nor for less."""
    assert after([0.05] * 10).estimate == START


def test_shrinks_by_half_of_a_high_loss() -> None:
    """20 % lost: 10 % less."""
    assert after([0.2]).estimate == pytest.approx(START * 0.9)


def test_a_bad_second_is_not_a_bad_line() -> None:
    """11 of 100 lost may be chance: it counts with the seconds after it, and if those are like it, it is none."""
    rate = SendRate(0.0)
    rate.reported(100, 0.11)
    rate.advance(PLENTY, INTERVAL)
    assert (rate.estimate, rate.loss) == (START, 0.0)
    rate.reported(100, 0.03)
    rate.advance(PLENTY, 2 * INTERVAL)
    assert rate.estimate == START
    assert rate.loss == pytest.approx(0.07)
    for interval in range(3, 3 + round(DOUBT_MAX / INTERVAL)):
        rate.reported(100, 0.11)
        rate.advance(PLENTY, interval * INTERVAL)
    assert rate.estimate == pytest.approx(START * (1 - 0.11 / 2), abs=1)


def test_a_high_estimate_falls_to_what_was_sent() -> None:
    """When much is lost of 300 kb/s, the line does not carry two megabits, whatever was believed."""
    rate = after([0.0] * 40)
    assert rate.estimate > 2_000_000
    rate.reported(100, 0.5)
    rate.advance(300_000.0, 100.0)
    assert rate.estimate == pytest.approx(300_000 * 0.75)


def test_does_not_grow_beyond_what_was_tried() -> None:
    """A line that carries a voice without loss may not carry a picture."""
    assert after([0.0] * 200, sent=700_000.0).estimate == 700_000 * HEADROOM
    assert after([0.0] * 200, sent=0.0).estimate == START


def test_what_arrives_is_carried() -> None:
    """A better layer went through without loss: there is no need to grow towards it step by step."""
    assert after([0.0], sent=3_000_000.0).estimate == 3_000_000


def test_losses_of_all_streams_count_by_their_packets() -> None:
    """One lost packet of a thin stream is no disaster."""
    rate = SendRate(0.0)
    rate.reported(2, 0.5)
    rate.reported(998, 0.0)
    rate.reported(0, 1.0)
    rate.advance(PLENTY, INTERVAL)
    assert rate.loss == pytest.approx(0.001)
    assert rate.estimate > START


def test_looks_once_an_interval() -> None:
    """However often it is called, and not without reports."""
    rate = SendRate(0.0)
    for call in range(10):
        rate.reported(100, 0.5)
        rate.advance(PLENTY, INTERVAL * call / 10)
    assert rate.estimate == START
    rate.advance(PLENTY, INTERVAL)
    once = rate.estimate
    assert once < START
    rate.advance(PLENTY, 5 * INTERVAL)
    assert rate.estimate == once


def test_the_receiver_knows_its_line_better_for_a_while() -> None:
    """Its estimate bounds ours, until it is not repeated any more."""
    rate = SendRate(0.0)
    rate.remb(200_000, 0.5)
    assert rate.estimate == 200_000
    rate.advance(PLENTY, REMB_LIFETIME)
    assert rate.estimate == 200_000
    rate.advance(PLENTY, REMB_LIFETIME + 2 * INTERVAL)
    assert rate.estimate == START
    rate.remb(50_000_000, 20.0)
    assert rate.estimate == START


def test_what_was_tried_and_is_confirmed_is_known() -> None:
    """A cluster went through, and the receiver says so: there is no need to grow towards it."""
    rate = SendRate(0.0)
    rate.remb(3_000_000, 0.1)
    assert rate.receivers == 3_000_000
    assert rate.estimate == START
    rate.tried(2_000_000)
    assert rate.estimate == START
    rate.remb(3_000_000, 0.2)
    assert rate.estimate == 2_000_000
    rate.tried(1_000_000)
    rate.remb(1_500_000, 0.3)
    assert rate.estimate == 1_500_000


def test_losses_count_more_than_what_was_tried() -> None:
    """A router may let a cluster through at once that it never carries for long."""
    rate = SendRate(0.0)
    rate.tried(2_000_000)
    rate.remb(2_000_000, 0.1)
    for second in range(1, 4):
        rate.reported(1000, 0.5 if second == 1 else 0.0)
        rate.advance(400_000, second * INTERVAL)
        rate.remb(2_000_000, second * INTERVAL)
        assert rate.estimate < START * GROWTH**3


@given(
    steps=st.lists(
        st.tuples(st.floats(-1, 2), st.integers(-5, 1000), st.integers(0, 2**64), st.floats(0, 1e9), st.floats(0, 20)),
        max_size=60,
    )
)
def test_stays_within_its_bounds(steps: list[tuple[float, int, int, float, float]]) -> None:
    """Whatever a receiver says."""
    rate, now = SendRate(0.0), 0.0
    for loss, expected, remb, sent, time in steps:
        now += time
        rate.reported(expected, loss)
        if remb % 3:
            rate.remb(remb, now)
        if remb % 5 == 0:
            rate.tried(remb)
        rate.advance(sent, now)
        assert ESTIMATE_MIN <= rate.estimate <= ESTIMATE_MAX
        assert 0 <= rate.loss <= 1
