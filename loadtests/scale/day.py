"""A day: the curves of what is asked for, minute by minute, the storms after the bells, and the peaks of both."""

import random
from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from loadtests.scale import assumptions
from loadtests.scale.demand import FIELDS, MEGABIT_BYTES, Demand, board_bytes, chat_bytes, demand, joins, values
from loadtests.scale.lessons import Lesson, lessons
from loadtests.scale.plan import Plan

MINUTE = 60
DAY_MINUTES = 24 * 60
QUARTER = 15
"""Minutes between two points of the curve in the result."""

DIGITS = 6
"""After the point: what adding and taking off again leaves behind lies beyond them."""


class Peak(Struct, frozen=True):
    """The most of something, and the first second after midnight UTC at which it was."""

    value: float
    at: int


class Point(Struct, frozen=True):
    """What is asked for at `at` seconds after midnight UTC; `arrivals`: people who came in the quarter of an hour."""

    at: int
    demand: Demand
    arrivals: int


class Storm(Struct, frozen=True):
    """The second in which most people come, and what they ask for in it."""

    connections: Peak
    joins: Peak
    sign_ins: float
    """With a ticket that a portal has just fetched: so many tickets, too."""
    minute: Peak
    """People who come within the worst minute."""


class Totals(Struct, frozen=True):
    """Of the whole day."""

    lessons: int
    people: int
    appends: float
    deliveries: float
    chat_bytes: float
    board_bytes: float
    """That the database keeps; of boards before their logs are pruned."""
    sent_bytes: float
    """To people, media included; nothing is counted twice that passes HAProxy or TURN."""
    countries: int
    fullest: float
    """Deliveries a second of the lesson that has most."""


class Day(Struct, frozen=True):
    """What the simulation has found."""

    plan: Plan
    totals: Totals
    peaks: dict[str, Peak]
    """By the names of `Demand`."""
    storm: Storm
    curve: tuple[Point, ...]
    """Each quarter of an hour."""


def simulate(plan: Plan) -> Day:
    """One day, the same for the same plan. Raises `Problem` on one without school."""
    dice = random.Random(plan.seed)
    held = lessons(plan, dice)
    rows = curves(held)
    arrived, joined = _arrivals(held, dice)
    return Day(
        plan=plan,
        totals=_totals(held, rows),
        peaks={name: _peak([row[index] for row in rows], MINUTE) for index, name in enumerate(FIELDS)},
        storm=_storm(arrived, joined),
        curve=_curve(rows, arrived),
    )


def curves(held: Sequence[Lesson]) -> list[tuple[float, ...]]:
    """What is asked for in each minute of the day, in the order of `FIELDS`. Lessons begin at whole minutes."""
    changes: Counter[tuple[int, int]] = Counter()
    for lesson in held:
        begins = lesson.begins // MINUTE
        for index, value in enumerate(values(demand(lesson))):
            changes[begins, index] += value  # type: ignore[assignment]  # a counter of fractions
            changes[begins + assumptions.LESSON_MINUTES, index] -= value  # type: ignore[assignment]
    now = [0.0] * len(FIELDS)
    rows = []
    for minute in range(DAY_MINUTES):
        now = [value + changes[minute, index] for index, value in enumerate(now)]
        rows.append(tuple(round(value, DIGITS) + 0.0 for value in now))  # never -0.0
    return rows


def _arrivals(held: Sequence[Lesson], dice: random.Random) -> tuple[Counter[int], Counter[int]]:
    """By the second: people who come, and what they join."""
    arrived: Counter[int] = Counter()
    joined: Counter[int] = Counter()
    for lesson in held:
        wanted = joins(lesson)
        for _ in range(lesson.devices):
            late = dice.triangular(0, assumptions.ARRIVE_SECONDS, assumptions.ARRIVE_MOSTLY)
            second = lesson.begins + int(late)
            arrived[second] += 1
            joined[second] += wanted
    return arrived, joined


def _storm(arrived: Counter[int], joined: Counter[int]) -> Storm:
    minutes: Counter[int] = Counter()
    for second, people in arrived.items():
        minutes[second // MINUTE * MINUTE] += people
    connections = _most(arrived)
    return Storm(
        connections=connections,
        joins=_most(joined),
        sign_ins=connections.value * assumptions.TICKET_SHARE,
        minute=_most(minutes),
    )


def _totals(held: Sequence[Lesson], rows: Sequence[tuple[float, ...]]) -> Totals:
    def whole_day(name: str) -> float:
        index = FIELDS.index(name)
        return sum(row[index] for row in rows) * MINUTE

    return Totals(
        lessons=len(held),
        people=sum(lesson.devices for lesson in held),
        appends=whole_day("appends"),
        deliveries=whole_day("deliveries"),
        chat_bytes=sum(map(chat_bytes, held)),
        board_bytes=sum(map(board_bytes, held)),
        sent_bytes=(whole_day("hub_mbps") + whole_day("media_out_mbps")) * MEGABIT_BYTES,
        countries=len({code for lesson in held for code in (lesson.inviting, lesson.invited)}),
        fullest=max((demand(lesson).deliveries for lesson in held), default=0.0),
    )


def _curve(rows: Sequence[tuple[float, ...]], arrived: Counter[int]) -> tuple[Point, ...]:
    quarters: Counter[int] = Counter()
    for second, people in arrived.items():
        quarters[second // (QUARTER * MINUTE)] += people
    return tuple(
        Point(minute * MINUTE, Demand(*rows[minute]), quarters[minute // QUARTER])
        for minute in range(0, DAY_MINUTES, QUARTER)
    )


def _most(counts: Counter[int]) -> Peak:
    """The first of the highest."""
    if not counts:
        return Peak(0, 0)
    value = max(counts.values())
    return Peak(value, min(at for at, count in counts.items() if count == value))


def _peak(found: Sequence[float], step: int) -> Peak:
    value = max(found)
    return Peak(value, found.index(value) * step)
