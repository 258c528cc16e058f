"""What the bench found: as a file for programs, and as a table for people."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from loadtests.chat import ChatResult
from loadtests.figures import Latency, Spread, spread
from loadtests.ledger import Violations
from loadtests.machine import Machine
from loadtests.measure import ChatRound, CrowdRound, Plan, violations

KILOBYTE = 1024
PER_DELIVERIES = 1_000
ROUND_FROM = 100
"""From here on figures are shown without decimals."""

LATE_MS = 1.0
"""Milliseconds: a generator that is later than this in one message of a hundred blurs what it measures."""

DECIMALS = 3
"""Of every figure in the file: microseconds where it is milliseconds."""


class LatencySpread(Struct, frozen=True):
    """Percentiles of each round, over the rounds. Milliseconds."""

    p50: Spread
    p99: Spread
    max: Spread


class ChatFigures(Struct, frozen=True):
    """Chat at one rate. `deliveries`: the measured ones of all rounds. `server_core`: the share of a core it used."""

    deliveries: int
    delivery_ms: LatencySpread
    ack_ms: LatencySpread
    p99_over_commit_ms: Spread
    generator_late_ms: LatencySpread
    server_cpu_s_per_1000_deliveries: Spread
    server_core: Spread


class CrowdFigures(Struct, frozen=True):
    """People coming in (session resumed, project.join and room.join answered), and what they take up then."""

    people: int
    per_second: Spread
    server_cpu_ms_each: Spread
    kilobytes_each: Spread


class Report(Struct, frozen=True):
    """All of it. The keys of `chat` are messages a second."""

    machine: Machine
    plan: Plan
    commit_ms: LatencySpread
    chat: dict[str, ChatFigures]
    connections: CrowdFigures | None
    violations: Violations

    @property
    def is_clean(self) -> bool:
        """Whether every promise was kept."""
        return self.violations.total == 0


def make(machine: Machine, plan: Plan, rounds: Sequence[ChatRound], crowds: Sequence[CrowdRound]) -> Report:
    """Sum the rounds up."""
    return Report(
        machine=machine,
        plan=plan,
        commit_ms=_latencies([one.commit for one in rounds]),
        chat={f"{rate:g}": _chat(rounds, rate) for rate in plan.rates},
        connections=_crowd(crowds) if crowds else None,
        violations=violations(rounds),
    )


def write(report: Report, file: Path) -> None:
    """As JSON, and beside it as Markdown."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    file.with_suffix(".md").write_text(markdown(report))


def table(report: Report) -> str:
    """For people at a terminal: the median of the rounds, in brackets the least and the most."""
    lines = [
        *_taken(report),
        "",
        f"durable chat in a room of {report.plan.members}: from due to arrival at each member, and to the ack",
        *_columns(_chat_rows(report)),
        "",
        *(f"{name}: {figure}" for name, figure in _single_figures(report)),
    ]
    if any(chat.generator_late_ms.p99.median > LATE_MS for chat in report.chat.values()):
        lines.append("The generator did not get its core when it needed it: take the figures again on a quiet machine.")
    return "\n".join([*lines, "", _verdict(report)])


def markdown(report: Report) -> str:
    """The same for a page of the documentation."""
    head, *rows = _chat_rows(report)
    lines = [
        *(f"{line}  " for line in _taken(report)),
        f"{_verdict(report)}",
        "",
        _row(head),
        _row(["---"] * len(head)),
        *map(_row, rows),
        "",
        _row(["measure", "median (least - most)"]),
        _row(["---"] * 2),
        *map(_row, _single_figures(report)),
    ]
    return "\n".join(lines) + "\n"


def _taken(report: Report) -> list[str]:
    """Where, when and how."""
    machine, plan = report.machine, report.plan
    cores = machine.pinned
    pinned = "nothing is pinned to a core"
    if cores.server is not None:
        pinned = f"server on core {cores.server}, generator on core {cores.generator}"
    return [
        f"{machine.cpu}, {machine.cores} cores, {machine.kernel}, Python {machine.python}; {pinned}.",
        f"{machine.date}, load before {machine.load_before}; "
        f"{plan.rounds} rounds of {plan.duration:g} s: median (least - most).",
    ]


