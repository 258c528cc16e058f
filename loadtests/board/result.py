"""What was found of the board, and whether it is enough."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct, structs

from loadtests.board import plan as targets
from loadtests.board.measure import DrawingRound, Hour, Joining
from loadtests.board.plan import Plan
from loadtests.compare.result import Three, three
from loadtests.compare.targets import Mark, digits, spread_text
from loadtests.machine import SharedMachine

FORMAT = 1
"""Of the JSON: fields are added, never renamed or removed."""

LATE_MS_MAX = 5.0
"""Milliseconds by which the generator may be late at its 99th percentile before its figures are called disturbed."""

MEGABYTE = 1e6


class Report(Struct, frozen=True):
    """The whole run. `bytes_short`, `bytes_long`: what an onlooker is sent for a point of a short and of a long stroke
    in progress. `cold`: milliseconds until the first to join the large board after a restart had the answer."""

    machine: SharedMachine
    plan: Plan
    drawing: tuple[DrawingRound, ...]
    bytes_short: float
    bytes_long: float
    joining: Joining
    cold: tuple[float, ...]
    hour: Hour
    command: str

    def as_json(self, marks: Sequence[Mark]) -> str:
        """One line, for programs."""
        fields: dict[str, Any] = {"format": FORMAT} | structs.asdict(self) | {"targets": marks}
        return msgspec.json.encode(fields).decode()

    @property
    def strokes_p99(self) -> Three:
        """Milliseconds until a finished stroke is on everybody's screen."""
        return three([one.strokes.p99 for one in self.drawing])

    @property
    def points_p99(self) -> Three:
        """Milliseconds until points of a stroke in progress are."""
        return three([one.points.p99 for one in self.drawing])

    @property
    def cold_join(self) -> Three:
        """Milliseconds for the first to join the large board after a restart."""
        return three(self.cold)

    @property
    def bytes_growth(self) -> float:
        """How much more a point costs in a long stroke."""
        return self.bytes_long / self.bytes_short

    @property
    def memory_growth(self) -> float:
        """From the end of the hour's first quarter to its end."""
        return self.hour.quarters[-1].memory / self.hour.quarters[0].memory

    @property
    def latency_growth(self) -> float:
        """From the hour's first quarter to its last."""
        return self.hour.quarters[-1].strokes.p99 / self.hour.quarters[0].strokes.p99


def judge(report: Report) -> list[Mark]:
    """Every target."""
    return [*_drawing_marks(report), *_joining_marks(report), *_hour_marks(report), _whole(report)]


def _drawing_marks(report: Report) -> Iterator[Mark]:
    plan, strokes, points = report.plan, report.strokes_p99, report.points_p99
    yield Mark(
        f"a finished stroke on everybody's screen, {plan.people} people, {plan.drawers} draw: p99",
        f"at most {targets.STROKE_P99_MS_MAX:g} ms, durable",
        f"{spread_text(strokes)} ms",
        strokes[1] <= targets.STROKE_P99_MS_MAX,
    )
    yield Mark(
        "points of a stroke in progress: p99",
        f"at most {targets.POINTS_P99_MS_MAX:g} ms",
        f"{spread_text(points)} ms",
        points[1] <= targets.POINTS_P99_MS_MAX,
    )
    lost = sum(one.points_lost for one in report.drawing)
    expected = lost + sum(one.points.count for one in report.drawing)
    yield Mark(
        "messages with points that were dropped",
        f"at most {targets.POINTS_LOST_MAX:.0%}",
        f"{lost} of {expected}",
        lost <= targets.POINTS_LOST_MAX * expected,
    )
    yield Mark(
        "bytes of a stroke in progress",
        f"linear in points: at most {targets.BYTES_GROWTH_MAX:g} times as many for each in a long one",
        f"{digits(report.bytes_short)} a point in a short one, {digits(report.bytes_long)} in a long one",
        report.bytes_growth <= targets.BYTES_GROWTH_MAX,
    )


def _joining_marks(report: Report) -> Iterator[Mark]:
    found = report.joining
    yield Mark(
        f"joining a board of {found.elements} elements: until the answer, p99",
        f"at most {targets.JOIN_MS_MAX:g} ms",
        f"{digits(found.answer.p99)} ms, the very first {digits(found.first)} ms",
        max(found.answer.p99, found.first) <= targets.JOIN_MS_MAX,
    )
    yield Mark(
        f"joining it as the first after a restart of the server, {len(report.cold)} restarts",
        f"at most {targets.JOIN_MS_MAX:g} ms",
        f"{spread_text(report.cold_join)} ms",
        report.cold_join[1] <= targets.JOIN_MS_MAX,
    )
    ratio = found.bytes_sent / found.bytes_plain
    yield Mark(
        "its bytes",
        f"in pages, compressed to at most {targets.COMPRESSED_MAX:g}",
        f"{found.pages} pages, {found.bytes_sent / MEGABYTE:.2f} MB of {found.bytes_plain / MEGABYTE:.2f} MB",
        found.pages > 1 and ratio <= targets.COMPRESSED_MAX,
    )


def _hour_marks(report: Report) -> Iterator[Mark]:
    hour = report.hour
    first, last = hour.quarters[0], hour.quarters[-1]
    yield Mark(
        f"memory over an hour of drawing ({hour.strokes} strokes on {hour.elements} elements)",
        f"flat: at most {targets.MEMORY_GROWTH_MAX:g} of that after the first quarter",
        f"{first.memory / MEGABYTE:.0f} MB, then {last.memory / MEGABYTE:.0f} MB",
        report.memory_growth <= targets.MEMORY_GROWTH_MAX,
    )
    yield Mark(
        "latency over that hour: p99",
        f"as at the start: at most {targets.LATENCY_GROWTH_MAX:g} of that of the first quarter, "
        f"or {targets.STROKE_P99_MS_MAX:g} ms",
        f"{digits(first.strokes.p99)} ms, then {digits(last.strokes.p99)} ms at {hour.rate:g} strokes/s",
        report.latency_growth <= targets.LATENCY_GROWTH_MAX or last.strokes.p99 <= targets.STROKE_P99_MS_MAX,
    )


def _whole(report: Report) -> Mark:
    lost = report.hour.lost + sum(one.lost for one in report.drawing)
    doubled = report.hour.doubled + sum(one.doubled for one in report.drawing)
    return Mark("finished strokes lost or doubled", "none", f"{lost} lost, {doubled} doubled", lost + doubled == 0)


def remarks(report: Report) -> list[str]:
    """What the reader has to know to trust the figures, or not to."""
    found = []
    latenesses = [*(one.lateness for one in report.drawing), *(one.lateness for one in report.hour.quarters)]
    late = max(lateness.p99 for lateness in latenesses)
    if late > LATE_MS_MAX:
        found.append(
            f"The generator itself was up to {late:.1f} ms late at its 99th percentile, which the latencies contain: "
            "take these figures again on a quiet machine."
        )
    return found
