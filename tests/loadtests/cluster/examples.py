"""What a run gives."""

from msgspec import structs

from loadtests.cluster.deployment import Usage
from loadtests.cluster.exchange import CHAT, SIGNALS, Exchanged, Times
from loadtests.cluster.hop import HopRound, Pair
from loadtests.cluster.many_rooms import ManyRooms, Step
from loadtests.cluster.plan import Plan
from loadtests.cluster.result import Report
from loadtests.cluster.rolling import Quiet, Restarted, RollingRound
from loadtests.cluster.throughput import Attempt, ThroughputRound
from loadtests.compare.generator import Run, Share
from loadtests.figures import Latency
from loadtests.ledger import Violations
from loadtests.results.model import Durable
from tests.loadtests.media.examples import MACHINE
from tests.loadtests.results_examples import DURABLE, figures


def latency(p50: float) -> Latency:
    return Latency(p50=p50, p99=p50 * 4, max=p50 * 10, count=1_000)


def usage(*nodes: float, redis: float = 0.01, postgres: float = 0.02, balancer: float = 0.001) -> Usage:
    return Usage(nodes, redis, postgres, generator=0.3, balancer=balancer)


def exchanged(*nodes: float, far: float | None = None, lost: int = 0, lateness: float = 0.1) -> Exchanged:
    """A hundred thousand deliveries in ten seconds; to members on the sender's process in 1 ms."""
    times = Times(latency(1.0), None if far is None else latency(far))
    return Exchanged({SIGNALS: times, CHAT: times}, latency(lateness), 100_000, 10.0, usage(*nodes), lost, 0)


def hop(far: float = 1.5, second: float = 0.6, lost: int = 0, lateness: float = 0.1) -> HopRound:
    """One process uses 0.8 s, two of them 0.5 and `second`; 0.01 of a core each when nothing is said."""
    pair = Pair(exchanged(0.8, 0.1), exchanged(0.5, second, far=far, lost=lost, lateness=lateness))
    return HopRound(usage(0.01, 0.01), pair, pair)


def attempt(
    rate: float = 40_000, arrived: float = 1.0, lost: int = 0, disorder: int = 0, generator: Share | None = None
) -> Attempt:
    run = Run(
        deliveries=round(rate * arrived * 5),
        seconds=5.0,
        latency=latency(2.0),
        generator=generator or Share(0.3, 0.1),
        server=Share(0.6, 0.05),
        violations=Violations(lost=lost, disorder=disorder),
        lateness=latency(0.2),
    )
    return Attempt(rate, run, usage(0.3, 0.3), dropped=lost, broker_dropped=0)


def step(rooms: int, kilobytes: float = 100.0, busy: float = 0.0005, tasks: int = 9) -> Step:
    """So many rooms, a tenth of them active. `kilobytes`, `busy`: of each, on top of what the process has anyway."""
    return Step(
        idle_rooms=rooms - rooms // 10,
        active_rooms=rooms // 10,
        connections=3 * rooms,
        memory=round(120e6 + rooms * kilobytes * 1e3),
        tasks=tasks,
        idle=usage(0.01 + rooms * 0.00001),
        busy=usage(0.01 + rooms * busy),
        figures=figures(),
    )


def rooms(*last: Step) -> ManyRooms:
    return ManyRooms((step(10), step(250), step(500), *(last or (step(1_000),))))


def restart(p99: float = 0.4, gone: int = 0, durable: Durable = DURABLE) -> RollingRound:
    found = figures(durable=durable)
    return RollingRound(
        people=60,
        restarted=(Restarted("node1", 8.0, 10.5, 0), Restarted("node2", 8.0, 10.4, 0)),
        moved=118,
        absences=120,
        away_p50_s=0.02,
        away_p99_s=p99,
        away_max_s=1.2,
        figures=structs.replace(found, connections=structs.replace(found.connections, gone=gone)),
        quiet=Quiet(100_000, usage(0.5, 0.5, balancer=0.85)),
    )


def report(
    hops: tuple[HopRound, ...] | None = None,
    attempts: tuple[Attempt, ...] | None = None,
    alone: Attempt | None = None,
    many: ManyRooms | None = None,
    restarts: tuple[RollingRound, ...] | None = None,
) -> Report:
    tried = attempts or (attempt(),)
    return Report(
        machine=MACHINE,
        plan=Plan(),
        hop=hops or (hop(), hop(far=1.4), hop(far=1.7)),
        throughput=(ThroughputRound(tried, alone or tried[-1]),),
        rooms=many or rooms(),
        restart=restarts or (restart(),),
        command="python -m loadtests run cluster",
    )
