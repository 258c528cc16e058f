"""What the generator draws: strokes of a pen as a page sends them, and a board full of the usual things."""

import math
import random
from collections.abc import Iterator
from typing import Any

from rooms.board.elements import Element, FreeDraw, Rectangle, Roundness, TextElement

POINT_DISTANCE = 4.0
"""Pixels between two points of a pen at 60 Hz: some 240 a second, a hand that writes."""

ROW = 40
"""Elements beside each other on a full board."""

CELL = 160.0
"""Pixels from one to the next."""

FILLING_POINTS = 40
"""Points of a stroke on a full board: a letter or two."""

COMMON: dict[str, Any] = {
    "angle": 0.0,
    "stroke_color": "#1e1e1e",
    "background_color": "transparent",
    "fill_style": "solid",
    "stroke_width": 2.0,
    "stroke_style": "solid",
    "roughness": 1.0,
    "opacity": 100.0,
    "group_ids": (),
    "frame_id": None,
    "bound_elements": None,
    "link": None,
    "locked": False,
    "is_deleted": False,
}
"""What all of it has alike: the editor's own defaults."""

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""Of fractional indices, in the order of their bytes."""

KEY_HEAD = "d"
"""Begins a key whose whole part has four digits (rocicorp's fractional indexing): 14 million elements, in order."""

KEY_DIGITS = 4


def order_key(number: int) -> str:
    """The place of the `number`-th element in the order of drawing."""
    digits = ""
    for _ in range(KEY_DIGITS):
        number, digit = divmod(number, len(DIGITS))
        digits = DIGITS[digit] + digits
    return KEY_HEAD + digits


def path(count: int, seed: int = 0) -> tuple[tuple[float, float], ...]:
    """The points of a stroke, relative to its beginning, to hundredths of a pixel as a page sends them.

    A hand that turns a little at each point; of another `seed` another one, since alike strokes compress too well.
    """
    dice = random.Random(seed)
    x, y, direction = 0.0, 0.0, dice.uniform(0, 2 * math.pi)
    points = [(x, y)]
    for _ in range(count - 1):
        direction += dice.uniform(-0.4, 0.4)
        x, y = x + POINT_DISTANCE * math.cos(direction), y + POINT_DISTANCE * math.sin(direction)
        points.append((round(x, 2), round(y, 2)))
    return tuple(points)


def stroke(name: str, key: str, points: int, x: float = 0.0, y: float = 0.0, seed: int = 0) -> FreeDraw:
    """A finished stroke of the pen."""
    drawn = path(points, seed)
    return FreeDraw(
        id=name,
        x=x,
        y=y,
        width=max(point[0] for point in drawn) - min(point[0] for point in drawn),
        height=max(point[1] for point in drawn) - min(point[1] for point in drawn),
        seed=1,
        index=key,
        roundness=None,
        points=drawn,
        pressures=(),
        simulate_pressure=True,
        last_committed_point=drawn[-1],
        **COMMON,
    )


def filling(count: int, first: int = 0) -> Iterator[Element]:
    """A full board: two thirds strokes, the rest boxes and short texts. `first`: the number of the first one."""
    for number in range(first, first + count):
        name, key = f"filling{number}", order_key(number)
        x, y = number % ROW * CELL, number // ROW * CELL
        if number % 3:
            yield stroke(name, key, FILLING_POINTS, x, y, number)
        elif number % 2:
            yield Rectangle(
                id=name, x=x, y=y, width=120.0, height=80.0, seed=1, index=key, roundness=Roundness(type=3), **COMMON
            )
        else:
            yield _text(name, key, x, y)


def _text(name: str, key: str, x: float, y: float) -> TextElement:
    words = f"Bonjour, cześć, hello {name}"
    return TextElement(
        id=name,
        x=x,
        y=y,
        width=140.0,
        height=25.0,
        seed=1,
        index=key,
        roundness=None,
        font_size=20.0,
        font_family=5,
        text=words,
        text_align="left",
        vertical_align="top",
        container_id=None,
        original_text=words,
        auto_resize=True,
        line_height=1.25,
        **COMMON,
    )
