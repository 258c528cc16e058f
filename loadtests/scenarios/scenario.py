"""What a scenario is: what people do in it, in which stages, and what is to be shown. Pure values: it runs nothing."""

from enum import Enum
from typing import Protocol

from msgspec import Struct

from loadtests.generator.activity import Activity


class Happening(Enum):
    """What happens at the beginning of a stage."""

    NOTHING = "nothing"
    DROP = "drop"
    """All connections are cut by the generator. The stage lasts until everybody is back."""
    RESTART = "restart"
    """The operator is asked to restart the server. The stage lasts until everybody was dropped and is back."""
    STALL = "stall"
    """Some members of each room stop reading; they read again when the stage is over."""


class Stage(Struct, frozen=True):
    """A part of a run, `seconds` long, or until what happens in it is over if that takes longer.

    `is_judged`: the targets for latency hold in it.
    """

    name: str
    seconds: float
    happening: Happening = Happening.NOTHING
    is_judged: bool = False


class Wish(Struct, frozen=True):
    """What the user asked for beside rooms, size and rate. Seconds; `slow`: members of each room who stop reading."""

    duration: float
    warm_up: float
    slow: int
    by_operator: bool


class Scenario(Protocol):
    """One scenario. `rooms`, `size`, `duration` (seconds): what is taken when the user does not say."""

    name: str
    summary: str
    """One sentence for `--help` and the report."""
    rooms: int
    size: int
    duration: float
    ramps_rooms: bool
    """Whether `ramp` looks for the highest number of rooms; else for the highest rate in them."""

    def activities(self, size: int, speakers: int) -> tuple[Activity, ...]:
        """What people do in a room of `size`, at human rates; nothing when they only stay connected."""
        ...

    def stages(self, wish: Wish) -> tuple[Stage, ...]:
        """The stages, in their order."""
        ...


WARM_UP = "warm-up"
MEASURED = "measured"


def steady(wish: Wish) -> tuple[Stage, ...]:
    """The stages of a run in which nothing happens."""
    return (Stage(WARM_UP, wish.warm_up), Stage(MEASURED, wish.duration, is_judged=True))
