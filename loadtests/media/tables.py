"""The result for people: lines for a terminal, and a page of HTML that stands for itself."""

from collections.abc import Sequence

from loadtests.compare.result import Three
from loadtests.compare.targets import Mark, digits, spread_text
from loadtests.media.result import Figures, Report, remarks
from loadtests.results import sheet
from loadtests.results.words import number

HEAD = (
    "engine",
    "µs per packet",
    "of a core, %",
    "media worker, µs",
    "packets/s out",
    "streams (picture + sound)",
    "lost",
    "generator, %",
)

MEANING = (
    "Processor time of all processes of a server, in the kernel too, divided by the RTP packets that arrived at "
    "subscribers. Nothing is encoded while it is measured: publishers send the same recording, 640x360 VP8 and Opus, "
    "and every packet carries a number by which each subscriber sees what is lost, doubled or late."
)


def terminal(report: Report, marks: Sequence[Mark]) -> str:
    """For standard output."""
    lines = [*_taken(report), "", *sheet.columns([HEAD, *_rows(report)]), ""]
    lines += [f"ours to {name}: {spread_text(ratio)} of the processor time" for name, ratio in report.ratios.items()]
    lines += sheet.mark_lines(marks)
    lines += [f"Note: {remark}" for remark in remarks(report)]
    return "\n".join(lines)


def page(report: Report, marks: Sequence[Mark]) -> str:
    """For a browser; nothing is loaded from anywhere."""
    is_met = all(mark.is_met for mark in marks)
    title = f"{report.load.says}: {'targets met' if is_met else 'targets missed'}"
    tiles = [
        (name, f"{digits(one.us_per_packet)} µs", f"per packet, {digits(one.core_percent)} % of a core")
        for name, one in report.engines.items()
    ]
    sections = [
        sheet.verdict(report.load.says, tiles, marks),
        sheet.notes(remarks(report)),
        sheet.figures(MEANING, HEAD, _rows(report)),
        sheet.tested(_taken(report), report.command),
    ]
    return sheet.document("media", report.machine, title, sections)


def _taken(report: Report) -> list[str]:
    """Where, when and how."""
    machine = report.machine
    versions = ", ".join(f"{figures.version} with {figures.srtp}" for figures in report.engines.values())
    return [
        f"{report.load.says}.",
        sheet.place(machine),
        f"{versions}.",
        f"{machine.date}, load before {machine.load_before}; {report.rounds} rounds of {report.duration:g} s: "
        "median (least - most).",
    ]


def _rows(report: Report) -> list[tuple[str, ...]]:
    return [_row(name, figures) for name, figures in report.engines.items()]


def _row(name: str, figures: Figures) -> tuple[str, ...]:
    def spread(field: str) -> str:
        found: Three = figures.spread[field]
        return spread_text(found)

    worker = figures.worker_us_per_packet
    return (
        name,
        spread("us_per_packet"),
        spread("core_percent"),
        "-" if worker is None else digits(worker),
        number(round(figures.packets_per_second)),
        f"{figures.video_streams} + {figures.audio_streams}",
        number(figures.lost),
        digits(figures.generator_core_percent),
    )
