"""A day: nothing is lost between lessons, curves and peaks, and the dice decide all of it."""

import random
from datetime import date

import pytest

from loadtests.scale import assumptions
from loadtests.scale.day import DAY_MINUTES, curves, simulate
from loadtests.scale.demand import FIELDS, demand, values
from loadtests.scale.lessons import Lesson, lessons
from loadtests.scale.plan import Plan

SMALL = Plan(projects=3_000)
SUMMER = Plan(projects=3_000, day=date(2026, 6, 9))

WITHOUT_SUMMER_TIME = {"IS", "TR"}

ONE = Lesson(8 * 3600, "PL", "DE", "class to class", 4, has_board=True, has_call=True, cameras=4)


def test_one_lesson_is_there_as_long_as_it_lasts() -> None:
    """From its bell to its end, and nothing is left of it."""
    rows = curves([ONE])
    bell, end = 8 * 60, 8 * 60 + assumptions.LESSON_MINUTES
    assert rows[bell - 1] == rows[end] == tuple([0.0] * len(FIELDS))
    assert rows[bell] == rows[end - 1] == pytest.approx(values(demand(ONE)))
    assert len(rows) == DAY_MINUTES


def test_nothing_is_lost_in_the_curves() -> None:
    """What all lessons ask for is what lies below each curve."""
    held = lessons(SMALL, random.Random(SMALL.seed))
    wanted = [
        sum(column) * assumptions.LESSON_MINUTES for column in zip(*(values(demand(one)) for one in held), strict=True)
    ]
    found = [sum(column) for column in zip(*curves(held), strict=True)]
    assert found == pytest.approx(wanted, rel=1e-6)
    assert min(map(min, curves(held))) >= 0


def test_everybody_comes_once() -> None:
    """And within two minutes of a bell: as many as the lessons have devices."""
    day = simulate(SMALL)
    assert sum(point.arrivals for point in day.curve) == day.totals.people
    assert day.storm.minute.value >= day.storm.connections.value
    assert day.storm.joins.value >= 2 * day.storm.connections.value
    assert day.storm.sign_ins < day.storm.connections.value


def test_a_peak_is_the_highest_point() -> None:
    """No point of the curve lies above it."""
    day = simulate(SMALL)
    for index, name in enumerate(FIELDS):
        assert day.peaks[name].value >= max(values(point.demand)[index] for point in day.curve)
    assert day.peaks["lessons"].value <= day.totals.lessons


def test_the_same_dice_give_the_same_day() -> None:
    """Others give another one."""
    assert simulate(SMALL) == simulate(SMALL)
    assert simulate(SMALL) != simulate(Plan(projects=3_000, seed=2))


def test_summer_is_the_same_day_an_hour_earlier() -> None:
    """By UTC, where clocks change: with the same dice each lesson of two such countries begins an hour earlier."""
    winter, summer = (lessons(plan, random.Random(1)) for plan in (SMALL, SUMMER))
    assert len(winter) == len(summer)
    for before, after in zip(winter, summer, strict=True):
        assert (before.inviting, before.invited, before.devices) == (after.inviting, after.invited, after.devices)
        if not {before.inviting, before.invited} & WITHOUT_SUMMER_TIME:
            assert before.begins - after.begins == 3600


def test_twice_the_projects_twice_the_peak() -> None:
    """About: the plan is an arithmetic in the end."""
    small, large = simulate(Plan(projects=5_000)), simulate(Plan(projects=10_000))
    assert large.peaks["deliveries"].value / small.peaks["deliveries"].value == pytest.approx(2, rel=0.2)


def test_nobody_meets() -> None:
    """So few projects that none has a lesson with these dice."""
    days = [simulate(Plan(projects=1, seed=seed)) for seed in range(10)]
    without = [day for day in days if not day.totals.lessons]
    assert 0 < len(without) < len(days)
    assert {day.storm.connections.value for day in without} == {0}
    assert {peak.value for day in without for peak in day.peaks.values()} == {0}