def _chat_rows(report: Report) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        ("messages/s", "delivery p50 ms", "p99 ms", "ack p50 ms", "p99 ms", "CPU s per 1000", "cores used")
    ]
    for rate, chat in report.chat.items():
        latencies = (chat.delivery_ms.p50, chat.delivery_ms.p99, chat.ack_ms.p50, chat.ack_ms.p99)
        rows.append((rate, *map(_text, (*latencies, chat.server_cpu_s_per_1000_deliveries, chat.server_core))))
    return rows


def _single_figures(report: Report) -> list[tuple[str, str]]:
    """The names and the figures of what is not chat at a rate."""
    figures = [
        ("one commit on this disk, p50, ms", _text(report.commit_ms.p50)),
        ("one commit on this disk, p99, ms", _text(report.commit_ms.p99)),
    ]
    for rate, chat in report.chat.items():
        figures.append((f"{rate}/s: delivery p99 less one commit (p50), ms", _text(chat.p99_over_commit_ms)))
    for rate, chat in report.chat.items():
        figures.append(
            (f"{rate}/s: generator late by (contained in the above), p99, ms", _text(chat.generator_late_ms.p99))
        )
    crowd = report.connections
    if crowd is not None:
        figures += [
            (f"connections a second, {crowd.people} people coming back at once", _text(crowd.per_second)),
            ("server CPU of one of them, ms", _text(crowd.server_cpu_ms_each)),
            ("memory of an idle connection, KiB", _text(crowd.kilobytes_each)),
        ]
    return figures


def _verdict(report: Report) -> str:
    if report.is_clean:
        count = sum(chat.deliveries for chat in report.chat.values())
        return f"Nothing lost, nothing twice, all in order: {count} measured deliveries."
    broken = [f"{name} {count}" for name, count in msgspec.structs.asdict(report.violations).items() if count]
    return f"PROMISES BROKEN, the figures are worth nothing: {', '.join(broken)}."


def _chat(rounds: Sequence[ChatRound], rate: float) -> ChatFigures:
    results = [one.chats[rate] for one in rounds]

    def each(figure: Callable[[ChatResult], float]) -> Spread:
        return _rounded([figure(result) for result in results])

    return ChatFigures(
        deliveries=sum(result.deliveries for result in results),
        delivery_ms=_latencies([result.delivery for result in results]),
        ack_ms=_latencies([result.ack for result in results]),
        p99_over_commit_ms=_rounded([one.chats[rate].delivery.p99 - one.commit.p50 for one in rounds]),
        generator_late_ms=_latencies([result.lateness for result in results]),
        server_cpu_s_per_1000_deliveries=each(lambda one: one.cpu_seconds * PER_DELIVERIES / one.deliveries),
        server_core=each(lambda one: one.cpu_seconds / one.seconds),
    )


def _crowd(crowds: Sequence[CrowdRound]) -> CrowdFigures:
    return CrowdFigures(
        people=crowds[0].entered,
        per_second=_rounded([one.entered / one.seconds for one in crowds]),
        server_cpu_ms_each=_rounded([one.cpu_seconds * 1000 / one.entered for one in crowds]),
        kilobytes_each=_rounded([one.bytes_each / KILOBYTE for one in crowds]),
    )


def _latencies(latencies: Sequence[Latency]) -> LatencySpread:
    return LatencySpread(
        p50=_rounded([one.p50 for one in latencies]),
        p99=_rounded([one.p99 for one in latencies]),
        max=_rounded([one.max for one in latencies]),
    )


def _rounded(values: Sequence[float]) -> Spread:
    return spread([round(value, DECIMALS) for value in values])


def _text(figure: Spread) -> str:
    least, middle, most = map(_digits, (figure.min, figure.median, figure.max))
    return f"{middle} ({least} - {most})"


def _digits(value: float) -> str:
    """Three digits that mean something, without an exponent."""
    return f"{value:.0f}" if abs(value) >= ROUND_FROM else f"{value:.3g}"


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
