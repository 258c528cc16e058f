"""The result for people: lines for a terminal, and a page of HTML that stands for itself."""

from collections.abc import Sequence
from importlib import resources

from loadtests.compare.result import Three
from loadtests.compare.targets import Mark, digits, spread_text
from loadtests.media.result import Figures, Report, remarks
from loadtests.results.page import POLICY, STYLE, escape
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
    rows = [HEAD, *(_row(name, figures) for name, figures in report.engines.items())]
    lines = [*_taken(report), "", *_columns(rows), ""]
    lines += [f"ours to {name}: {spread_text(ratio)} of the processor time" for name, ratio in report.ratios.items()]
    for mark in marks:
        lines.append(f"  {'met   ' if mark.is_met else 'MISSED'}  {mark.name}: {mark.found} (wanted: {mark.wanted})")
    lines += [f"Note: {remark}" for remark in remarks(report)]
    return "\n".join(lines)


def page(report: Report, marks: Sequence[Mark]) -> str:
    """For a browser; nothing is loaded from anywhere."""
    style = resources.files("loadtests.results").joinpath(STYLE).read_text(encoding="utf-8")
    is_met = all(mark.is_met for mark in marks)
    title = f"{report.load.says}: {'targets met' if is_met else 'targets missed'}"
    sections = [_verdict(report, marks), _notes(report), _figures(report), _tested(report)]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        f"<header><strong>rtserver load test</strong><span>media</span><span>{escape(_date(report))}</span></header>\n"
        + "\n".join(section for section in sections if section)
        + "\n</main>\n</body>\n</html>\n"
    )


def _verdict(report: Report, marks: Sequence[Mark]) -> str:
    is_met = all(mark.is_met for mark in marks)
    checks = "".join(
        f'<li{"" if mark.is_met else " class=" + chr(34) + "missed" + chr(34)}><span class="mark" role="img" '
        f'aria-label="{"met" if mark.is_met else "missed"}">{"✓" if mark.is_met else "✕"}</span>'
        f'<b>{escape(mark.name)}</b><span class="wanted">wanted: {escape(mark.wanted)}</span>'
        f'<span class="measured">{escape(mark.found)}</span></li>'
        for mark in marks
    )
    tiles = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(digits(figures.us_per_packet))} µs<small>per packet, "
        f"{escape(digits(figures.core_percent))} % of a core</small></dd></div>"
        for name, figures in report.engines.items()
    )
    return (
        f'<section class="{"verdict" if is_met else "verdict missed"}"><span class="badge">'
        f"{'✓ Targets met' if is_met else '✕ Targets missed'}</span><h1>{escape(report.load.says)}</h1>"
        f'<dl class="tiles">{tiles}</dl><ul class="checks">{checks}</ul></section>'
    )


def _notes(report: Report) -> str:
    items = "".join(f"<li>{escape(remark)}</li>" for remark in remarks(report))
    return f'<section class="notes"><h2>To know before you judge</h2><ul>{items}</ul></section>' if items else ""


def _figures(report: Report) -> str:
    rows = "".join(
        "<tr>" + "".join(_cell("td", *pair) for pair in zip(HEAD, _row(name, figures), strict=True)) + "</tr>"
        for name, figures in report.engines.items()
    )
    head = "".join(_cell("th", name, name) for name in HEAD)
    return (
        f'<section><h2>Figures</h2><p class="lead">{escape(MEANING)}</p><div class="scroll"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _tested(report: Report) -> str:
    taken = "".join(f"<li>{escape(line)}</li>" for line in _taken(report))
    return (
        f'<section><h2>What was tested</h2><ul>{taken}</ul><dl class="facts"><dt>Again</dt>'
        f"<dd><code>{escape(report.command)}</code></dd></dl></section>"
    )


def _cell(tag: str, name: str, value: str) -> str:
    return f'<{tag} data-name="{escape(name)}">{escape(value)}</{tag}>'


def _taken(report: Report) -> list[str]:
    """Where, when and how."""
    machine, cores = report.machine, report.machine.pinned
    pinned = "nothing is pinned to a core"
    if cores.server is not None:
        pinned = f"each server on core {cores.server}, the generator on core {cores.generator}"
    versions = ", ".join(f"{figures.version} with {figures.srtp}" for figures in report.engines.values())
    return [
        f"{report.load.says}.",
        f"{machine.cpu}, {machine.cores} cores, {machine.kernel}, Python {machine.python}; {pinned}.",
        f"{versions}.",
        f"{machine.date}, load before {machine.load_before}; {report.rounds} rounds of {report.duration:g} s: "
        "median (least - most).",
    ]


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


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]


def _date(report: Report) -> str:
    day, _, time = report.machine.date.partition("T")
    return f"{day}, {time[:5]} UTC"
