"""Plots as inline SVG: scales, axes, lines. Colours are the page's, by class, so that they follow light and dark."""

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import NamedTuple

DECADE = 10.0

NICE_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
"""A linear axis has ticks at multiples of one of these times a power of ten."""

LOG_MARKS = (1.0, 2.0, 5.0)
"""Ticks within a decade, when there are few decades."""

FEW_DECADES = 2.5

CHARACTER_EM = 0.56
"""The usual width of a character beside its height, by which labels are kept apart."""


Label = Callable[[float], str]
"""Makes a value the text at its tick."""


class Tick(NamedTuple):
    """A mark on an axis. `position`: 0 to 1."""

    position: float
    label: str


class Linear:
    """From 0 to a round number above all values."""

    def __init__(self, highest: float, ticks_wanted: int = 4) -> None:
        self.step = _nice(max(highest, 1e-9) / ticks_wanted)
        self._top = self.step * max(1, math.ceil(highest / self.step - 1e-9))

    def position(self, value: float) -> float:
        """0 at the bottom, 1 at the top."""
        return min(max(value / self._top, 0.0), 1.0)

    def ticks(self, label: Label) -> list[Tick]:
        """Marks at round values."""
        count = round(self._top / self.step)
        return [Tick(index / count, label(index * self.step)) for index in range(count + 1)]


class Logarithmic:
    """Each decade as high as the next: a microsecond and a second are both to be seen."""

    def __init__(self, lowest: float, highest: float) -> None:
        self._low = math.log10(_mark_below(lowest))
        self._high = max(math.log10(_mark_above(highest)), self._low + 1)

    def position(self, value: float) -> float:
        """0 at the bottom, 1 at the top."""
        if value <= 0:
            return 0.0
        return min(max((math.log10(value) - self._low) / (self._high - self._low), 0.0), 1.0)

    def ticks(self, label: Label) -> list[Tick]:
        """Marks at the decades, and between them when they are few."""
        marks = LOG_MARKS if self._high - self._low <= FEW_DECADES else LOG_MARKS[:1]
        found: list[Tick] = []
        for exponent in range(math.floor(self._low), math.ceil(self._high) + 1):
            for mark in marks:
                value = mark * DECADE**exponent
                place = (math.log10(value) - self._low) / (self._high - self._low)
                if -1e-9 <= place <= 1 + 1e-9:
                    found.append(Tick(min(max(place, 0.0), 1.0), label(value)))
        return found


Scale = Linear | Logarithmic


class Frame(NamedTuple):
    """Where a plot is drawn, in the SVG's own units, which are CSS pixels at its natural width."""

    left: float
    top: float
    width: float
    height: float

    def x(self, position: float) -> float:
        """From 0 to 1 to the place across."""
        return self.left + position * self.width

    def y(self, position: float) -> float:
        """From 0 to 1 to the place upwards."""
        return self.top + (1 - position) * self.height


def document(width: float, height: float, parts: Iterable[str], title: str, classes: str) -> str:
    """The whole picture. `title`: what it shows, for those who cannot see it."""
    return (
        f'<svg class="{classes}" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(title)}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def left_axis(frame: Frame, ticks: Sequence[Tick]) -> str:
    """Lines across, with their labels at the left."""
    parts: list[str] = []
    for position, label in ticks:
        y = frame.y(position)
        parts.append(line(frame.left, y, frame.left + frame.width, y, "grid"))
        parts.append(text(frame.left - 8, y, label, "tick end middle"))
    return "".join(parts)


def bottom_axis(frame: Frame, ticks: Sequence[Tick], size: float, width: float) -> str:
    """Labels below, as many as have space beside each other; `size`: of the letters, `width`: of the picture."""
    parts: list[str] = []
    free_from = -math.inf
    for position, label in ticks:
        x = frame.x(position)
        half = len(label) * size * CHARACTER_EM / 2
        if x - half < free_from or x + half > width:
            continue
        free_from = x + half + size / 2
        bottom = frame.top + frame.height
        parts.append(line(x, bottom, x, bottom + 5, "grid"))
        parts.append(text(x, bottom + 9 + size / 2, label, "tick center middle"))
    return "".join(parts)


def line(x1: float, y1: float, x2: float, y2: float, classes: str) -> str:
    """A straight line."""
    return f'<line class="{classes}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def text(x: float, y: float, content: str, classes: str) -> str:
    """Words. Classes `start`, `center`, `end` and `middle` say what the place is the middle of."""
    return f'<text class="{classes}" x="{x:.1f}" y="{y:.1f}">{escape(content)}</text>'


def path(points: Sequence[tuple[float, float] | None], classes: str) -> str:
    """A line through points; where one is missing, it is broken."""
    commands: list[str] = []
    is_down = False
    for index, point in enumerate(points):
        if point is None:
            is_down = False
            continue
        follows = index + 1 < len(points) and points[index + 1] is not None
        commands.append(f"{'L' if is_down else 'M'}{point[0]:.1f},{point[1]:.1f}")
        if not is_down and not follows:
            commands.append("h0.1")  # a single point is seen, too
        is_down = True
    return f'<path class="{classes}" d="{"".join(commands)}"/>' if commands else ""


def area(points: Sequence[tuple[float, float]], bottom: float, classes: str) -> str:
    """What lies below a line."""
    if not points:
        return ""
    commands = "".join(f"L{x:.1f},{y:.1f}" for x, y in points)
    return f'<path class="{classes}" d="M{points[0][0]:.1f},{bottom:.1f}{commands}L{points[-1][0]:.1f},{bottom:.1f}Z"/>'


def box(x: float, y: float, width: float, height: float, classes: str, title: str = "") -> str:
    """A rectangle; `title` is shown when one points at it."""
    inside = f"<title>{escape(title)}</title>" if title else ""
    return f'<rect class="{classes}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}">{inside}</rect>'


def dot(x: float, y: float, radius: float, classes: str, title: str = "") -> str:
    """A point; `title` is shown when one points at it."""
    inside = f"<title>{escape(title)}</title>" if title else ""
    return f'<circle class="{classes}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}">{inside}</circle>'


def _nice(rough: float) -> float:
    magnitude = DECADE ** math.floor(math.log10(rough))
    return next(step * magnitude for step in NICE_STEPS if step * magnitude >= rough * (1 - 1e-9))


def _mark_below(value: float) -> float:
    decade = DECADE ** math.floor(math.log10(value))
    return max(mark * decade for mark in LOG_MARKS if mark * decade <= value * (1 + 1e-9))


def _mark_above(value: float) -> float:
    decade = DECADE ** math.floor(math.log10(value))
    return next(mark * decade for mark in (*LOG_MARKS, DECADE) if mark * decade >= value * (1 - 1e-9))
