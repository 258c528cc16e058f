"""Numbers of a slot: dense but for real losses, the same each time, found again for NACKs, over every wrap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.sequence_map import RUNS_MAX, PictureIdMap, SequenceMap, TimestampMap

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
    assert not numbers.skip(6)
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
def arrivals(draw: st.DrawFn) -> list[tuple[int, str]]:
    """Packets of one source by their place: received, lost or skipped, delivered out of order and some twice."""
    a_fate = st.sampled_from(("received", "received", "received", "lost", "skipped"))
    fates = draw(st.lists(a_fate, max_size=RUNS_MAX - 4))
    delays = draw(st.lists(st.integers(0, 12), min_size=len(fates), max_size=len(fates)))
    coming = [
        (place + (delays[place] if fate == "received" else 0), place, fate)
        for place, fate in enumerate(fates)
        if fate != "lost"
    ]
    twice = draw(st.sets(st.integers(0, RUNS_MAX)))
    coming += [(at + 3, place, fate) for at, place, fate in coming if place in twice and fate == "received"]
    return [(place, fate) for _, place, fate in sorted(coming)]


@given(first_outgoing=SEQUENCES, first_source=SEQUENCES, coming=arrivals())
def test_numbers_under_loss_reordering_duplication_and_skips(
    first_outgoing: int, first_source: int, coming: list[tuple[int, str]]
) -> None:
    """Each packet keeps its number, later ones have later numbers, none is used twice, and each is found again."""
    numbers = begun(first_outgoing, first_source)
    given_numbers: dict[int, int] = {}
    for place, fate in coming:
        sequence = (first_source + place) & 0xFFFF
        if fate == "skipped":
            numbers.skip(sequence)
            continue
        outgoing = numbers.forward(sequence)
        assert outgoing is not None
        unwrapped = (outgoing - first_outgoing) & 0xFFFF
        assert given_numbers.setdefault(place, unwrapped) == unwrapped
    in_order = [given_numbers[place] for place in sorted(given_numbers)]
    assert in_order == sorted(set(in_order))
    for place, unwrapped in given_numbers.items():
        assert numbers.source_of((first_outgoing + unwrapped) & 0xFFFF) == (first_source + place) & 0xFFFF


@given(first=SEQUENCES, skipped=st.lists(st.booleans(), max_size=100))
def test_skipped_packets_leave_no_hole(first: int, skipped: list[bool]) -> None:
    """In order and without loss, what goes out is dense whichever packets are left out."""
    numbers = begun(7, first)
    outgoing = []
    for place, is_skipped in enumerate(skipped):
        sequence = (first + place) & 0xFFFF
        if is_skipped:
            assert numbers.skip(sequence)
            assert numbers.forward(sequence) is None
        else:
            outgoing.append(numbers.forward(sequence))
    assert outgoing == list(range(7, 7 + len(outgoing)))


def test_a_late_packet_from_before_the_source_is_not_forwarded() -> None:
    """What the new source sent before the keyframe that it begins with has no number."""
    numbers = begun(100, 50)
    assert numbers.forward(50) == 100
    assert numbers.forward(49) is None
    numbers.switch(2000)
    assert numbers.forward(1999) is None
    assert numbers.forward(2000) == 101


def test_a_packet_cannot_be_skipped_when_later_ones_have_gone_out() -> None:
    """Its number is promised: `skip` says so, and `forward` still knows it."""
    numbers = begun(100, 50)
    assert numbers.forward(52) == 102
    assert not numbers.skip(51)
    assert numbers.forward(51) == 101


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
    """What is remembered is bounded, however many packets are skipped."""
    numbers = begun(0, 0)
    for sequence in range(0, 4 * RUNS_MAX, 2):
        numbers.forward(sequence)
        numbers.skip(sequence + 1)
    assert numbers.forward(0) is None
    assert numbers.source_of(0) is None
    assert numbers.forward(4 * RUNS_MAX - 2) == 2 * RUNS_MAX - 1


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
