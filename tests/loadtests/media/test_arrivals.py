"""What is missing, doubled or late, whatever the network does to the order."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from loadtests.media.arrivals import GAP_MAX, Arrivals, Counts


def arrive(numbers: Sequence[int], tracks: int = 1, track: int = 0) -> Arrivals:
    """As receivers do: the next one is counted by them, all others here."""
    arrivals = Arrivals(tracks)
    for number in numbers:
        arrivals.delivered += 1
        if arrivals.last[track] == number - 1:
            arrivals.last[track] = number
        else:
            arrivals.unexpected(track, number)
    return arrivals


@given(st.integers(2, 60), st.data())
def test_what_is_missing_is_lost_and_nothing_else(count: int, data: st.DataObject) -> None:
    sent = list(range(1, count + 1))
    kept = data.draw(st.sets(st.sampled_from(sent))) | {1, count}
    middle = data.draw(st.permutations(sorted(kept - {1, count})))
    counts = arrive([1, *middle, count]).counts()
    assert counts.lost == count - len(kept)
    assert counts.duplicates == 0
    assert counts.delivered == len(kept)


@given(st.lists(st.integers(1, 30), min_size=1).map(sorted))
def test_what_comes_again_is_a_duplicate(numbers: list[int]) -> None:
    counts = arrive(numbers).counts()
    assert counts.duplicates == len(numbers) - len(set(numbers))
    assert counts.late == 0


def test_late_is_not_lost() -> None:
    arrivals = arrive([1, 2, 4, 3, 5])
    assert arrivals.counts() == Counts(delivered=5, lost=0, late=1)


def test_the_first_packet_is_no_loss_wherever_the_track_stands() -> None:
    assert arrive([900, 901]).counts().lost == 0


def test_a_gap_beyond_all_measure_is_counted_and_not_remembered() -> None:
    arrivals = arrive([1, GAP_MAX + 100, 5])
    assert arrivals.lost == GAP_MAX + 98
    assert arrivals.duplicates == 1


def test_a_track_that_nobody_has_is_foreign() -> None:
    assert arrive([1], tracks=1, track=0).foreign == 0
    arrivals = Arrivals(1)
    arrivals.unexpected(7, 1)
    assert arrivals.counts() == Counts(foreign=1)


def test_counts_are_added_and_subtracted() -> None:
    one, other = Counts(5, 4, 3, 2, 1), Counts(1, 1, 1, 1, 1)
    assert one - other == Counts(4, 3, 2, 1, 0)
    assert one - other + other == one
