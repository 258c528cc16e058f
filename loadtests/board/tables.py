"""The result for people: lines for a terminal, and a page of HTML that stands for itself."""

from collections.abc import Sequence

from loadtests.board.result import MEGABYTE, Report, remarks
from loadtests.compare.targets import Mark, digits, spread_text
from loadtests.figures import Latency
from loadtests.results import sheet

HEAD = ("what", "p50, ms", "p99, ms", "most, ms", "how many")

MEANING = (
    "Milliseconds from when something was due to be drawn, or asked for, until it was read by each member: the network "
    "of this machine and the generator are in them. What is due does not wait for the server. Strokes are durable: on "
    "disk before anybody sees them. Points of a stroke in progress are not kept."
)


def terminal(report: Report, marks: Sequence[Mark]) -> str:
    """For standard output."""
    lines = [*_taken(report), "", *sheet.columns([HEAD, *_rows(report)]), "", *sheet.mark_lines(marks)]
    return "\n".join([*lines, *(f"Note: {remark}" for remark in remarks(report))])


def page(report: Report, marks: Sequence[Mark]) -> str:
    """For a browser; nothing is loaded from anywhere."""
    is_met = all(mark.is_met for mark in marks)
    heading = f"{report.plan.people} people on one board"
    tiles = [
        ("strokes", f"{spread_text(report.strokes_p99)} ms", "p99, durable, on everybody's screen"),
        ("points", f"{spread_text(report.points_p99)} ms", "p99, of strokes in progress"),
        ("joining", f"{digits(report.joining.answer.p99)} ms", f"p99, {report.joining.elements} elements"),
        ("joining first", f"{spread_text(report.cold_join)} ms", "after a restart of the server"),
        ("memory", f"{report.hour.quarters[-1].memory / MEGABYTE:.0f} MB", "after an hour of drawing"),
    ]
    sections = [
        sheet.verdict(heading, tiles, marks),
        sheet.notes(remarks(report)),
        sheet.figures(MEANING, HEAD, _rows(report)),
        sheet.tested(_taken(report), report.command),
    ]
    return sheet.document(
        "board", report.machine, f"{heading}: {'targets met' if is_met else 'targets missed'}", sections
    )


def _taken(report: Report) -> list[str]:
    """Where, when and how."""
    plan, machine = report.plan, report.machine
    cpu = ", ".join(f"{one.server_core_percent:g}" for one in report.drawing)
    return [
        f"{plan.people} people, {plan.drawers} of them draw at human speed: a stroke of 1.2 s every 2 s each.",
        sheet.place(machine),
        f"{machine.date}, load before {machine.load_before}; {plan.rounds} rounds of {plan.seconds:g} s. "
        f"The server used {cpu} % of its core.",
    ]


def _rows(report: Report) -> list[tuple[str, ...]]:
    rows: list[tuple[str, Latency]] = []
    for number, one in enumerate(report.drawing, 1):
        rows += [(f"finished strokes, round {number}", one.strokes), (f"points, round {number}", one.points)]
    rows.append(("joins", report.joining.answer))
    rows += [(f"hour, quarter {number}", one.strokes) for number, one in enumerate(report.hour.quarters, 1)]
    return [(name, digits(one.p50), digits(one.p99), digits(one.max), str(one.count)) for name, one in rows]
