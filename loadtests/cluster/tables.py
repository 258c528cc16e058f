"""The result for people: lines for a terminal, and a page of HTML that stands for itself."""

from collections.abc import Iterator, Sequence

from loadtests.cluster.exchange import CHAT, SIGNALS
from loadtests.cluster.hop import HopRound
from loadtests.cluster.many_rooms import Step
from loadtests.cluster.result import Report, busy, idling, memory, remarks
from loadtests.cluster.rolling import RollingRound
from loadtests.cluster.throughput import Attempt, ThroughputRound
from loadtests.compare.targets import Mark, digits
from loadtests.figures import Latency
from loadtests.results import sheet

HEAD = ("what", "p50", "p99", "processor", "how many")

MEANING = (
    "Latencies are milliseconds from when a message was due until a member had read it; what is due does not wait for "
    "the server. Of restarts: seconds from the end of a connection until the member was in the room again. Processor: "
    "of all rtserver processes together, in percent of one core."
)


def terminal(report: Report, marks: Sequence[Mark]) -> str:
    """For standard output."""
    lines = [*_taken(report), "", *sheet.columns([HEAD, *_rows(report)]), "", *sheet.mark_lines(marks)]
    return "\n".join([*lines, *(f"Note: {remark}" for remark in remarks(report))])


def page(report: Report, marks: Sequence[Mark]) -> str:
    """For a browser; nothing is loaded from anywhere."""
    is_met = all(mark.is_met for mark in marks)
    heading = "Several processes"
    sections = [
        sheet.verdict(heading, [], marks),
        sheet.notes(remarks(report)),
        sheet.figures(MEANING, HEAD, _rows(report)),
        sheet.tested(_taken(report), report.command),
    ]
    return sheet.document(
        "cluster", report.machine, f"{heading}: {'targets met' if is_met else 'targets missed'}", sections
    )


def _taken(report: Report) -> list[str]:
    """Where, when and how."""
    plan, machine = report.plan, report.machine
    return [
        f"{', '.join(plan.parts)}: rooms of {plan.people}; PostgreSQL (durable), Redis and all "
        "processes on this machine.",
        sheet.place(machine) + " That holds for the hop; everything else may use every core.",
        f"{machine.date}, load before {machine.load_before}.",
    ]


def _rows(report: Report) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for number, hop in enumerate(report.hop, 1):
        rows += _hop_rows(hop, number)
    for number, throughput in enumerate(report.throughput, 1):
        rows += _throughput_rows(throughput, number)
    rows += [_rooms_row(step) for step in (report.rooms.steps if report.rooms is not None else ())]
    for number, restart in enumerate(report.restart, 1):
        rows += _restart_rows(restart, number)
    return rows


def _hop_rows(found: HopRound, number: int) -> Iterator[tuple[str, ...]]:
    for what, pair, kinds in (("a lesson's", found.lesson, (SIGNALS, CHAT)), ("many", found.chat, (CHAT,))):
        for kind in kinds:
            here = pair.one.usage.nodes[0] / pair.one.seconds
            yield _latency_row(f"{what} {kind}, one process, round {number}", pair.one.times[kind].near, here)
            both = pair.two.usage.all_nodes / pair.two.seconds
            yield _latency_row(f"{what} {kind}, two: to the sender's", pair.two.times[kind].near, both)
            yield _latency_row(f"{what} {kind}, two: to the other", pair.two.times[kind].far, both)


def _latency_row(name: str, found: Latency | None, share: float) -> tuple[str, ...]:
    if found is None:
        return (name, "-", "-", f"{share:.1%}", "0")
    return (name, digits(found.p50), digits(found.p99), f"{share:.1%}", str(found.count))


def _throughput_rows(found: ThroughputRound, number: int) -> Iterator[tuple[str, ...]]:
    for one in found.attempts:
        yield _attempt_row(f"{digits(one.rate)} deliveries/s offered, round {number}", one)
    yield _attempt_row(f"{digits(found.alone.rate)} with all members on one process, round {number}", found.alone)


def _attempt_row(name: str, one: Attempt) -> tuple[str, ...]:
    latency = one.run.latency
    return (name, digits(latency.p50), digits(latency.p99), f"{one.usage.all_nodes:.1%}", str(one.run.deliveries))


def _rooms_row(step: Step) -> tuple[str, ...]:
    name = (
        f"{step.idle_rooms} idle and {step.active_rooms} active rooms: {memory(step) / 1e3:.1f} MB, {step.tasks} tasks"
    )
    latencies = [one for one in step.figures.latencies if one.stage == "measured"]
    p50, p99 = (digits(latencies[0].p50_ms), digits(latencies[0].p99_ms)) if latencies else ("-", "-")
    return (name, p50, p99, f"{idling(step) / 10:.1f}% idle, {busy(step) / 10:.1f}%", str(step.connections))


def _restart_rows(found: RollingRound, number: int) -> Iterator[tuple[str, ...]]:
    quiet = found.quiet
    cost = f"HAProxy {digits(quiet.balancer_us)} us each, nodes {digits(quiet.nodes_us)}"
    yield (f"lessons through HAProxy with TLS, round {number}", "", "", cost, str(quiet.deliveries))
    nodes = ", ".join(f"{one.name} back after {one.back_s:.1f} s" for one in found.restarted)
    yield (
        f"restarts, round {number}: {nodes}",
        digits(found.away_p50_s),
        digits(found.away_p99_s),
        "",
        str(found.absences),
    )
