"""How much goes through rooms whose members are on two processes, each delivery checked byte by byte.

The generator is that of the comparison (`loadtests.compare`): on each process, a room's members get identical bytes.
"""

import select
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from msgspec import Struct

from loadtests.cluster.deployment import NO_LIMITS, Deployment, Usage, deployed
from loadtests.cluster.plan import KEPT_MIN, LOWER, Plan
from loadtests.compare.contestants import Layout
from loadtests.compare.crowd import Crowd, Room, halves
from loadtests.compare.doors import Door
from loadtests.compare.generator import Generator, Run
from loadtests.compare.ours import pass_of, sign_in
from loadtests.entrance import Seat
from loadtests.machine import without_garbage_collection
from loadtests.measure import Say

SERVERS = 2

WITNESSES = 2
"""On each process, of every room: they give the latencies. All others send by turns."""

CORE_BUSY = 0.9
"""Of a core, had or waited for, from which on a process of one thread is the bound of a figure."""

MICROSECONDS = 1e6

DROPPED = "rtserver_dropped_total"
BROKER_DROPPED = "rtserver_broker_dropped_total"


class Attempt(Struct, frozen=True):
    """One rate. `usage`: of a core each, warm-up and drain included. `dropped`: signals that the nodes left out for
    sockets that were behind; `broker_dropped`: that they did not get to the broker."""

    rate: float
    run: Run
    usage: Usage
    dropped: int
    broker_dropped: int

    @property
    def is_kept(self) -> bool:
        """Everything arrived, once, in order, and in time."""
        return self.run.dps >= KEPT_MIN * self.rate and not self.run.violations.total and not self.run.unfinished

    @property
    def bound(self) -> str:
        """What has no more to give, as far as it can be seen; empty when nothing is at its end."""
        found = [
            f"node{number} ({used:.0%} of a core)"
            for number, used in enumerate(self.usage.nodes, 1)
            if used >= CORE_BUSY
        ]
        if self.usage.redis >= CORE_BUSY:
            found.append(f"Redis ({self.usage.redis:.0%} of a core)")
        if self.run.generator.wanted >= CORE_BUSY:
            found.append(f"the generator (used {self.run.generator.used:.0%} of a core and wanted more)")
        waited = self.run.server.waited
        if not found and waited >= 1 - CORE_BUSY:
            found.append(f"the machine's cores: the nodes waited for one {waited:.2f} s each second")
        return ", ".join(found)

    @property
    def nodes_us(self) -> float:
        """Microseconds of all nodes a delivery."""
        return self.usage.all_nodes * MICROSECONDS / self.run.dps


class ThroughputRound(Struct, frozen=True):
    """One round: rates in falling order, until one was kept; `alone`: that rate with all members on the first node."""

    attempts: tuple[Attempt, ...]
    alone: Attempt

    @property
    def best(self) -> Attempt:
        """That one, or the last that was tried."""
        return self.attempts[-1]

    @property
    def over_one_us(self) -> float:
        """Microseconds of processor time a delivery that two nodes take more than one does with the same load.

        What the second one uses idly is in both.
        """
        return self.best.nodes_us - self.alone.nodes_us


def measure(plan: Plan, say: Say) -> tuple[ThroughputRound, ...]:
    """All rounds; everything may use every core. Raises `Problem`."""
    # Made before there are any sockets: it is waited for with select, which takes files up to 1023 only.
    with (
        closing(select.epoll()) as epoll,
        tempfile.TemporaryDirectory() as folder,
        deployed(Path(folder), servers=SERVERS, settings=NO_LIMITS) as deployment,
    ):
        rooms = sign_in(deployment.address(), deployment.key, Layout(plan.throughput_rooms, plan.people))
        return tuple([_round(deployment, epoll, rooms, plan, number, say) for number in range(1, plan.rounds + 1)])


def _round(
    deployment: Deployment,
    epoll: select.epoll,
    seats: Sequence[Sequence[Seat]],
    plan: Plan,
    number: int,
    say: Say,
) -> ThroughputRound:
    attempts: list[Attempt] = []
    for share in LOWER:
        found = _attempt(deployment, epoll, seats, plan, share * plan.rate, number)
        attempts.append(found)
        say(
            f"throughput, round {number} of {plan.rounds}: {found.rate:.0f} deliveries/s offered, "
            f"{found.run.dps:.0f} arrived, p99 {found.run.latency.p99:.1f} ms, {found.run.violations.lost} lost"
        )
        if found.is_kept:
            break
    alone = _attempt(deployment, epoll, seats, plan, attempts[-1].rate, number, homes=1)
    found_round = ThroughputRound(tuple(attempts), alone)
    say(f"    over one process: {found_round.over_one_us:.1f} us a delivery")
    return found_round


def _come_in(deployment: Deployment, seats: Sequence[Sequence[Seat]], crowds: ExitStack, homes: int) -> list[Room]:
    """An equal part of each room on each of the first `homes` processes."""
    here: list[Crowd] = []
    for home in range(homes):
        passes = [pass_of(seat) for room in seats for seat in room[home::homes]]
        here.append(Crowd.of(Door(deployment.address(home)).bring(passes)[0]))
        crowds.callback(here[-1].close)
    rooms: list[Room] = []
    for name in here[0].rooms:
        entrants = [crowd.rooms[name] for crowd in here]
        rooms += halves(entrants, min(map(len, entrants)) - WITNESSES, WITNESSES)
    return rooms


def _attempt(
    deployment: Deployment,
    epoll: select.epoll,
    seats: Sequence[Sequence[Seat]],
    plan: Plan,
    rate: float,
    number: int,
    homes: int = SERVERS,
) -> Attempt:
    with ExitStack() as held:
        rooms = _come_in(deployment, seats, held, homes)
        generator = held.enter_context(closing(Generator(rooms, deployment, epoll)))
        held.enter_context(without_garbage_collection())
        generator.settle()
        dropped = deployment.metric_of_all(DROPPED)
        broker_dropped = deployment.metric_of_all(BROKER_DROPPED)
        before = deployment.usage()
        run = generator.open_loop(rate, plan.warm_up, plan.throughput_seconds, seed=number)
        used = deployment.usage() - before
        return Attempt(
            rate=rate,
            run=run,
            usage=used.each_second(plan.warm_up + plan.throughput_seconds),
            dropped=round(deployment.metric_of_all(DROPPED) - dropped),
            broker_dropped=round(deployment.metric_of_all(BROKER_DROPPED) - broker_dropped),
        )
