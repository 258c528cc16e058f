"""Numbers of a slot: dense but for real losses, the same each time, found again for NACKs, over every wrap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.sequence_map import GAP_MAX, RUNS_MAX, PictureIdMap, SequenceMap, TimestampMap

SEQUENCES = st.one_of(st.integers(0, 0xFFFF), st.integers(0xFFF0, 0xFFFF), st.just(0))


def begun(first_outgoing: int, first_source: int) -> SequenceMap:
    numbers = SequenceMap(first_outgoing)
    numbers.switch(first_source)
    return numbers


# --- Sequence numbers ---


def test_nothing_is_forwarded_before_the_first_source() -> None:
    """A map without a source knows no packet."""
    numbers = SequenceMap(100)
    assert numbers.forward(5) is None
    assert numbers.source_of(100) is None


@given(first=SEQUENCES, sources=st.lists(st.tuples(SEQUENCES, st.integers(0, 300)), max_size=6))
def test_goes_on_without_a_hole_over_every_change_of_source(first: int, sources: list[tuple[int, int]]) -> None:
    """Whatever sources send, and wherever their numbers begin, a receiver sees one dense stream."""
    numbers = SequenceMap(first)
    outgoing = []
    for begin, packets in sources:
        numbers.switch(begin)
        outgoing += [numbers.forward((begin + packet) & 0xFFFF) for packet in range(packets)]
    assert outgoing == [(first + packet) & 0xFFFF for packet in range(len(outgoing))]


@st.composite
def arrivals(draw: st.DrawFn) -> list[int]:
    """Packets of one source by their place: some lost, or after a gap, delivered out of order and some twice."""
    fates = draw(st.lists(st.sampled_from(("received", "received", "received", "lost", "gap")), max_size=60))
    delays = draw(st.lists(st.integers(0, 12), min_size=len(fates), max_size=len(fates)))
    twice = draw(st.sets(st.integers(0, len(fates))))
    coming, gaps = [], 0
    for at, (fate, delay) in enumerate(zip(fates, delays, strict=True)):
        gaps += draw(st.integers(GAP_MAX, 4 * GAP_MAX)) if fate == "gap" else 0
        if fate != "lost":
            coming.append((at + delay, at + gaps))
            coming += [(at + delay + 3, at + gaps)] if at in twice else []
    return [place for _, place in sorted(coming)]


@given(first_outgoing=SEQUENCES, first_source=SEQUENCES, coming=arrivals())
def test_numbers_under_loss_gaps_reordering_and_duplication(
    first_outgoing: int, first_source: int, coming: list[int]
) -> None:
    """Each packet keeps its number, later ones have later numbers, none is used twice, and each is found again."""
    numbers = begun(first_outgoing, first_source)
    given_numbers: dict[int, int] = {}
    newest, highest = -1, -1
    for place in coming:
        outgoing = numbers.forward((first_source + place) & 0xFFFF)
        if outgoing is None:  # before a long gap that was closed
            assert place < newest
            assert place not in given_numbers
            continue
        unwrapped = highest + ((outgoing - first_outgoing - highest + 0x8000) & 0xFFFF) - 0x8000
        assert given_numbers.setdefault(place, unwrapped) == unwrapped
        assert unwrapped - highest <= GAP_MAX
        newest, highest = max(newest, place), max(highest, unwrapped)
    in_order = [given_numbers[place] for place in sorted(given_numbers)]
    assert in_order == sorted(set(in_order))
    for place, unwrapped in given_numbers.items():
        assert numbers.source_of((first_outgoing + unwrapped) & 0xFFFF) == (first_source + place) & 0xFFFF


@pytest.mark.parametrize("gap", [GAP_MAX, GAP_MAX + 1, 0x7FFF])
def test_a_long_gap_is_closed_to_what_a_cache_could_fill(gap: int) -> None:
    """Who skips numbers takes a slot's numbers no further than a receiver can follow."""
    numbers = begun(100, 50)
    assert numbers.forward(50) == 100
    assert numbers.forward(50 + gap) == 100 + GAP_MAX
    assert numbers.forward(50 + gap - 1) == 100 + GAP_MAX - 1
    assert numbers.source_of(101) == 50 + gap - GAP_MAX + 1
    assert numbers.forward(50) == 100


def test_what_is_within_a_closed_gap_has_no_number() -> None:
    """It comes too late for anybody, and its number would be another packet's."""
    numbers = begun(100, 50)
    numbers.forward(50)
    numbers.forward(50 + 2 * GAP_MAX)
    assert numbers.forward(51) is None
    assert numbers.forward(50 + GAP_MAX) is None
    assert numbers.forward(51 + GAP_MAX) == 101


