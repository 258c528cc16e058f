"""The plots of the report: latency by percentile, the run over time, and the loads that `ramp` has tried."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from loadtests.generator.traffic import ACKNOWLEDGED
from loadtests.results import svg
from loadtests.results.model import Figures, Latency, Point, Ramp, StageSpan
from loadtests.results.svg import Frame, Linear, Logarithmic, Scale, Tick
from loadtests.results.verdict import judged_latencies
from loadtests.results.words import milliseconds, number

TOP_PERCENTILES = (0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999)
"""Marks of the percentile plot: each has a tenth as many deliveries above it as the one before."""

POINTS_MAX = 240
"""Points of a line: more cannot be told apart. A longer run has the worst of several seconds in each."""

LEAST_SHOWN = (90.0, 0.0)
"""The percentile plot reaches at least so far, however few deliveries there were."""

LINES_MAX = 4
"""Lines in one plot that can be told apart."""

ALL_LEFT = 1e-6
"""The part of all deliveries at the right edge of the percentile plot: that of the highest percentile there is."""


class Canvas(NamedTuple):
    """A size to draw for: the page shows the one that fits. `letters`: the height of the labels."""

    name: str
    width: float
    height: float
    left: float
    letters: float


CANVASES = (Canvas("wide", 960, 300, 62, 13), Canvas("narrow", 360, 260, 58, 12))
"""For desktops and print, and for phones: a picture that is shrunk has labels that nobody can read."""

SECOND_MARKS = {"wide": 8, "narrow": 4}
"""Marks on the axis of time, about."""

ROUNDING = 1e-9
"""What a quotient may be off by the way in which numbers are stored."""

TOP = 22
BOTTOM = 30
RIGHT = 16
"""Space around the frame, for labels."""


def legend(names: Sequence[str]) -> str:
    """Which line is what."""
    items = "".join(f'<span class="key line{index}">{name}</span>' for index, name in enumerate(names))
    return f'<p class="legend">{items}</p>'


# --- Percentiles ---


def percentiles(figures: Figures, target_ms: float) -> str:
    """How long the slowest hundredth, thousandth and so on took; empty when nothing was measured."""
    lines = _percentile_lines(figures)
    if not lines:
        return ""
    drawn = "".join(_percentiles(canvas, lines, target_ms) for canvas in CANVASES)
    return legend([_line_name(figures, one) for one in lines]) + drawn


def _percentile_lines(figures: Figures) -> list[Latency]:
    """All deliveries of each judged stage, and of the last one the acks."""
    lines = judged_latencies(figures)
    if lines:
        acks = figures.latency(ACKNOWLEDGED, lines[-1].stage)
        lines += [acks] if acks is not None else []
    return lines[:LINES_MAX]


def _line_name(figures: Figures, latency: Latency) -> str:
    several = sum(stage.is_judged for stage in figures.stages) > 1
    name = "chat stored on disk" if latency.name == ACKNOWLEDGED else latency.name
    return f"{name}, {latency.stage}" if several else name


def _percentiles(canvas: Canvas, lines: Sequence[Latency], target_ms: float) -> str:
    frame = _frame(canvas, canvas.height)
    lowest = min(value for one in lines for _, value in one.percentiles if value > 0)
    scale = Logarithmic(lowest, max(target_ms, *(one.max_ms for one in lines)))
    right = max(_nines(percent) for one in lines for percent, _ in (*_known(one), LEAST_SHOWN))
    marks = [percent for percent in TOP_PERCENTILES if _nines(percent) <= right]
    parts = [
        svg.left_axis(frame, scale.ticks(_axis_ms)),
        svg.bottom_axis(
            frame, [Tick(_nines(one) / right, f"{one:g} %") for one in marks], canvas.letters, canvas.width
        ),
        _target(frame, scale, target_ms, is_left=True),
    ]
    for index, one in enumerate(lines):
        points = [(frame.x(_nines(percent) / right), frame.y(scale.position(value))) for percent, value in _known(one)]
        parts.append(svg.path(points, f"line line{index}"))
    title = "; ".join(
        f"{one.name}: half within {milliseconds(one.p50_ms)}, 99 of 100 within {milliseconds(one.p99_ms)}"
        for one in lines
    )
    return svg.document(canvas.width, canvas.height, parts, title, f"plot {canvas.name}")


def _known(latency: Latency) -> list[tuple[float, float]]:
    """The percentiles that so many values can tell, then the slowest of all."""
    finest = 100 * (1 - 1 / latency.count)
    known = [(percent, value) for percent, value in latency.percentiles if percent < finest]
    return [*known, (finest, latency.max_ms)]


def _nines(percent: float) -> float:
    """Across: 1 for 90 %, 2 for 99 %, 3 for 99.9 % and so on."""
    return -math.log10(max(1 - percent / 100, ALL_LEFT))


# --- Over time ---


def over_time(figures: Figures, target_ms: float) -> str:
    """Deliveries a second, and below them their latency; empty when nothing was delivered."""
    points = _thinned(figures.timeline)
    if len(points) < 2 or not any(point.deliveries for point in points):
        return ""
    drawn = "".join(_over_time(canvas, figures, points, target_ms) for canvas in CANVASES)
    return legend(["half of the deliveries (p50)", "99 of 100 (p99)"]) + drawn


def _over_time(canvas: Canvas, figures: Figures, points: Sequence[Point], target_ms: float) -> str:
    end = max(figures.stages[-1].end_s, points[-1].second + 1.0)
    upper = _frame(canvas, canvas.height * 0.72)
    gap = TOP + 14
    lower = Frame(upper.left, upper.top + upper.height + gap, upper.width, canvas.height - TOP - BOTTOM)
    height = lower.top + lower.height + BOTTOM
    volume = Linear(max(point.deliveries for point in points), ticks_wanted=3)
    values = [value for point in points for value in (point.p50_ms, point.p99_ms) if value]
    scale = Logarithmic(min(values), max(*values, target_ms))
    line = [(upper.x((point.second + 0.5) / end), upper.y(volume.position(point.deliveries))) for point in points]
    parts = [
        _stages(upper, lower, figures.stages, end, canvas),
        svg.left_axis(upper, volume.ticks(_short)),
        svg.area(line, upper.top + upper.height, "area"),
        svg.path(line, "line volume"),
        svg.text(upper.left, upper.top - 9, "deliveries a second", "caption start"),
        svg.left_axis(lower, scale.ticks(_axis_ms)),
        _target(lower, scale, target_ms),
        svg.text(lower.left, lower.top - 9, "latency", "caption start"),
        svg.path(_latency_line(lower, scale, points, end, "p50_ms"), "line line0"),
        svg.path(_latency_line(lower, scale, points, end, "p99_ms"), "line line1"),
        svg.bottom_axis(lower, _seconds(end, canvas), canvas.letters, canvas.width),
        *_hints(upper, lower, points, end),
    ]
    return svg.document(canvas.width, height, parts, "The run over time, second by second", f"plot {canvas.name}")


def _latency_line(
    frame: Frame, scale: Scale, points: Sequence[Point], end: float, name: str
) -> list[tuple[float, float] | None]:
    found: list[tuple[float, float] | None] = []
    for point in points:
        value = point.p50_ms if name == "p50_ms" else point.p99_ms
        x = frame.x((point.second + 0.5) / end)
        found.append((x, frame.y(scale.position(value))) if value is not None else None)
    return found


def _stages(upper: Frame, lower: Frame, stages: Sequence[StageSpan], end: float, canvas: Canvas) -> str:
    """Bands behind what is not judged, and the names of the stages."""
    parts: list[str] = []
    bottom = lower.top + lower.height
    for stage in stages:
        x, width = upper.x(stage.begin_s / end), upper.width * (stage.end_s - stage.begin_s) / end
        if not stage.is_judged:
            parts.append(svg.box(x, upper.top, width, bottom - upper.top, "band"))
        if stage.begin_s > 0:
            parts.append(svg.line(x, upper.top, x, bottom, "border"))
        if len(stage.name) * canvas.letters * svg.CHARACTER_EM < width:
            parts.append(svg.text(x + width / 2, upper.top + canvas.letters, stage.name, "tick center"))
    return "".join(parts)


def _hints(upper: Frame, lower: Frame, points: Sequence[Point], end: float) -> list[str]:
    """What is shown when one points at a second."""
    bottom = lower.top + lower.height
    width = upper.width / end
    found: list[str] = []
    for index, point in enumerate(points):
        spans = (points[index + 1].second - point.second) if index + 1 < len(points) else 1
        title = f"second {point.second}: {number(point.deliveries)} deliveries, {number(point.here)} people"
        if point.p50_ms is not None and point.p99_ms is not None:
            title += f", p50 {milliseconds(point.p50_ms)}, p99 {milliseconds(point.p99_ms)}"
        found.append(svg.box(upper.x(point.second / end), upper.top, width * spans, bottom - upper.top, "hint", title))
    return found


def _seconds(end: float, canvas: Canvas) -> list[Tick]:
    """Marks at round seconds; the axis ends where the run does."""
    step = Linear(end, ticks_wanted=SECOND_MARKS[canvas.name]).step
    count = int(end / step + ROUNDING)
    return [Tick(index * step / end, f"{index * step:g} s") for index in range(count + 1)]


def _thinned(points: Sequence[Point]) -> list[Point]:
    """Not more than can be shown: of several seconds the one with the worst p99."""
    group = -(-len(points) // POINTS_MAX) if points else 1
    return [
        max(points[start : start + group], key=lambda point: point.p99_ms or 0.0)
        for start in range(0, len(points), group)
    ]


# --- Ramp ---


def steps(ramp: Ramp, target_ms: float) -> str:
    """The loads that were tried, and their p99."""
    return "".join(_steps(canvas, ramp, target_ms) for canvas in CANVASES)


def _steps(canvas: Canvas, ramp: Ramp, target_ms: float) -> str:
    frame = _frame(canvas, canvas.height)
    tried = [step for step in ramp.steps if step.p99_ms > 0]
    if not tried:
        return ""
    across = Linear(max(step.load for step in tried), ticks_wanted=6)
    scale = Logarithmic(min(step.p99_ms for step in tried), max(target_ms, *(step.p99_ms for step in tried)))
    parts = [
        svg.left_axis(frame, scale.ticks(_axis_ms)),
        svg.bottom_axis(frame, across.ticks(number), canvas.letters, canvas.width),
        _target(frame, scale, target_ms),
        svg.text(frame.left, frame.top - 9, f"p99 by {ramp.unit}", "caption start"),
    ]
    for step in tried:
        x, y = frame.x(across.position(step.load)), frame.y(scale.position(step.p99_ms))
        classes = "kept" if step.is_kept else "missed"
        radius = 8 if step.is_confirmation else 5
        parts.append(svg.dot(x, y, radius, f"dot {classes}", f"{number(step.load)} {ramp.unit}: {step.why}"))
    return svg.document(canvas.width, canvas.height, parts, "The loads that were tried", f"plot {canvas.name}")


# --- Shared ---


def _frame(canvas: Canvas, height: float) -> Frame:
    return Frame(canvas.left, TOP, canvas.width - canvas.left - RIGHT, height - TOP - BOTTOM)


def _target(frame: Frame, scale: Scale, target_ms: float, is_left: bool = False) -> str:
    """The line that should not be crossed. `is_left`: its name stands at the left, where nothing else is."""
    y = frame.y(scale.position(target_ms))
    right = frame.left + frame.width
    label = f"target {milliseconds(target_ms)}"
    if is_left:
        name = svg.text(frame.left + 6, y - 6, label, "tick start target-label")
    else:
        name = svg.text(right, y - 6, label, "tick end target-label")
    return svg.line(frame.left, y, right, y, "target") + name


def _axis_ms(value: float) -> str:
    """Milliseconds at an axis: round values, as short as they are."""
    return f"{value / 1000:g} s" if value >= 1000 else f"{value:g} ms"


def _short(value: float) -> str:
    """Large counts at an axis."""
    if value >= 1_000_000:
        return f"{value / 1_000_000:g} M"
    return f"{value / 1000:g} k" if value >= 1000 else f"{value:g}"
