"""Which fault comes when: at random, and the same again with the same seed."""

from itertools import islice

from loadtests.faults.faults import FAULTS
from loadtests.faults.throwing import sequence


def test_every_kind_before_any_comes_again() -> None:
    kinds = list(islice(sequence(tuple(FAULTS), 1), 2 * len(FAULTS)))
    assert sorted(kinds[: len(FAULTS)]) == sorted(kinds[len(FAULTS) :]) == sorted(FAULTS)
    assert kinds[: len(FAULTS)] != kinds[len(FAULTS) :]


def test_a_seed_says_all() -> None:
    one, same, other = (list(islice(sequence(tuple(FAULTS), seed), 30)) for seed in (1, 1, 2))
    assert one == same != other
