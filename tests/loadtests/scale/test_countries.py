"""The one table of countries."""

from zoneinfo import ZoneInfo

import pytest

from loadtests.scale.countries import BY_CODE, COUNTRIES, share
from rooms.countries import countries

LEFT = {"GB"}
"""Took part in 2017, and does no longer."""


def test_thirty_six_of_them_each_once() -> None:
    """As many as the programme had in 2017."""
    assert len(BY_CODE) == len(COUNTRIES) == 36


def test_they_are_countries_of_the_product() -> None:
    """A project of this plan could be opened today, but for one."""
    assert {country.code for country in COUNTRIES} - countries().keys() == LEFT


def test_every_clock_is_known() -> None:
    """By the database that Python reads."""
    assert all(ZoneInfo(country.timezone).key == country.timezone for country in COUNTRIES)


def test_the_shares_are_all_of_it() -> None:
    """And each is some of it."""
    shares = [share(country) for country in COUNTRIES]
    assert min(shares) > 0
    assert sum(shares) == pytest.approx(1)
