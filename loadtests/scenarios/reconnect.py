"""A reconnect storm: everybody is dropped in the middle of a lesson, and comes back at once."""

from loadtests.generator.activity import Activity
from loadtests.scenarios.lesson import CHAT, TYPING
from loadtests.scenarios.scenario import WARM_UP, Happening, Stage, Wish

BEFORE = "before"
STORM = "storm"
AFTER = "after"

PARTS = 2
"""The measured time is shared by the stages before and after; the storm takes as long as it takes."""


class Reconnect:
    """See above. Chat goes on meanwhile: what is written while away is kept and sent once."""

    name = "reconnect"
    summary = "Everybody is dropped at once and comes back with their sessions and positions."
    rooms = 10
    size = 60
    duration = 30.0
    ramps_rooms = True

    def activities(self, size: int, speakers: int) -> tuple[Activity, ...]:
        """Chat, in which there are gaps to fill, and typing marks."""
        return (CHAT, TYPING)

    def stages(self, wish: Wish) -> tuple[Stage, ...]:
        """Before, the storm, and after it."""
        part = wish.duration / PARTS
        happening = Happening.RESTART if wish.by_operator else Happening.DROP
        return (
            Stage(WARM_UP, wish.warm_up),
            Stage(BEFORE, part, is_judged=True),
            Stage(STORM, 0.0, happening),
            Stage(AFTER, part, is_judged=True),
        )
