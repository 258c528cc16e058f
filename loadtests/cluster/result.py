"""What was found of several processes, and whether it is enough."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct, structs

from loadtests.cluster import plan as targets
from loadtests.cluster.exchange import CHAT, SIGNALS
from loadtests.cluster.hop import HopRound
from loadtests.cluster.many_rooms import ManyRooms, Step
from loadtests.cluster.plan import Plan
from loadtests.cluster.rolling import RollingRound
from loadtests.cluster.throughput import ThroughputRound
from loadtests.compare.result import three
from loadtests.compare.targets import Mark, digits, spread_text
from loadtests.machine import SharedMachine
from loadtests.results.verdict import LOAD_QUIET

FORMAT = 1
"""Of the JSON: fields are added, never renamed or removed."""

LATE_MS_MAX = 5.0
"""Milliseconds by which the generator may be late at its 99th percentile before its figures are called disturbed."""

KILOBYTE = 1e3
MILLISECONDS = 1e3


class Report(Struct, frozen=True):
    """The whole run; what was not asked for is empty."""

    machine: SharedMachine
    plan: Plan
    hop: tuple[HopRound, ...]
    throughput: tuple[ThroughputRound, ...]
    rooms: ManyRooms | None
    restart: tuple[RollingRound, ...]
    command: str

    def as_json(self, marks: Sequence[Mark]) -> str:
        """One line, for programs."""
        fields: dict[str, Any] = {"format": FORMAT} | structs.asdict(self) | {"targets": marks}
        return msgspec.json.encode(fields).decode()


class Growth(Struct, frozen=True):
    """What one room more costs at the first step and at the last one, in any unit."""

    first: float
    last: float

    @property
    def ratio(self) -> float:
        """1: linear; infinite where nothing could be measured at first, as with very few rooms."""
        if self.first > 0:
            return self.last / self.first
        return math.inf if self.last > 0 else 1.0


def growth(found: ManyRooms, of: Callable[[Step], float]) -> Growth:
    """Each of them between two steps, so that what the process has anyway is taken off."""
    costs = [
        (of(now) - of(before)) / (now.idle_rooms + now.active_rooms - before.idle_rooms - before.active_rooms)
        for before, now in zip(found.steps, found.steps[1:], strict=False)
    ]
    return Growth(costs[0], costs[-1])


def memory(step: Step) -> float:
    """Kilobytes of the process."""
    return step.memory / KILOBYTE


def idling(step: Step) -> float:
    """Milliseconds of processor time a second while nobody says anything."""
    return step.idle.nodes[0] * MILLISECONDS


def busy(step: Step) -> float:
    """The same while there are lessons."""
    return step.busy.nodes[0] * MILLISECONDS


def judge(report: Report) -> list[Mark]:
    """Every target for which something was measured."""
    marks: list[Mark] = []
    if report.hop:
        marks += _hop_marks(report.hop, report.plan)
    if report.throughput:
        marks += _throughput_marks(report.throughput, report.plan)
    if report.rooms is not None:
        marks += _rooms_marks(report.rooms)
    if report.restart:
        marks += _restart_marks(report.restart)
    return marks


def _hop_marks(rounds: Sequence[HopRound], plan: Plan) -> Iterator[Mark]:
    where = f"{plan.people} members on two processes"
    for kind in (SIGNALS, CHAT):
        hop = three([one.hop_p50(kind) for one in rounds])
        yield Mark(
            f"{where}, {kind}: how much later to the other process, p50",
            f"at most {targets.HOP_P50_MS_MAX:g} ms",
            f"{spread_text(hop)} ms",
            hop[1] <= targets.HOP_P50_MS_MAX,
        )
    for kind in (SIGNALS, CHAT):
        cpu = three([one.cpu_us(kind) for one in rounds])
        net = three([one.net_cpu_us(kind) for one in rounds])
        redis, postgres = (three([one.beside_us(kind)[part] for one in rounds])[1] for part in (0, 1))
        yield Mark(
            f"{where}, {kind}: processor time a delivery over one process",
            f"at most {targets.HOP_CPU_US_MAX:g} us",
            f"{spread_text(net)} us, {digits(cpu[1])} with what the second one uses idly; "
            f"besides, Redis {digits(redis)} and PostgreSQL {digits(postgres)}",
            net[1] <= targets.HOP_CPU_US_MAX,
        )
    lost = sum(one.lost for each in rounds for pair in (each.lesson, each.chat) for one in (pair.one, pair.two))
    yield Mark(f"{where}: chat lost", "none", str(lost), lost == 0)


def _throughput_marks(rounds: Sequence[ThroughputRound], plan: Plan) -> Iterator[Mark]:
    best = [one.best for one in rounds]
    arrived = three([one.run.dps for one in best])
    bounds = sorted({one.bound for each in rounds for one in each.attempts if not one.is_kept and one.bound})
    yield Mark(
        f"deliveries a second in {plan.throughput_rooms} rooms of {plan.people}, members of each on two processes",
        f"{digits(plan.rate)} kept",
        f"{spread_text(arrived)}, p99 {spread_text(three([one.run.latency.p99 for one in best]))} ms"
        + (f"; bound: {'; '.join(bounds)}" if bounds else ""),
        all(one.is_kept and one.rate >= plan.rate for one in best),
    )
    over = three([one.over_one_us for one in rounds])
    yield Mark(
        "processor time of both a delivery at that rate, over one process with all members",
        f"at most {targets.HOP_CPU_US_MAX:g} us",
        f"{spread_text(over)} us, {digits(three([one.best.nodes_us for one in rounds])[1])} in all",
        over[1] <= targets.HOP_CPU_US_MAX,
    )
    violations = [one.run.violations for one in best]
    lost = sum(one.lost for one in violations)
    wrong = sum(one.total - one.lost for one in violations)
    dropped = sum(one.dropped for one in best)
    yield Mark(
        "of these deliveries lost, doubled or out of order",
        "none",
        f"{lost} lost, {wrong} doubled or out of order" + (f"; the nodes dropped {dropped}" if dropped else ""),
        lost + wrong == 0,
    )


def _rooms_marks(found: ManyRooms) -> Iterator[Mark]:
    last = found.steps[-1]
    where = f"{last.idle_rooms} idle rooms and {last.active_rooms} active ones"
    for name, of, unit in (
        ("memory", memory, "kB"),
        ("processor time with lessons", busy, "ms a second"),
    ):
        grown = growth(found, of)
        yield Mark(
            f"{where}: {name} of a room at the last step to that at the first",
            f"linear: at most {targets.GROWTH_MAX:g} times",
            f"{digits(grown.ratio)} ({digits(grown.first)} {unit}, then {digits(grown.last)})",
            grown.ratio <= targets.GROWTH_MAX,
        )
    tasks = [step.tasks for step in found.steps]
    yield Mark(
        "tasks of the event loop",
        "none of a room's own",
        f"{tasks[0]} with {found.steps[0].idle_rooms + found.steps[0].active_rooms} rooms, {tasks[-1]} in the end",
        tasks[-1] - tasks[0] <= targets.TASKS_MAX,
    )


def _restart_marks(rounds: Sequence[RollingRound]) -> Iterator[Mark]:
    durable = [one.figures.durable for one in rounds]
    lost, twice, order = (
        sum(of) for of in zip(*((one.lost, one.twice, one.disorder + one.unordered) for one in durable), strict=True)
    )
    refused = sum(one.refused + one.unanswered + one.strange for one in durable)
    yield Mark(
        "all nodes restarted during lessons: chat lost, doubled, out of order",
        "none",
        f"{lost}, {twice} and {order} of {sum(one.expected for one in durable)} deliveries; {refused} not accepted",
        not sum(one.broken for one in durable),
    )
    back = three([one.away_p99_s for one in rounds])
    gone = sum(one.figures.connections.gone for one in rounds)
    yield Mark(
        "members back in their rooms: p99",
        f"at most {targets.BACK_P99_S_MAX:g} s, everybody",
        f"{spread_text(back)} s, {sum(one.absences for one in rounds)} times; {gone} gone",
        back[-1] <= targets.BACK_P99_S_MAX and not gone,
    )


def remarks(report: Report) -> list[str]:
    """What the reader has to know to trust the figures, or not to."""
    found = []
    latenesses = [
        one.lateness.p99 for each in report.hop for pair in (each.lesson, each.chat) for one in (pair.one, pair.two)
    ]
    latenesses += [one.best.run.lateness.p99 for one in report.throughput if one.best.run.lateness is not None]
    latenesses += [one.figures.generator.late_p99_ms for one in report.restart]
    late = max(latenesses, default=0.0)
    if late > LATE_MS_MAX:
        found.append(
            f"The generator itself was up to {late:.1f} ms late at its 99th percentile, which the latencies contain: "
            "take these figures again on a quiet machine."
        )
    cut = sum(sum(one.figures.connections.cut.values()) for one in report.restart)
    if cut:
        found.append(
            f"{cut} times a member was cut off during restarts instead of being asked to move before: "
            "see drain.started and drain.ended in the servers' logs."
        )
    if report.machine.load_before > LOAD_QUIET:
        found.append(
            f"Before the run {report.machine.load_before:g} other processes wanted a core: "
            "a quiet machine gives steadier figures."
        )
    return found
