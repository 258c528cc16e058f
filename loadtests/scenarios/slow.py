"""Slow readers: some members stop reading in a busy room, as a laptop does whose lid is closed."""

from loadtests.generator.activity import Activity, Topic, scaled
from loadtests.scenarios.lesson import CHAT, CURSOR, STROKE, TYPING
from loadtests.scenarios.scenario import WARM_UP, Happening, Stage, Wish

BEFORE = "before"
MEANWHILE = "meanwhile"

PARTS = 3
"""A third of the time for the comparison, the rest for the slow: the system buffers megabytes before they matter."""

BUSY = 600.0
"""Messages a second in the room, with `SIZE` people: 10 for each, within what the server allows each as shipped."""

BUSY_CHARACTERS = 1000
"""Characters of a stroke here: near the most that a signal may have, so that buffers fill within seconds."""


class Slow:
    """See above. They must be cut, or lose volatile signals; the others must not notice."""

    name = "slow"
    summary = "Some members stop reading in a busy room; the others must not notice."
    rooms = 1
    size = 60
    duration = 45.0
    ramps_rooms = False

    def activities(self, size: int, speakers: int) -> tuple[Activity, ...]:
        """A lesson ten times as busy as any, with long strokes."""
        stroke = Activity(
            topic=Topic.STROKE,
            every=STROKE.every,
            characters=BUSY_CHARACTERS,
            burst=STROKE.burst,
            spacing=STROKE.spacing,
            reason=f"{STROKE.reason}; long ones, so that what waits for a slow reader grows fast",
        )
        return scaled((CHAT, TYPING, CURSOR, stroke), size, BUSY * size / self.size)

    def stages(self, wish: Wish) -> tuple[Stage, ...]:
        """Before, and meanwhile."""
        part = wish.duration / PARTS
        return (
            Stage(WARM_UP, wish.warm_up),
            Stage(BEFORE, part, is_judged=True),
            Stage(MEANWHILE, wish.duration - part, Happening.STALL, is_judged=True),
        )
