"""What people in a room do, and how often: the parts that scenarios are put together from."""

from enum import IntEnum

from msgspec import Struct


class Topic(IntEnum):
    """The kinds of messages. Chat is durable; the others are volatile signals, whose topic is the name in small."""

    CHAT = 0
    TYPING = 1
    CURSOR = 2
    STROKE = 3

    @property
    def is_durable(self) -> bool:
        """Logged by the server: may never be lost. Else it may be dropped for a slow reader."""
        return self is Topic.CHAT

    @property
    def is_replaced(self) -> bool:
        """Only the newest matters: who is behind gets that one only."""
        return self in (Topic.TYPING, Topic.CURSOR)

    @property
    def label(self) -> str:
        """Its name in reports, and on the wire."""
        return self.name.lower()


class Activity(Struct, frozen=True):
    """One thing that somebody does: every `every` seconds on average `burst` messages, `spacing` seconds apart.

    The pause from one burst to the next is random, half to one and a half of its mean. `characters`: of one
    message. `speakers`: only so many members of each room do it; None: everybody. `reason`: where the figures are from.
    """

    topic: Topic
    every: float
    characters: int
    reason: str
    burst: int = 1
    spacing: float = 0.0
    speakers: int | None = None

    @property
    def per_person(self) -> float:
        """Messages a second of one who does it."""
        return self.burst / self.every

    def people(self, size: int) -> int:
        """How many members of a room of `size` do it."""
        return size if self.speakers is None else min(size, self.speakers)

    def in_room(self, size: int) -> float:
        """Messages a second in a room of `size` people."""
        return self.per_person * self.people(size)

    def faster(self, factor: float) -> "Activity":
        """The same, everything `factor` times as fast: bursts come sooner, and are shorter."""
        return Activity(
            topic=self.topic,
            every=self.every / factor,
            characters=self.characters,
            reason=self.reason,
            burst=self.burst,
            spacing=self.spacing / factor,
            speakers=self.speakers,
        )


def messages_a_second(activities: tuple[Activity, ...], size: int) -> float:
    """In one room of `size` people, all activities together."""
    return sum(activity.in_room(size) for activity in activities)


def scaled(activities: tuple[Activity, ...], size: int, rate: float) -> tuple[Activity, ...]:
    """The same mixture at `rate` messages a second and room."""
    factor = rate / messages_a_second(activities, size)
    return tuple(activity.faster(factor) for activity in activities)
