"""The schedule is fixed beforehand: even distances, everybody as often as the others."""

import itertools
from collections import Counter

import pytest

from loadtests.schedule import NANOSECONDS, even


def test_even_distances() -> None:
    schedule = even(rate=200, duration=2, members=60)
    assert len(schedule) == 400
    assert schedule[0].at == 0
    assert {after.at - before.at for before, after in itertools.pairwise(schedule)} == {NANOSECONDS // 200}


def test_an_odd_rate_does_not_drift() -> None:
    schedule = even(rate=7, duration=100, members=3)
    assert schedule[-1].at == round(699 * NANOSECONDS / 7)


def test_everybody_writes_equally_often() -> None:
    often = Counter(due.sender for due in even(rate=100, duration=6, members=60))
    assert often == dict.fromkeys(range(60), 10)


def test_the_same_seed_gives_the_same_schedule() -> None:
    assert even(50, 3, 10, seed=1) == even(50, 3, 10, seed=1)
    assert even(50, 3, 10, seed=1) != even(50, 3, 10, seed=2)


@pytest.mark.parametrize(("rate", "duration", "members"), [(0, 1, 1), (1, 0, 1), (1, 1, 0), (-1, 1, 1)])
def test_nonsense(rate: float, duration: float, members: int) -> None:
    with pytest.raises(ValueError, match="more than zero"):
        even(rate, duration, members)
