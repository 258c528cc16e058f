"""A lecture: one very full room in which one or a few speak, and the audience now and then asks something."""

from loadtests.generator.activity import Activity, Topic
from loadtests.scenarios.scenario import Stage, Wish, steady

QUESTION_EVERY = 10.0
"""Seconds between two chat messages of the whole audience: what a speaker can take notice of."""

QUESTION_CHARACTERS = 80
"""Characters: one sentence."""


def pointer(speakers: int) -> Activity:
    """The speakers' pointer on the board."""
    return Activity(
        topic=Topic.CURSOR,
        every=8.0,
        characters=64,
        burst=60,
        spacing=0.1,
        speakers=speakers,
        reason="a speaker points for 6 seconds out of 8, sent 10 times a second",
    )


def drawing(speakers: int) -> Activity:
    """What the speakers draw."""
    return Activity(
        topic=Topic.STROKE,
        every=4.0,
        characters=150,
        burst=24,
        spacing=0.05,
        speakers=speakers,
        reason="a speaker draws a stroke of 1.2 seconds every 4, the points of 50 ms at a time",
    )


def questions(size: int) -> Activity:
    """What the audience writes."""
    return Activity(
        topic=Topic.CHAT,
        every=QUESTION_EVERY * size,
        characters=QUESTION_CHARACTERS,
        reason="one message every 10 seconds of the whole audience: what a speaker can take notice of",
    )


class Lecture:
    """See above."""

    name = "lecture"
    summary = "One room of 1000 people: one or a few speak and draw, the audience asks questions."
    rooms = 1
    size = 1000
    duration = 60.0
    ramps_rooms = False

    def activities(self, size: int, speakers: int) -> tuple[Activity, ...]:
        """The speakers' pointers and strokes, and the questions."""
        return (pointer(speakers), drawing(speakers), questions(size))

    def stages(self, wish: Wish) -> tuple[Stage, ...]:
        """A warm-up, and the rest is measured."""
        return steady(wish)
