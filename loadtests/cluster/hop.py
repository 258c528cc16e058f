"""What it costs that the members of a room are on two processes: time, and processor time.

Two rooms of the same size: the members of one are all on the first process, those of the other half on each. They get
the same load by turns, so that a slow minute of the machine does not hit one of them alone.
"""

import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from time import perf_counter

from msgspec import Struct

from loadtests.cluster.deployment import NO_LIMITS, Deployment, Usage, deployed
from loadtests.cluster.exchange import CHAT as CHAT_KIND
from loadtests.cluster.exchange import SIGNALS, Exchange, Exchanged
from loadtests.cluster.plan import Plan
from loadtests.entrance import Entrance, Guest
from loadtests.generator.activity import Activity, Topic
from loadtests.loop import Loop
from loadtests.machine import Cores
from loadtests.measure import Say, open_room
from loadtests.peer import SharedChunks
from loadtests.portal import Portal
from loadtests.scenarios.lesson import CHAT, CURSOR, STROKE, TYPING

MICROSECONDS = 1e6

LESSON = (CHAT, TYPING, CURSOR, STROKE)

IDLE_SECONDS = 5.0
"""In which it is looked at what the processes use while nobody says anything."""

SETTLE_SECONDS = 1.0
"""After people have come in: presence is told within a quarter of it."""


class Pair(Struct, frozen=True):
    """The same load with all members on one process, and with half of them on each of two."""

    one: Exchanged
    two: Exchanged


class HopRound(Struct, frozen=True):
    """One round. `idle`: of a core, while nobody says anything; `lesson`: at human rates, where signals are 99 of 100
    deliveries; `chat`: durable messages alone, some times as many as in a lesson."""

    idle: Usage
    lesson: Pair
    chat: Pair

    def hop_p50(self, kind: str) -> float:
        """Milliseconds that a message of a lesson takes longer to the other process."""
        return self.lesson.two.times[kind].hop_p50 or 0.0

    def cpu_us(self, kind: str) -> float:
        """Microseconds of both processes a delivery, over those of the one, with what the second one uses idly."""
        pair = self.lesson if kind == SIGNALS else self.chat
        return _each(pair.two, pair.two.usage.all_nodes) - _each(pair.one, pair.one.usage.nodes[0])

    def net_cpu_us(self, kind: str) -> float:
        """The same without what the second process uses idly."""
        two = (self.lesson if kind == SIGNALS else self.chat).two
        return self.cpu_us(kind) - _each(two, self.idle.nodes[1] * two.seconds)

    def beside_us(self, kind: str) -> tuple[float, float]:
        """Microseconds a delivery that Redis, and PostgreSQL, use more."""
        pair = self.lesson if kind == SIGNALS else self.chat
        one, two = pair.one, pair.two
        return (
            _each(two, two.usage.redis) - _each(one, one.usage.redis),
            _each(two, two.usage.postgres) - _each(one, one.usage.postgres),
        )


class Rooms(Struct, frozen=True):
    """Both rooms: who is in, and on which process each of them is."""

    one: Sequence[Guest]
    two: Sequence[Guest]

    def homes(self, guests: Sequence[Guest]) -> list[int]:
        """On the two processes by turns: a class, and a sender, are on either."""
        return [0] * len(guests) if guests is self.one else [number % 2 for number in range(len(guests))]


def measure(plan: Plan, cores: Cores, say: Say) -> tuple[HopRound, ...]:
    """All rounds. Raises `Problem`."""
    with (
        tempfile.TemporaryDirectory() as folder,
        deployed(Path(folder), cores.server, settings=NO_LIMITS) as deployment,
        closing(Loop()) as loop,
    ):
        rooms = Rooms(*(_come_in(deployment, loop, plan.people, spread) for spread in (1, 2)))
        loop.run(lambda: False, SETTLE_SECONDS)
        rounds = []
        for number in range(1, plan.hop_rounds + 1):
            rounds.append(_round(deployment, loop, rooms, plan, number))
            found = rounds[-1]
            say(
                f"hop, round {number} of {plan.hop_rounds}: "
                + ", ".join(
                    f"{kind} {found.hop_p50(kind):.2f} ms later, {found.net_cpu_us(kind):.1f} us of processor time"
                    for kind in (SIGNALS, CHAT_KIND)
                )
            )
        return tuple(rounds)


def _come_in(deployment: Deployment, loop: Loop, people: int, spread: int) -> list[Guest]:
    """A lesson whose members are on so many processes by turns; its room is open."""
    portal = Portal(deployment.address(), deployment.key)
    shared = SharedChunks()
    guests: list[Guest | None] = [None] * people
    try:
        seats = portal.seats(portal.open_lesson("Lesson", people))
    finally:
        portal.close()
    for home in range(spread):
        guests[home::spread] = Entrance(loop, deployment.address(home), shared).bring(seats[home::spread])[0]
    found = [guest for guest in guests if guest is not None]
    open_room(loop, found[0])
    return found


def _round(deployment: Deployment, loop: Loop, rooms: Rooms, plan: Plan, number: int) -> HopRound:
    def exchanged(guests: Sequence[Guest], activities: Sequence[Activity]) -> Exchanged:
        exchange = Exchange(guests, rooms.homes(guests), activities, seed=number)
        return exchange.run(loop, plan.warm_up, plan.hop_seconds, deployment.usage)

    def pair(activities: Sequence[Activity]) -> Pair:
        # The other one first in every second round: what follows upon what is the same for both.
        if number % 2:
            one = exchanged(rooms.one, activities)
            return Pair(one, exchanged(rooms.two, activities))
        two = exchanged(rooms.two, activities)
        return Pair(exchanged(rooms.one, activities), two)

    before, began = deployment.usage(), perf_counter()
    loop.run(lambda: False, min(IDLE_SECONDS, plan.hop_seconds))
    idle = (deployment.usage() - before).each_second(perf_counter() - began)
    return HopRound(idle, pair(LESSON), pair((_chat_alone(plan),)))


def _chat_alone(plan: Plan) -> Activity:
    """Everybody writes so often that it is `chat_rate` together."""
    return Activity(
        topic=Topic.CHAT,
        every=plan.people / plan.chat_rate,
        characters=CHAT.characters,
        reason="some times as often as people write: what a message costs has to stand out from idling",
    )


def _each(load: Exchanged, seconds: float) -> float:
    return seconds / load.deliveries * MICROSECONDS
