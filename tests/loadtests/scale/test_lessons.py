"""Who meets whom, when: by the clocks of both, in winter and in summer."""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from loadtests.problem import Problem
from loadtests.scale import assumptions
from loadtests.scale.assumptions import BELLS, FORMS
from loadtests.scale.countries import BY_CODE, COUNTRIES
from loadtests.scale.lessons import Lesson, lessons, starts
from loadtests.scale.plan import Plan

WINTER, SUMMER = date(2026, 11, 24), date(2026, 6, 9)


def held(plan: Plan, seed: int = 1) -> list[Lesson]:
    return lessons(plan, random.Random(seed))


def utc(day: date, *countries: str) -> list[str]:
    """When the first may invite the second, by UTC."""
    inviting, invited = (BY_CODE[code] for code in countries)
    return [str(timedelta(seconds=start.at))[:-3] for start in starts(day, inviting, invited)]


def test_the_same_bells_in_winter_and_in_summer() -> None:
    """An hour earlier by UTC where clocks change, and within the school day of both."""
    assert utc(WINTER, "PL", "DE")[:3] == ["7:00", "7:50", "8:45"]
    assert utc(SUMMER, "PL", "DE")[:3] == ["6:00", "6:50", "7:45"]
    assert len(utc(WINTER, "PL", "DE")) == len(BELLS)


def test_where_clocks_do_not_change() -> None:
    """Türkiye is two hours before Poland in winter, one in summer; Iceland keeps UTC."""
    assert utc(WINTER, "TR", "PL")[0] == "7:40"  # 10:40 in Istanbul, 8:40 in Warsaw
    assert utc(SUMMER, "TR", "PL")[0] == "6:45"  # 9:45 and 8:45
    assert utc(WINTER, "IS", "PL") == utc(WINTER, "IS", "IS")[: len(utc(WINTER, "IS", "PL"))]


@pytest.mark.parametrize("day", [WINTER, SUMMER])
def test_every_two_countries_can_meet(day: date) -> None:
    """Whoever invites, the whole lesson lies in the school day of both."""
    for inviting in COUNTRIES:
        for invited in COUNTRIES:
            found = starts(day, inviting, invited)
            assert found, (inviting.code, invited.code)
            for start in found:
                begins = datetime.combine(day, time(), UTC) + timedelta(seconds=start.at)
                assert begins.astimezone(ZoneInfo(inviting.timezone)).time() in {bell.at for bell in BELLS}
                ends = begins + timedelta(minutes=assumptions.LESSON_MINUTES)
                for country in (inviting, invited):
                    clock = ZoneInfo(country.timezone)
                    assert begins.astimezone(clock).time() >= BELLS[0].at
                    assert ends.astimezone(clock).time() <= assumptions.SCHOOL_ENDS


def test_two_countries_and_one_of_a_ministry() -> None:
    """A national plan has a class of that country in every lesson."""
    for lesson in held(Plan(projects=2_000, country="PL")):
        assert lesson.inviting != lesson.invited
        assert "PL" in (lesson.inviting, lesson.invited)


def test_as_many_as_assumed() -> None:
    """Of 20,000 projects, a lesson a week, on a busy day: within four standard deviations."""
    wanted = 20_000 * assumptions.LESSONS_A_WEEK / assumptions.SCHOOL_DAYS * assumptions.BUSY_DAY
    assert len(held(Plan(projects=20_000))) == pytest.approx(wanted, abs=4 * wanted**0.5)


def test_devices_fit_the_form() -> None:
    """A class before one screen has that and the teacher's; cameras only in calls, never more than devices."""
    forms = {form.name: form for form in FORMS}
    found = held(Plan(projects=5_000))
    assert {lesson.form for lesson in found} == forms.keys()
    for lesson in found:
        shared = forms[lesson.form].pupils_a_device
        most = assumptions.CLASS_MOST
        assert lesson.devices == 4 if shared is None else 4 < lesson.devices <= 2 * (-(-most // shared) + 1)
        assert lesson.cameras <= lesson.devices
        assert lesson.has_call or not lesson.cameras


def test_no_school_on_sunday() -> None:
    """One sentence instead of a day without peaks."""
    with pytest.raises(Problem, match=r"no school on Sunday, 2026-11-22: name another day \(--date\)"):
        held(Plan(day=date(2026, 11, 22)))
