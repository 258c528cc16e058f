"""What the comparison found: one round as it was measured, and all rounds together as they are written down."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct, field

from loadtests.chat import ChatResult
from loadtests.compare.generator import Run
from loadtests.compare.plan import CHAT, CONNECTS, IDLE, LOADS, NAMES, OURS, Plan
from loadtests.figures import Latency, spread
from loadtests.ledger import Violations
from loadtests.machine import SharedMachine
from loadtests.measure import ChatPlan, ChatRound

BUSY = 0.9
"""Share of its core from which on a process is taken to be what bounds a figure."""

KEPT = 0.98
"""Share of the offered load that has to arrive in its time for it to be kept."""

DECIMALS = 3
"""Of every figure in the file: microseconds where it is milliseconds."""

KILOBYTE = 1024
PER_DELIVERIES = 1_000

Three = tuple[float, float, float]
"""Least, median and most of the rounds: never an average, which hides the bad round, nor the best one alone."""


Ratios = dict[str, dict[str, Three]]
"""By scenario and contestant."""


class Entered(Struct, frozen=True):
    """People coming in: how many a second, and bytes of the server's memory each when all is quiet again.

    `other_per_second`: in the contestant's other way to be connected, see `Contestant.first_passes`.
    """

    per_second: float
    bytes_each: float
    other_per_second: float


class Round(Struct, frozen=True):
    """One round of one contestant."""

    runs: dict[str, Run] = field(default_factory=dict)
    entered: Entered | None = None

    @property
    def violations(self) -> Violations:
        """Of everything in it."""
        return sum((run.violations for run in self.runs.values()), Violations())


class LoadFigures(Struct, frozen=True):
    """One contestant at one load. Latencies in milliseconds, from sending (closed loop) or from when a message was due
    (fixed load) to its arrival at a witness.

    `..._core`: the share of its core that a process used; `..._waited`: that it would have used had nobody else had it.
    `dps_per_core`: deliveries a second of the server's processor time. `unfinished`: deliveries that were still to come
    when the time was over. `is_kept`: whether what was offered has arrived in its time.
    """

    dps: Three
    p50_ms: Three
    p99_ms: Three
    dps_per_core: Three
    server_core: Three
    server_waited: Three
    generator_core: Three
    generator_waited: Three
    bound_by: str
    unfinished: int
    offered_dps: float | None = None
    is_kept: bool | None = None
    generator_late_p99_ms: Three | None = None


class ConnectFigures(Struct, frozen=True):
    """Connects a second. Ours: session resumed, project and room joined, from where one stood (`per_second`) or with
    snapshots (`other_per_second`). References: room joined, or the bare handshake and CONNECT."""

    per_second: Three
    other_per_second: Three


class IdleFigures(Struct, frozen=True):
    """Memory of a connection that is in a room and quiet, in units of 1024 bytes."""

    kilobytes: Three


class ChatFigures(Struct, frozen=True):
    """Durable chat at one rate, in milliseconds from when a message was due. `deliveries`: of all rounds."""

    deliveries: int
    delivery_p50_ms: Three
    delivery_p99_ms: Three
    ack_p50_ms: Three
    ack_p99_ms: Three
    p99_over_commit_ms: Three
    generator_late_p99_ms: Three
    server_cpu_s_per_1000_deliveries: Three
    server_core: Three


class DurableFigures(Struct, frozen=True):
    """Durable chat in one room: one commit on this disk, and the figures by messages a second."""

    members: int
    commit_p50_ms: Three
    commit_p99_ms: Three
    by_rate: dict[str, ChatFigures]


class Report(Struct, frozen=True):
    """All of it, each table by scenario and contestant.

    `ratios`: ours to theirs, round by round, of deliveries a second at saturation and of the p99 at a fixed load;
    `ratios_per_core`: of deliveries per second of the server's processor time.
    """

    machine: SharedMachine
    versions: dict[str, str]
    plan: Plan
    contestants: tuple[str, ...]
    skipped: dict[str, str]
    loads: dict[str, dict[str, LoadFigures]]
    connects: dict[str, ConnectFigures]
    idle: dict[str, IdleFigures]
    durable: DurableFigures | None
    ratios: Ratios
    ratios_per_core: Ratios
    violations: dict[str, Violations]

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled or put out of order, by anybody."""
        return not any(violations.total for violations in self.violations.values())

    def as_json(self, targets: Sequence[Struct]) -> bytes:
        """For programs: what was measured is all under `scenarios`, by the name that it was asked for with."""
        scenarios: dict[str, Any] = {name: self.loads[name] for name in NAMES if name in self.loads}
        scenarios |= {CONNECTS: self.connects} if self.connects else {}
        scenarios |= {IDLE: self.idle} if self.idle else {}
        scenarios |= {CHAT: {OURS: self.durable}} if self.durable else {}
        content = {
            "machine": self.machine,
            "versions": self.versions,
            "plan": self.plan,
            "skipped": self.skipped,
            "violations": self.violations,
            "scenarios": scenarios,
            "ratios": self.ratios,
            "ratios_per_core": self.ratios_per_core,
            "targets": targets,
        }
        return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def summarise(
    machine: SharedMachine,
    versions: dict[str, str],
    plan: Plan,
    rounds: dict[str, list[Round]],
    skipped: dict[str, str],
    durable: tuple[ChatPlan, Sequence[ChatRound]] | None,
) -> Report:
    """Sum all rounds up. A contestant without a whole round is left out."""
    measured = {name: found for name, found in rounds.items() if found}
    loads: dict[str, dict[str, LoadFigures]] = {}
    for name in LOADS:
        if found := {
            contestant: load_figures(name, [one.runs[name] for one in some])
            for contestant, some in measured.items()
            if name in some[0].runs
        }:
            loads[name] = found
    entered = {
        contestant: [one.entered for one in some if one.entered is not None] for contestant, some in measured.items()
    }
    entered = {contestant: some for contestant, some in entered.items() if some}
    violations = {
        contestant: sum((one.violations for one in some), Violations()) for contestant, some in measured.items()
    }
    if durable is not None:
        violations[OURS] = sum((one.violations for one in durable[1]), violations.get(OURS, Violations()))
    return Report(
        machine=machine,
        versions=versions,
        plan=plan,
        contestants=tuple(measured),
        skipped=skipped,
        loads=loads,
        connects={name: _connects(some) for name, some in entered.items()},
        idle={name: IdleFigures(three([one.bytes_each / KILOBYTE for one in some])) for name, some in entered.items()},
        durable=None if durable is None else _durable(*durable),
        ratios=_ratios(measured, _gain),
        ratios_per_core=_ratios(measured, lambda ours, other: ours.dps_per_core / other.dps_per_core),
        violations=violations,
    )


