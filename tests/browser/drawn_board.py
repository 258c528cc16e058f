"""A board that two classes have drawn together, as a file of the public editor: two rivers, from their springs on."""

import json
import math
from typing import Any

Place = tuple[float, float]

BLUE, GREEN, BROWN, RED, INK = "#1971c2", "#2f9e44", "#846358", "#e03131", "#1e1e1e"
WATER, MEADOW, HILL, YELLOW, PINK = "#a5d8ff", "#b2f2bb", "#eaddd7", "#ffec99", "#ffc9c9"
"""The editor's own colours: of lines, and of what they enclose."""

LETTER = 0.62
"""Width of a letter at most, as a share of its height."""

LINE_HEIGHT = 1.25


def file_of_the_rivers() -> bytes:
    """Everything on it, in the order of drawing."""
    sketch = _Sketch()
    sketch.text((330, -20), "Nos deux rivières – Nasze dwie rzeki", 36)
    _rhone(sketch, 0)
    _bystrzyca(sketch, 640)
    _below(sketch)
    return json.dumps({"type": "excalidraw", "version": 2, "elements": sketch.elements, "appState": {}}).encode()


def _rhone(sketch: "_Sketch", x: float) -> None:
    course = [(0, 110), (46, 150), (88, 196), (132, 244), (226, 248), (292, 286), (380, 320), (470, 340), (540, 352)]
    sketch.land([(x + along, down) for along, down in course], 420)
    sketch.text((x + 120, 60), "Le Rhône · 812 km", 28, BLUE)
    sketch.pen([(x - 14 + step * 3, 96 - 26 * math.sin(step / 26 * math.pi)) for step in range(27)], BLUE)
    sketch.ellipse((x + 128, 236), (104, 24), BLUE, WATER)
    sketch.text((x + 52, 108), "glacier", 20, BLUE)
    sketch.note((x + 206, 128), "le Léman, 372 m", (x + 182, 232))
    sketch.note((x + 300, 190), "Lyon, c'est nous !", (x + 336, 296))
    sketch.text((x + 432, 300), "la Camargue", 20, GREEN)
    sketch.waves((x + 546, 362), 3)


def _bystrzyca(sketch: "_Sketch", x: float) -> None:
    course = [(0, 236), (70, 262), (150, 284), (196, 300), (300, 304), (356, 322), (440, 338), (540, 352)]
    sketch.land([(x + along, down) for along, down in course], 420)
    sketch.text((x + 150, 60), "Bystrzyca · 70 km", 28, BLUE)
    sketch.text((x - 6, 200), "źródło", 20, BLUE)
    sketch.ellipse((x + 196, 290), (108, 22), BLUE, WATER)
    sketch.note((x + 110, 150), "Zalew Zemborzycki", (x + 246, 286))
    sketch.note((x + 330, 200), "Lublin, to my!", (x + 384, 322))
    sketch.text((x + 452, 306), "do Wieprza", 20, GREEN)
    sketch.waves((x + 546, 362), 2)


def _below(sketch: "_Sketch") -> None:
    sketch.card((20, 470), (270, 118), YELLOW, "Le Rhône va dans\nla Méditerranée.")
    sketch.card((330, 470), (270, 118), MEADOW, "Latem pływamy\nw zalewie!")
    sketch.card((640, 470), (270, 118), PINK, "Which river has\nmore bridges?")
    sketch.text((970, 470), "Lyon: 33 ponts?", 24, RED)
    sketch.text((970, 512), "Lublin: 14 mostów?", 24, RED)
    sketch.pen([(968 + step * 6, 560 + 5 * math.sin(step / 2)) for step in range(38)], RED)
    around = [turn / 32 * math.tau for turn in range(33)]
    sketch.pen(
        [(300 - 30 * (math.cos(t) - math.sin(t) ** 2 / 1.4), 390 + 24 * math.cos(t) * math.sin(t)) for t in around],
        BLUE,
    )


class _Sketch:
    """Adds elements. What the editor takes for granted is left out of them."""

    def __init__(self) -> None:
        self.elements: list[dict[str, Any]] = []

    def _add(self, kind: str, at: Place, size: Place, **more: Any) -> str:
        name = f"drawn-{len(self.elements)}"
        placed = {"id": name, "type": kind, "x": at[0], "y": at[1], "width": size[0], "height": size[1]}
        self.elements.append({**placed, "seed": len(self.elements) + 1, "roughness": 1, "strokeWidth": 2, **more})
        return name

    def text(self, at: Place, words: str, height: float, color: str = INK) -> None:
        lines = words.split("\n")
        size = (max(map(len, lines)) * height * LETTER, len(lines) * height * LINE_HEIGHT)
        self._add("text", at, size, text=words, originalText=words, fontSize=height, fontFamily=5, strokeColor=color)

    def ellipse(self, at: Place, size: Place, color: str, fill: str) -> None:
        self._add("ellipse", at, size, strokeColor=color, backgroundColor=fill, fillStyle="solid")

    def card(self, at: Place, size: Place, fill: str, words: str) -> None:
        self._add("rectangle", at, size, backgroundColor=fill, fillStyle="solid", roundness={"type": 3})
        self.text((at[0] + 20, at[1] + 26), words, 24)

    def note(self, at: Place, words: str, points_at: Place) -> None:
        """Words and an arrow from below them."""
        self.text(at, words, 20)
        start = (at[0] + len(words) * 20 * LETTER / 2.4, at[1] + 32)
        self._line("arrow", [start, points_at], strokeColor=INK, endArrowhead="arrow")

    def land(self, course: list[Place], ground: float) -> None:
        """The hills below a river, and the river."""
        outline = [*course, (course[-1][0], ground), (course[0][0], ground), course[0]]
        self._line("line", outline, strokeColor=BROWN, backgroundColor=HILL, fillStyle="hachure")
        self._line("line", course, strokeColor=BLUE, strokeWidth=4)

    def waves(self, at: Place, count: int) -> None:
        for row in range(count):
            self.pen([(at[0] + step * 2, at[1] + row * 18 + 5 * math.sin(step / 3)) for step in range(24)], BLUE)

    def pen(self, places: list[Place], color: str) -> None:
        """A stroke by hand."""
        more = {"pressures": [], "simulatePressure": True, "lastCommittedPoint": None}
        more |= {"strokeColor": color, "strokeWidth": 1}
        self._line("freedraw", places, **more)

    def _line(self, kind: str, places: list[Place], **more: Any) -> None:
        (x, y), xs, ys = places[0], [place[0] for place in places], [place[1] for place in places]
        points = [[place[0] - x, place[1] - y] for place in places]
        self._add(kind, (x, y), (max(xs) - min(xs), max(ys) - min(ys)), points=points, **more)
