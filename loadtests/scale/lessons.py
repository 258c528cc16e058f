"""The live lessons of one day: whose classes meet, when by whose bell, in what form. Pure: the dice are passed in."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from msgspec import Struct

from loadtests.problem import Problem
from loadtests.scale import assumptions
from loadtests.scale.assumptions import BELLS, FORMS, Form
from loadtests.scale.countries import BY_CODE, COUNTRIES, Country
from loadtests.scale.plan import Plan

SATURDAY = 5
"""As `date.weekday` counts."""

_MILLIONS = list(accumulate(country.millions for country in COUNTRIES))
_FORM_WEIGHTS = [form.weight for form in FORMS]
_LENGTH = timedelta(minutes=assumptions.LESSON_MINUTES)


class Lesson(Struct, frozen=True):
    """`begins`: seconds after midnight UTC. `devices` are connected, two of them teachers'; `cameras` send a picture.

    `inviting` and `invited`: codes of the countries.
    """

    begins: int
    inviting: str
    invited: str
    form: str
    devices: int
    has_board: bool
    has_call: bool
    cameras: int


class Start(Struct, frozen=True):
    """A bell at which two classes can meet: seconds after midnight UTC, and how readily it is taken."""

    at: int
    weight: float


def lessons(plan: Plan, dice: random.Random) -> list[Lesson]:
    """All of the day. Raises `Problem` on a day without school."""
    if plan.day.weekday() >= SATURDAY:
        raise Problem(f"There is no school on {plan.day:%A}, {plan.day}: name another day (--date).")
    chance = min(1.0, assumptions.LESSONS_A_WEEK / assumptions.SCHOOL_DAYS * assumptions.BUSY_DAY)
    return [_lesson(plan, dice) for _ in range(plan.projects) if dice.random() < chance]


@cache
def starts(day: date, inviting: Country, invited: Country) -> tuple[Start, ...]:
    """The bells of the inviting class at which the whole lesson lies in the school day of both."""
    return tuple(_starts(day, inviting, invited))


def _starts(day: date, inviting: Country, invited: Country) -> Iterator[Start]:
    midnight = datetime.combine(day, time(), UTC)
    for bell in BELLS:
        begins = datetime.combine(day, bell.at, ZoneInfo(inviting.timezone)).astimezone(UTC)
        if all(_in_school(begins, day, ZoneInfo(country.timezone)) for country in (inviting, invited)):
            yield Start(round((begins - midnight).total_seconds()), bell.weight)


def _in_school(begins: datetime, day: date, timezone: ZoneInfo) -> bool:
    first = datetime.combine(day, BELLS[0].at, timezone)
    last = datetime.combine(day, assumptions.SCHOOL_ENDS, timezone)
    return first <= begins and begins + _LENGTH <= last


def _lesson(plan: Plan, dice: random.Random) -> Lesson:
    first = _country(dice) if plan.country is None else BY_CODE[plan.country]
    second = first
    while second is first:
        second = _country(dice)
    inviting, invited = (first, second) if dice.random() < 0.5 else (second, first)
    possible = starts(plan.day, inviting, invited)
    begins = dice.choices(possible, [start.weight for start in possible])[0].at
    form = dice.choices(FORMS, _FORM_WEIGHTS)[0]
    devices = _devices(form, dice) + _devices(form, dice)
    has_call = dice.random() < form.call
    return Lesson(
        begins=begins,
        inviting=inviting.code,
        invited=invited.code,
        form=form.name,
        devices=devices,
        has_board=dice.random() < form.board,
        has_call=has_call,
        cameras=round(devices * form.cameras) if has_call else 0,
    )


def _country(dice: random.Random) -> Country:
    return dice.choices(COUNTRIES, cum_weights=_MILLIONS)[0]


def _devices(form: Form, dice: random.Random) -> int:
    """Of one class, the teacher's included."""
    if form.pupils_a_device is None:
        return 2
    pupils = round(dice.gauss(assumptions.CLASS_MEAN, assumptions.CLASS_SPREAD))
    pupils = min(max(pupils, assumptions.CLASS_LEAST), assumptions.CLASS_MOST)
    return -(-pupils // form.pupils_a_device) + 1