def three(values: Sequence[float]) -> Three:
    """Least, median and most. Raises `ValueError` without any."""
    found = spread([round(value, DECIMALS) for value in values])
    return (found.min, found.median, found.max)


def load_figures(name: str, runs: Sequence[Run]) -> LoadFigures:
    """Sum the rounds of one contestant at one load up."""
    offered = LOADS[name].rate

    def each(figure: Callable[[Run], float]) -> Three:
        return three([figure(run) for run in runs])

    dps = each(lambda run: run.dps)
    unfinished = sum(run.unfinished for run in runs)
    return LoadFigures(
        dps=dps,
        p50_ms=each(lambda run: run.latency.p50),
        p99_ms=each(lambda run: run.latency.p99),
        dps_per_core=each(lambda run: run.dps_per_core),
        server_core=each(lambda run: run.server.used),
        server_waited=each(lambda run: run.server.waited),
        generator_core=each(lambda run: run.generator.used),
        generator_waited=each(lambda run: run.generator.waited),
        bound_by="the load" if offered else bound_by(runs),
        unfinished=unfinished,
        offered_dps=offered or None,
        is_kept=(dps[1] >= KEPT * offered and not unfinished) if offered else None,
        generator_late_p99_ms=each(lambda run: run.lateness.p99 if run.lateness else 0) if offered else None,
    )


def bound_by(runs: Sequence[Run]) -> str:
    """What kept a closed loop from being faster, in most rounds."""
    server = three([run.server.wanted for run in runs])[1]
    generator = three([run.generator.wanted for run in runs])[1]
    if generator >= BUSY and generator >= server:
        return "the generator"
    return "the server" if server >= BUSY else "waiting for each other"


def _connects(entered: Sequence[Entered]) -> ConnectFigures:
    return ConnectFigures(
        per_second=three([one.per_second for one in entered]),
        other_per_second=three([one.other_per_second for one in entered]),
    )


def _gain(ours: Run, other: Run) -> float:
    """Deliveries a second, more of which is better; of an open loop the p99, less of which is better."""
    if ours.lateness is not None:
        return ours.latency.p99 / other.latency.p99
    return ours.dps / other.dps


def _ratios(rounds: dict[str, list[Round]], ratio: Callable[[Run, Run], float]) -> Ratios:
    """Ours divided by each other one, round by round: what slows a whole round down hits both."""
    ratios: Ratios = {}
    for name in LOADS:
        for contestant, theirs in rounds.items():
            values = [
                ratio(ours.runs[name], other.runs[name])
                for ours, other in zip(rounds.get(OURS, []), theirs, strict=False)
                if contestant != OURS and name in ours.runs and name in other.runs
            ]
            if values:
                ratios.setdefault(name, {})[contestant] = three(values)
    return ratios


def _durable(plan: ChatPlan, rounds: Sequence[ChatRound]) -> DurableFigures:
    return DurableFigures(
        members=plan.members,
        commit_p50_ms=three([one.commit.p50 for one in rounds]),
        commit_p99_ms=three([one.commit.p99 for one in rounds]),
        by_rate={f"{rate:g}": _chat(rounds, rate) for rate in plan.rates},
    )


def _chat(rounds: Sequence[ChatRound], rate: float) -> ChatFigures:
    results = [one.chats[rate] for one in rounds]

    def each(latency_of: Callable[[ChatResult], Latency], figure: Callable[[Latency], float]) -> Three:
        return three([figure(latency_of(result)) for result in results])

    return ChatFigures(
        deliveries=sum(result.deliveries for result in results),
        delivery_p50_ms=each(lambda one: one.delivery, lambda latency: latency.p50),
        delivery_p99_ms=each(lambda one: one.delivery, lambda latency: latency.p99),
        ack_p50_ms=each(lambda one: one.ack, lambda latency: latency.p50),
        ack_p99_ms=each(lambda one: one.ack, lambda latency: latency.p99),
        p99_over_commit_ms=three([one.chats[rate].delivery.p99 - one.commit.p50 for one in rounds]),
        generator_late_p99_ms=each(lambda one: one.lateness, lambda latency: latency.p99),
        server_cpu_s_per_1000_deliveries=three([one.cpu_seconds * PER_DELIVERIES / one.deliveries for one in results]),
        server_core=three([one.cpu_seconds / one.seconds for one in results]),
    )
