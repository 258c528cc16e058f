"""The comparison for people: lines for a terminal, and a page of Markdown for the documentation."""

from collections.abc import Callable, Sequence

from msgspec import structs

from loadtests.compare.plan import LOADS, OURS
from loadtests.compare.result import LoadFigures, Ratios, Report, Three
from loadtests.compare.targets import Mark, digits, spread_text

Figure = Callable[[LoadFigures], Three]

Rows = list[tuple[str, ...]]
"""Of a table; the first is the head."""

Table = tuple[str, Rows]
"""With its title."""

DISTURBED = 0.15
"""Share of the time in which somebody else had a core that was wanted, from which on figures are to be doubted."""

LATE_MS = 1.0
"""Milliseconds: a generator that is later than this in one message of a hundred blurs what it measures."""


def terminal(report: Report, marks: Sequence[Mark]) -> str:
    """For standard output."""
    lines = [*_taken(report), ""]
    for title, rows in _tables(report, marks):
        lines += [title, *_columns(rows), ""]
    return "\n".join([*lines, *_remarks(report), verdict(report)])


def markdown(report: Report, marks: Sequence[Mark]) -> str:
    """For a page."""
    lines = [*(f"{line}  " for line in _taken(report)), verdict(report), ""]
    for title, rows in _tables(report, marks):
        head, *others = rows
        lines += [f"**{title}**", "", _row(head), _row(["---"] * len(head)), *map(_row, others), ""]
    lines += [f"- {remark}" for remark in _remarks(report)]
    return "\n".join(lines).rstrip() + "\n"


def verdict(report: Report) -> str:
    """Whether the figures are worth anything."""
    if report.is_clean:
        return "Nothing lost, nothing twice, everything in order: every delivery was compared byte by byte."
    broken = [
        f"{contestant}: {name} {count}"
        for contestant, violations in report.violations.items()
        for name, count in structs.asdict(violations).items()
        if count
    ]
    return f"PROMISES BROKEN, these figures are worth nothing: {', '.join(broken)}."


def _taken(report: Report) -> list[str]:
    """Where, when and how."""
    machine, plan, cores = report.machine, report.plan, report.machine.pinned
    pinned = "nothing is pinned to a core"
    if cores.server is not None:
        pinned = f"each server on core {cores.server}, the generator on core {cores.generator}"
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    return [
        f"{machine.cpu}, {machine.cores} cores, {machine.kernel}; {pinned}.",
        f"{versions}.",
        f"{machine.date}, load before {machine.load_before}; {plan.rounds} rounds of {plan.duration:g} s a figure: "
        "median (least - most).",
        "; ".join(f"{name}: {LOADS[name].says}" for name in report.loads) + ".",
    ]


def _tables(report: Report, marks: Sequence[Mark]) -> list[Table]:
    saturation = [name for name in report.loads if not LOADS[name].rate]
    fixed = [name for name in report.loads if LOADS[name].rate]
    tables: list[Table] = []
    if saturation:
        tables.append(_by_scenario(report, saturation, "Deliveries a second at saturation", lambda one: one.dps))
        tables.append(_by_scenario(report, saturation, "p99 at saturation, ms", lambda one: one.p99_ms))
        for ratios, title in (
            (report.ratios, "Deliveries a second, ours to theirs"),
            (report.ratios_per_core, "Deliveries per second of the server's processor time, ours to theirs"),
        ):
            if any(name in ratios for name in saturation):
                tables.append(_ratio_table(report.contestants, ratios, saturation, title))
        tables.append(_load_table(report, saturation))
    if fixed:
        tables.append(_fixed_table(report, fixed))
    if report.connects:
        tables.append(_connection_table(report))
    if report.durable is not None:
        tables.append(_durable_table(report))
    if marks:
        rows = [(mark.name, mark.wanted, mark.found, "met" if mark.is_met else "MISSED") for mark in marks]
        tables.append(("Targets", [("target", "wanted", "found", ""), *rows]))
    return tables


def _by_scenario(report: Report, names: Sequence[str], title: str, figure: Figure) -> Table:
    rows: Rows = [("server", *names)]
    for contestant in report.contestants:
        cells = [
            spread_text(figure(report.loads[name][contestant])) if contestant in report.loads[name] else "-"
            for name in names
        ]
        rows.append((contestant, *cells))
    return title, rows


