"""The search finds the limit of a server that has one, and does not believe a load that is kept only once."""

import pytest

from loadtests.search import Found, highest


class Server:
    """Keeps every load up to `limit`."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.tried: list[tuple[float, bool]] = []

    def attempt(self, load: float, is_confirmation: bool) -> bool:
        self.tried.append((load, is_confirmation))
        return load <= self.limit


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 13, 20])
def test_rooms(limit: int) -> None:
    server = Server(limit)
    assert highest(server.attempt, first=1, most=1000, is_whole=True) == Found(limit, is_limit=True)
    assert server.tried[-1] == (limit, True)


@pytest.mark.parametrize("limit", [3.0, 20.0, 500.0, 9_999.0])
def test_rates_to_a_tenth(limit: float) -> None:
    found = highest(Server(limit).attempt, first=20.0, most=1e6, is_whole=False)
    assert limit / 1.1 <= found.highest <= limit
    assert found.is_limit


def test_the_most_that_is_to_be_tried() -> None:
    assert highest(Server(1000).attempt, first=1, most=12, is_whole=True) == Found(12, is_limit=False)


def test_nothing_is_kept() -> None:
    assert highest(Server(0).attempt, first=4, most=100, is_whole=True) == Found(0, is_limit=True)


def test_a_missed_load_is_tried_once_more() -> None:
    """Something else was at work for a moment."""
    missed: list[float] = []

    def attempt(load: float, is_confirmation: bool) -> bool:
        if load <= 5 and load not in missed:
            missed.append(load)
            return False
        return load <= 5

    assert highest(attempt, first=1, most=100, is_whole=True).highest == 5


def test_a_confirmation_that_fails_lowers_the_load() -> None:
    def attempt(load: float, is_confirmation: bool) -> bool:
        return load <= (17 if is_confirmation else 20)

    assert highest(attempt, first=1, most=100, is_whole=True) == Found(16, is_limit=True)


def test_a_confirmation_that_always_fails() -> None:
    assert highest(lambda _, is_confirmation: not is_confirmation, 1, 4, is_whole=True) == Found(0, is_limit=True)
