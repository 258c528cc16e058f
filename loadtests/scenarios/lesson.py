"""A lesson: two classes and their teachers, who chat, point at things and draw, all at human rates."""

from loadtests.generator.activity import Activity, Topic
from loadtests.scenarios.scenario import Stage, Wish, steady

CHAT = Activity(
    topic=Topic.CHAT,
    every=40.0,
    characters=60,
    reason=(
        "a lively lesson: everybody writes a message every 40 seconds, 1.5 a second in a class room of 60; "
        "60 characters are a sentence of a pupil in a foreign language"
    ),
)

TYPING = Activity(
    topic=Topic.TYPING,
    every=40.0,
    characters=40,
    burst=7,
    spacing=3.0,
    reason=(
        "60 characters take 20 seconds at 3 a second (36 words a minute, the mean on phones: Palin et al. 2019); "
        "meanwhile a page renews its typing mark every 3 seconds"
    ),
)

CURSOR = Activity(
    topic=Topic.CURSOR,
    every=20.0,
    characters=64,
    burst=40,
    spacing=0.1,
    reason=(
        "a hand moves for 4 seconds out of 20, and a page sends its place 10 times a second, "
        "at which a pointer seems to glide: of 60 people 12 move at a time"
    ),
)

STROKE = Activity(
    topic=Topic.STROKE,
    every=15.0,
    characters=150,
    burst=24,
    spacing=0.05,
    reason=(
        "a stroke of 1.2 seconds every 15; a page appends the points of 50 ms at a time, "
        "3 of a 60 Hz pointer, with the stroke's id and offset: 5 of 60 people draw at a time"
    ),
)


class Lesson:
    """See above."""

    name = "lesson"
    summary = "Class rooms of 60 people who chat, type, point and draw at human rates."
    rooms = 1
    size = 60
    duration = 60.0
    ramps_rooms = True

    def activities(self, size: int, speakers: int) -> tuple[Activity, ...]:
        """All of them, everybody."""
        return (CHAT, TYPING, CURSOR, STROKE)

    def stages(self, wish: Wish) -> tuple[Stage, ...]:
        """A warm-up, and the rest is measured."""
        return steady(wish)