def test_a_late_packet_from_before_the_source_is_not_forwarded() -> None:
    """What the new source sent before the keyframe that it begins with has no number."""
    numbers = begun(100, 50)
    assert numbers.forward(50) == 100
    assert numbers.forward(49) is None
    numbers.switch(2000)
    assert numbers.forward(1999) is None
    assert numbers.forward(2000) == 101


def test_nacks_for_what_never_went_out_find_nothing() -> None:
    """A receiver may ask for the future, or for the source before."""
    numbers = begun(100, 50)
    numbers.forward(50)
    assert numbers.source_of(101) is None
    numbers.switch(3000)
    assert numbers.source_of(100) is None


def test_remembers_long_runs_over_the_wrap() -> None:
    """A run that began more than half a circle ago still knows its late packets."""
    numbers = begun(0, 0)
    for sequence in range(50_000):
        numbers.forward(sequence)
    assert numbers.forward(49_990) == 49_990
    assert numbers.source_of(49_990) == 49_990


def test_forgets_the_oldest_runs() -> None:
    """What is remembered is bounded, however often numbers are skipped."""
    numbers = begun(0, 0)
    jumps = RUNS_MAX // 2
    for jump in range(jumps + 1):
        numbers.forward(jump * 2 * GAP_MAX)
    assert numbers.forward(0) is None
    assert numbers.source_of(0) is None
    assert numbers.forward(jumps * 2 * GAP_MAX) == jumps * GAP_MAX


# --- Timestamps ---

RATE = 90_000
TIMESTAMPS = st.one_of(st.integers(0, 0xFFFFFFFF), st.integers(0xFFFFFF00, 0xFFFFFFFF))


@given(first=TIMESTAMPS, sources=st.lists(st.tuples(TIMESTAMPS, st.integers(1, 20), st.floats(0, 30)), max_size=6))
def test_timestamps_go_on_as_time_does(first: int, sources: list[tuple[int, int, float]]) -> None:
    """Never back, and a new source is as much later as the clock says."""
    timestamps = TimestampMap(RATE, first)
    now, latest = 100.0, None
    for begin, frames, pause in sources:
        now += pause
        timestamps.switch(begin, now)
        for frame in range(frames):
            before, latest = latest, timestamps.forward((begin + frame * 3000) & 0xFFFFFFFF, now)
            if before is None:
                assert latest == first
            elif frame:
                assert (latest - before) & 0xFFFFFFFF == 3000
            else:
                assert (latest - before) & 0xFFFFFFFF == max(1, round(pause * RATE))
            assert timestamps.latest == latest


def test_late_packets_do_not_turn_the_latest_timestamp_back() -> None:
    """`latest` is what a page waits for before it uncovers a tile."""
    timestamps = TimestampMap(RATE, 0xFFFFFFFF)
    timestamps.switch(5000, 1.0)
    assert timestamps.forward(5003, 1.0) == 2
    assert timestamps.forward(5000, 1.1) == 0xFFFFFFFF
    assert timestamps.latest == 2
    assert timestamps.of(6000) == 999


# --- Picture ids ---


@given(
    sources=st.lists(
        st.tuples(st.integers(0, 0x7FFF), st.integers(0, 0xFF), st.integers(1, 400)), min_size=1, max_size=5
    )
)
def test_pictures_go_on_by_one(sources: list[tuple[int, int, int]]) -> None:
    """A decoder sees one row of picture ids, and one of TL0PICIDX."""
    pictures = PictureIdMap()
    seen = []
    for picture, tl0, frames in sources:
        pictures.switch(picture, tl0)
        seen += [
            (pictures.picture((picture + frame) & 0x7FFF), pictures.tl0((tl0 + frame) & 0xFF))
            for frame in range(frames)
        ]
    assert seen == [(number & 0x7FFF, number & 0xFF) for number in range(1, len(seen) + 1)]


@pytest.mark.parametrize("late", [1, 5])
def test_late_pictures_keep_their_id(late: int) -> None:
    """A packet of an earlier frame is still of that frame, and the next source goes on after the newest."""
    pictures = PictureIdMap()
    pictures.switch(100, 10)
    newest = pictures.picture(110)
    pictures.tl0(20)
    assert pictures.picture(110 - late) == newest - late
    pictures.tl0(20 - late)
    pictures.switch(0x7FFF, 0xFF)
    assert pictures.picture(0x7FFF) == newest + 1
    assert pictures.tl0(0xFF) == 12
