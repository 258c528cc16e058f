"""What is asked for again, and what receiver reports say."""

import itertools

import pytest
from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtp import RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from media.losses import (
    AGE_MAX,
    ATTEMPTS_MAX,
    BEHIND_MAX,
    CUMULATIVE_LOST_MIN,
    FIRST_REQUESTS_MAX,
    ROUND_TRIP_MAX,
    ROUND_TRIP_START,
    Losses,
    ReceptionStatistics,
)

FIRST = st.one_of(st.integers(0, 0xFFFF), st.integers(0xFF80, 0xFFFF))
PACKET_TIME = 0.01


@given(first=FIRST, lost=st.sets(st.integers(1, 150)))
def test_asks_at_once_for_exactly_what_is_missing(first: int, lost: set[int]) -> None:
    """Each missing packet is named when the next one comes, also over the wrap."""
    losses = Losses()
    asked: list[int] = []
    for place in range(152):
        if place not in lost:
            asked += losses.received((first + place) & 0xFFFF, 1.0)
    assert asked == [(first + place) & 0xFFFF for place in sorted(lost)]


def test_who_skips_numbers_on_purpose_is_asked_for_few() -> None:
    """Two hundred of them before each packet were once as many requests, and took the whole worker's time."""
    losses = Losses()
    asked = 0
    for number in range(1000):
        asked += len(losses.received(number * 200 & 0xFFFF, 1 + number / 1000))
        assert len(losses._missing) <= FIRST_REQUESTS_MAX
    assert asked <= 2 * FIRST_REQUESTS_MAX * ATTEMPTS_MAX
    assert losses.given_up > 190_000
    last = 999 * 200
    assert losses.received(last + 3 & 0xFFFF, 10.0) == (last + 1 & 0xFFFF, last + 2 & 0xFFFF)


@given(
    first=FIRST,
    coming=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 30)), max_size=300),
    round_trip=st.floats(0, 1),
)
def test_asks_rarely_and_not_for_ever(first: int, coming: list[tuple[int, int]], round_trip: float) -> None:
    """Under any loss, delay and duplication: never for what is there, never too often, never for long."""
    losses = Losses()
    losses.round_trip = round_trip
    asked_at: dict[int, list[float]] = {}
    here: set[int] = set()
    now = 0.0
    for place, _late in sorted(coming, key=lambda one: one[0] + one[1]):
        now += PACKET_TIME
        here.add((first + place) & 0xFFFF)
        for sequence in losses.received((first + place) & 0xFFFF, now):
            assert sequence not in here
            asked_at.setdefault(sequence, []).append(now)
    newest_asked = [times[0] for times in asked_at.values()]
    for _ in range(300):
        now += PACKET_TIME
        for sequence in losses.due(now):
            assert sequence not in here
            asked_at[sequence].append(now)
    for times in asked_at.values():
        assert len(times) <= ATTEMPTS_MAX
        assert times[-1] - times[0] <= AGE_MAX + PACKET_TIME
        assert all(later - earlier >= 0.02 - 1e-9 for earlier, later in itertools.pairwise(times))
    assert losses.due(now + 10) == ()
    assert len(newest_asked) == len(asked_at)


def test_asks_again_a_round_trip_later() -> None:
    """A request, or its answer, may be lost too; after some attempts nobody is asked any more."""
    losses = Losses()
    losses.received(0, 0.0)
    assert losses.received(2, 1.0) == (1,)
    assert losses.due(1.0 + ROUND_TRIP_START / 2) == ()
    for attempt in range(1, ATTEMPTS_MAX):
        asked = losses.received(2 + attempt, 1.0 + attempt * (ROUND_TRIP_START + 0.001))
        assert asked == (1,)
    assert losses.due(1.0 + ATTEMPTS_MAX * (ROUND_TRIP_START + 0.001)) == ()
    assert losses.due(1.0 + AGE_MAX + ROUND_TRIP_START) == ()
    assert losses.given_up == 1


