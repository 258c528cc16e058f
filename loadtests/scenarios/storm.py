"""A board storm: a whole class draws at the same time, as when the teacher says "now everybody, your name"."""

from loadtests.generator.activity import Activity, Topic
from loadtests.scenarios.scenario import Stage, Wish, steady

DRAWING = Activity(
    topic=Topic.STROKE,
    every=2.0,
    characters=150,
    burst=24,
    spacing=0.05,
    reason=(
        "everybody draws one stroke after the other: 1.2 seconds each, 0.8 between two; a page appends the points of "
        "50 ms at a time, 3 of a 60 Hz pointer, with the stroke's id and offset"
    ),
)

REMARK = Activity(
    topic=Topic.CHAT,
    every=120.0,
    characters=20,
    reason="somebody writes a word every 2 minutes: who draws does not type",
)


class Storm:
    """See above. Only what is volatile; what a board costs with all that belongs to it: `run board`."""

    name = "storm"
    summary = "Rooms in which all 30 people draw at once: strokes in progress, points appended."
    rooms = 1
    size = 30
    duration = 60.0
    ramps_rooms = True

    def activities(self, size: int, speakers: int) -> tuple[Activity, ...]:
        """Strokes, and hardly any chat."""
        return (DRAWING, REMARK)

    def stages(self, wish: Wish) -> tuple[Stage, ...]:
        """A warm-up, and the rest is measured."""
        return steady(wish)
