"""What is measured: strokes and points, bytes, joining a large board, also as the first, and an hour of drawing."""

import zlib
from collections.abc import Callable
from statistics import median

import msgspec
from msgspec import Raw, Struct

from loadtests.board.drawing import STROKE_POINTS, Drawers, Drawing, finishing, human, single
from loadtests.board.elements import order_key, stroke
from loadtests.board.lesson import Lesson, Page, after_restart
from loadtests.board.plan import Plan
from loadtests.entrance import Guest
from loadtests.figures import NANOSECONDS_PER_MS, Latency, latency
from loadtests.machine import Cores
from loadtests.portal import LessonPlan
from loadtests.problem import Problem
from loadtests.server import Installation
from rooms.board.messages import Change

SHORT_POINTS = 60
LONG_POINTS = 1_200
"""A second of drawing, and twenty of them."""

QUARTERS = 4

KEEP = 20
"""Strokes of each drawer that stay while an hour is replayed: the board is as full at its end as at its beginning."""

JOINS = 40
"""One after the other; before each the board has changed."""

JOIN_KEYS_FROM = 2_000_000
"""Order keys of what is drawn between two joins."""

Say = Callable[[str], None]


class DrawingRound(Struct, frozen=True):
    """One round of people drawing at human speed."""

    strokes: Latency
    points: Latency
    lateness: Latency
    points_lost: int
    lost: int
    doubled: int
    server_core_percent: float


class Joining(Struct, frozen=True):
    """How a board of `elements` is joined. Times in milliseconds until the answer; `whole`: until the last page.

    `first`: of the very first one; `answer`: of those after it. `bytes_plain`: of all elements as JSON, `bytes_sent` of
    the compressed pages.
    """

    elements: int
    pages: int
    bytes_plain: int
    bytes_sent: int
    first: float
    answer: Latency
    whole_median: float


class Quarter(Struct, frozen=True):
    """A quarter of the hour: strokes until everybody had them, how late the generator was, and of the server its memory
    at the end, in bytes, and the processor time that it took."""

    strokes: Latency
    lateness: Latency
    memory: int
    server_core_percent: float


class Hour(Struct, frozen=True):
    """An hour of drawing on a large board, in less than an hour."""

    strokes: int
    elements: int
    rate: float
    lost: int
    doubled: int
    quarters: tuple[Quarter, ...]


def draw(lesson: Lesson, plan: Plan) -> DrawingRound:
    """Some draw at human speed, everybody looks on."""
    deeds = human(plan.drawers, plan.warm_up + plan.seconds)
    drawers = Drawers(lesson, _drawers(lesson, plan), STROKE_POINTS, plan.warm_up)
    cpu = lesson.server.cpu_seconds()
    found = drawers.run(deeds)
    used = lesson.server.cpu_seconds() - cpu
    return DrawingRound(
        strokes=latency(found.strokes),
        points=latency(found.points),
        lateness=latency(found.lateness),
        points_lost=found.points_expected - len(found.points),
        lost=found.lost,
        doubled=found.doubled,
        server_core_percent=round(100 * used / (plan.warm_up + plan.seconds), 1),
    )


def bytes_per_point(lesson: Lesson, points: int) -> float:
    """What one onlooker is sent for each point of a stroke of so many."""
    found: Drawing = Drawers(lesson, [lesson.founder], points).run(single(points))
    return found.point_bytes / found.points_shown


def join(lesson: Lesson) -> Joining:
    """A newcomer joins a board again and again; a teacher draws something before each time."""
    newcomer = lesson.newcomer()
    first, first_time = lesson.join(newcomer)
    if first.snapshot is None:
        raise Problem("Who knows nothing of a board was not given a snapshot of it.")
    snapshot = first.snapshot
    pages = [snapshot.first, *(lesson.page(newcomer, number)[0] for number in range(2, snapshot.pages + 1))]
    answers, wholes = [], []
    for number in range(JOINS):
        drawn = stroke(f"between{number}", order_key(JOIN_KEYS_FROM + number), STROKE_POINTS)
        lesson.draw(lesson.founder, (Change(0, drawn),))
        joined, time = lesson.join(newcomer)
        answers.append(time)
        count = joined.snapshot.pages if joined.snapshot is not None else 1
        wholes.append(time + sum(lesson.page(newcomer, page)[1] for page in range(2, count + 1)))
    plain = [zlib.decompress(page.elements) for page in pages]
    return Joining(
        elements=sum(len(msgspec.json.decode(page, type=list[Raw])) for page in plain),
        pages=snapshot.pages,
        bytes_plain=sum(map(len, plain)),
        bytes_sent=sum(map(_size, pages)),
        first=first_time / NANOSECONDS_PER_MS,
        answer=latency(answers),
        whole_median=median(wholes) / NANOSECONDS_PER_MS,
    )


def cold_joins(installation: Installation, cores: Cores, lesson: LessonPlan, starts: int) -> tuple[float, ...]:
    """Milliseconds until the answer to whoever is the first on a board after a restart, once for each of `starts`."""
    times = []
    for _ in range(starts):
        with after_restart(installation, cores, lesson) as begun:
            joined, time = begun.join(begun.founder)
            if joined.snapshot is None:
                raise Problem("Who knows nothing of a board was not given a snapshot of it.")
            times.append(time / NANOSECONDS_PER_MS)
    return tuple(times)


def hour(lesson: Lesson, plan: Plan, say: Say) -> Hour:
    """An hour's strokes, faster than they were drawn, in four parts."""
    quarters: list[Quarter] = []
    lost = doubled = 0
    each = plan.hour // QUARTERS
    drawers = Drawers(lesson, _drawers(lesson, plan), STROKE_POINTS, keep=KEEP)
    for number in range(1, QUARTERS + 1):
        cpu = lesson.server.cpu_seconds()
        found = drawers.run(finishing(plan.rate, each, plan.drawers, first=(number - 1) * each))
        used = (lesson.server.cpu_seconds() - cpu) * plan.rate / each
        lost, doubled = lost + found.lost, doubled + found.doubled
        quarter = Quarter(
            latency(found.strokes), latency(found.lateness), lesson.server.resident_bytes(), round(100 * used, 1)
        )
        quarters.append(quarter)
        say(
            f"quarter {number} of the hour: p99 {quarter.strokes.p99:.1f} ms, memory {quarter.memory / 1e6:.0f} MB, "
            f"{quarter.server_core_percent:g} % of a core; the generator's own p99 {quarter.lateness.p99:.1f} ms"
        )
    return Hour(each * QUARTERS, plan.elements, plan.rate, lost, doubled, tuple(quarters))


def _drawers(lesson: Lesson, plan: Plan) -> list[Guest]:
    """Pupils of both classes: the founders are the first two."""
    return lesson.guests[-plan.drawers :]


def _size(page: Page) -> int:
    return len(page.elements)