def test_measures_the_round_trip() -> None:
    """From what was asked for once and came: nobody has to tell it."""
    losses = Losses()
    for place in range(0, 100, 2):
        losses.received(place, place * 1.0)
        losses.received(place - 1, place + 0.3)
    assert losses.round_trip == pytest.approx(0.3, abs=0.01)
    assert losses.round_trip < ROUND_TRIP_MAX


def test_a_long_gap_is_a_pause() -> None:
    """A keyframe is better than hundreds of packets."""
    losses = Losses()
    losses.received(0, 0.0)
    assert losses.received(2, 0.0) == (1,)
    assert losses.received(4 + BEHIND_MAX, 0.0) == ()
    assert losses.due(5.0) == ()
    assert losses.given_up == 1


def test_gives_up_what_is_far_behind() -> None:
    """Many packets later nobody waits for it, however short the time."""
    losses = Losses()
    losses.received(0, 0.0)
    losses.received(2, 0.0)
    for sequence in range(3, BEHIND_MAX + 10):
        losses.received(sequence, 0.001)
    assert losses.due(0.5) == ()
    assert losses.given_up == 1


def test_begins_anew_after_a_pause() -> None:
    """Nothing that was sent while nobody listened is asked for."""
    losses = Losses()
    losses.received(0, 0.0)
    losses.received(2, 0.0)
    losses.reset()
    assert losses.received(50, 1.0) == ()
    assert losses.due(1.0) == ()


# --- Receiver reports ---


@given(
    first=FIRST,
    coming=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 20)), min_size=1, max_size=300),
    report_after=st.integers(1, 300),
)
def test_reports_as_another_implementation_does(first: int, coming: list[tuple[int, int]], report_after: int) -> None:
    """Losses under reordering and duplication, over two reports, are those of aiortc."""
    ours, theirs = ReceptionStatistics(RATE), StreamStatistics(RATE)
    places = [place for place, late in sorted(coming, key=lambda one: one[0] + one[1])]
    for part in (places[:report_after], places[report_after:]):
        for place in part:
            sequence = (first + place) & 0xFFFF
            ours.add(sequence, place * 960, place * 0.02)
            theirs.add(RtpPacket(sequence_number=sequence, timestamp=place * 960))
        report = ours.report()
        assert report is not None
        if theirs.packets_received:
            assert report.fraction_lost == min(theirs.fraction_lost, 255)
            assert report.cumulative_lost == theirs.packets_lost
            assert report.highest_sequence == theirs.cycles + (theirs.max_seq or 0)


RATE = 48_000


def test_says_nothing_of_a_source_that_was_not_heard() -> None:
    """There is no report block for it."""
    assert ReceptionStatistics(RATE).report() is None


def test_jitter_is_that_of_the_line() -> None:
    """An even stream has none, over the timestamps' wrap; one that comes 10 ms early and late by turns has 20 ms."""
    even, uneven = ReceptionStatistics(RATE), ReceptionStatistics(RATE)
    for place in range(300):
        timestamp = (0xFFFFF000 + place * 960) & 0xFFFFFFFF
        even.add(place, timestamp, 5 + place * 0.02)
        uneven.add(place, timestamp, 5 + place * 0.02 + (0.01 if place % 2 else -0.01))
    calm, rough = even.report(), uneven.report()
    assert calm is not None
    assert rough is not None
    assert calm.jitter <= 1
    assert rough.jitter == pytest.approx(0.02 * RATE, rel=0.01)


def test_packets_of_one_frame_say_nothing_about_the_line() -> None:
    """They have one timestamp and leave as fast as the sender can."""
    statistics = ReceptionStatistics(90_000)
    for place in range(200):
        statistics.add(place, place // 10 * 3000, place // 10 / 30 + place % 10 * 0.001)
    report = statistics.report()
    assert report is not None
    assert report.jitter <= 1


def test_counts_stay_within_their_bits() -> None:
    """Duplicates make the cumulative number negative, but not without end."""
    statistics = ReceptionStatistics(RATE)
    statistics.add(1, 0, 0.0)
    statistics.received -= 2 * CUMULATIVE_LOST_MIN
    report = statistics.report()
    assert report is not None
    assert report.cumulative_lost == CUMULATIVE_LOST_MIN
    assert report.fraction_lost == 0
