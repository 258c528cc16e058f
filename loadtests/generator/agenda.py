"""Who does what next: due times that depend on chance and on nothing that the server does (an open loop).

Made while they are needed, so that a run may last for hours.
"""

import heapq
import random
from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

from loadtests.generator.activity import Activity
from loadtests.schedule import NANOSECONDS

Actor = TypeVar("Actor")

SHORTEST_PAUSE = 0.5
LONGEST_PAUSE = 1.5
"""Of the mean. People do not act in step; but a single speaker has to come to the rate that was asked for, too."""

NEVER = 2**63 - 1
"""A due time beyond any other, in nanoseconds."""


class Item(NamedTuple, Generic[Actor]):
    """One message: due at `at` nanoseconds. `rank` tells apart what is due at the same time; `left`: of its burst."""

    at: int
    rank: int
    actor: Actor
    activity: Activity
    left: int


class Agenda(Generic[Actor]):
    """The next message of each actor and activity, the earliest first."""

    def __init__(self, doing: Iterable[tuple[Actor, Activity]], start: int, seed: int) -> None:
        """`start`: nanoseconds, before which nothing is due. The same `seed` gives the same times."""
        self._dice = random.Random(seed)
        self._items: list[Item[Actor]] = []
        for rank, (actor, activity) in enumerate(doing):
            # They have all been at it for long: each is somewhere between two bursts.
            first = start + round(self._dice.random() * activity.every * NANOSECONDS)
            self._items.append(Item(first, rank, actor, activity, activity.burst))
        heapq.heapify(self._items)

    @property
    def next_at(self) -> int:
        """When the next message is due."""
        return self._items[0].at if self._items else NEVER

    def take(self) -> tuple[int, Actor, Activity]:
        """The next message: when it is due, whose it is, and of what kind. The one after it takes its place."""
        item = self._items[0]
        activity, left = item.activity, item.left - 1
        if left:
            at = item.at + round(activity.spacing * NANOSECONDS)
        else:
            left = activity.burst
            lasted = activity.spacing * (activity.burst - 1)
            at = item.at + self._pause(max(activity.every - lasted, 0.0))
        heapq.heapreplace(self._items, Item(at, item.rank, item.actor, activity, left))
        return item.at, item.actor, activity

    def _pause(self, mean: float) -> int:
        return round((SHORTEST_PAUSE + (LONGEST_PAUSE - SHORTEST_PAUSE) * self._dice.random()) * mean * NANOSECONDS)