def _ratio_table(contestants: Sequence[str], ratios: Ratios, names: Sequence[str], title: str) -> Table:
    rows: Rows = [("ours to", *names)]
    for contestant in contestants:
        if contestant != OURS:
            found = [ratios.get(name, {}).get(contestant) for name in names]
            rows.append((contestant, *("-" if one is None else spread_text(one) for one in found)))
    return title, rows


def _load_table(report: Report, names: Sequence[str]) -> Table:
    """Who was busy. What a second of processor time gives depends less on who else uses the core."""
    rows: Rows = [("scenario", "server", "deliveries per CPU s", "server's core", "generator's core", "bound by")]
    for name in names:
        for contestant, load in report.loads[name].items():
            rows.append(
                (
                    name,
                    contestant,
                    spread_text(load.dps_per_core),
                    _share(load.server_core, load.server_waited),
                    _share(load.generator_core, load.generator_waited),
                    load.bound_by,
                )
            )
    return "Who was busy (used + waited for because somebody else had the core)", rows


def _fixed_table(report: Report, names: Sequence[str]) -> Table:
    rows: Rows = [
        ("load", "server", "kept", "deliveries/s", "p50 ms", "p99 ms", "server's core", "sent late by, p99 ms")
    ]
    for name in names:
        for contestant, load in report.loads[name].items():
            rows.append(
                (
                    LOADS[name].says,
                    contestant,
                    "yes" if load.is_kept else "no",
                    spread_text(load.dps),
                    spread_text(load.p50_ms),
                    spread_text(load.p99_ms),
                    _share(load.server_core, load.server_waited),
                    spread_text(load.generator_late_p99_ms or (0, 0, 0)),
                )
            )
    return "Fixed load, from when a message was due", rows


def _connection_table(report: Report) -> Table:
    rows: Rows = [("server", "in a room, a second", "otherwise, a second", "resident memory of one, KiB")]
    for contestant, connects in report.connects.items():
        otherwise = "with snapshots" if contestant == OURS else "bare handshake"
        rows.append(
            (
                contestant,
                spread_text(connects.per_second),
                f"{spread_text(connects.other_per_second)} {otherwise}",
                spread_text(report.idle[contestant].kilobytes),
            )
        )
    return "Connections (ours: session resumed, project and room joined)", rows


def _durable_table(report: Report) -> Table:
    durable = report.durable
    assert durable is not None
    rows: Rows = [
        (
            "messages/s",
            "delivery p50 ms",
            "p99 ms",
            "ack p50 ms",
            "p99 ms",
            "p99 over one commit ms",
            "server's core",
            "sent late by, p99 ms",
        )
    ]
    for rate, chat in durable.by_rate.items():
        figures = (
            chat.delivery_p50_ms,
            chat.delivery_p99_ms,
            chat.ack_p50_ms,
            chat.ack_p99_ms,
            chat.p99_over_commit_ms,
            chat.server_core,
            chat.generator_late_p99_ms,
        )
        rows.append((rate, *map(spread_text, figures)))
    commit = f"one commit on this disk: p50 {spread_text(durable.commit_p50_ms)} ms"
    return f"Durable chat of ours in a room of {durable.members}, from when a message was due; {commit}", rows


def _remarks(report: Report) -> list[str]:
    """What the reader has to know to trust the figures, or not to."""
    remarks = [f"{name} is left out: {reason}" for name, reason in report.skipped.items()]
    disturbed = [
        f"{name} {contestant}"
        for name, found in report.loads.items()
        for contestant, load in found.items()
        if load.server_waited[1] >= DISTURBED or load.generator_waited[1] >= DISTURBED
    ]
    if disturbed:
        remarks.append(
            f"Others used the cores during {', '.join(disturbed)}: take these figures again on a quiet machine."
        )
    late = [
        f"{name} {contestant}"
        for name, found in report.loads.items()
        for contestant, load in found.items()
        if load.generator_late_p99_ms is not None and load.generator_late_p99_ms[1] > LATE_MS
    ]
    if late:
        remarks.append(f"The generator did not get its core when it needed it during {', '.join(late)}.")
    bound = [
        f"{name} {contestant}"
        for name, found in report.loads.items()
        for contestant, load in found.items()
        if load.bound_by == "the generator"
    ]
    if bound:
        remarks.append(f"Bounded by the generator, not by the server: {', '.join(bound)}.")
    return remarks


def _share(used: Three, waited: Three) -> str:
    return f"{digits(used[1])} + {digits(waited[1])}"


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
