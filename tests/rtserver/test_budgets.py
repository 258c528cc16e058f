"""How much each of many may have, and who is remembered."""

import pytest

from rooms.errors import ErrorCode
from rtserver.budgets import Budgets, Remembered, take
from rtserver.http import HttpRefused
from rtserver.hub.limits import Bucket, Rate

SECOND = 1_000


def test_each_has_as_much_and_is_told_when_there_is_more() -> None:
    """Nobody uses up what is somebody else's."""
    budgets: Budgets[str] = Budgets(Rate(per_second=1, burst=60), keys_max=9)
    budgets.take("claire", 0, 50)
    with pytest.raises(HttpRefused) as refused:
        budgets.take("claire", 0, 30)
    assert refused.value.code is ErrorCode.TOO_MANY_REQUESTS
    assert refused.value.retry_after == 20
    budgets.take("ewa", 0, 60)
    with pytest.raises(HttpRefused):
        budgets.take("claire", 20 * SECOND - 1, 30)
    budgets.take("claire", 20 * SECOND, 30)


def test_what_weighs_more_than_a_whole_bucket_is_told_a_time_that_comes() -> None:
    bucket = Bucket(Rate(per_second=2, burst=10))
    take(bucket, 0, 5)
    with pytest.raises(HttpRefused) as refused:
        take(bucket, 0, 1_000)
    assert refused.value.retry_after == 3
    take(bucket, 3 * SECOND, 1_000)


def test_who_has_not_come_for_longest_begins_anew() -> None:
    budgets: Budgets[str] = Budgets(Rate(per_second=1, burst=1), keys_max=2)
    for name in ("claire", "ewa"):
        budgets.take(name, 0)
    with pytest.raises(HttpRefused):
        budgets.take("claire", 0)
    budgets.take("ana", 0)
    assert len(budgets) == 2
    with pytest.raises(HttpRefused):
        budgets.take("claire", 0)
    budgets.take("ewa", 0)


def test_nobody_is_forgotten_who_is_busy() -> None:
    remembered: Remembered[str, list[str]] = Remembered(list, 1, is_busy=bool)
    remembered.of("busy").append("a file")
    remembered.of("idle")
    assert remembered.of("busy") == ["a file"]
    remembered.of("other")
    assert remembered.known("idle") is None
    assert len(remembered) == 2
