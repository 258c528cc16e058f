"""A page of marks and tables that stands for itself: what the measurements of calls and of boards have in common."""

from collections.abc import Iterable, Sequence
from importlib import resources

from loadtests.compare.targets import Mark
from loadtests.machine import SharedMachine
from loadtests.results.page import POLICY, STYLE, escape

Row = Sequence[str]


def document(kind: str, machine: SharedMachine, title: str, sections: Iterable[str]) -> str:
    """The whole page; nothing is loaded from anywhere. `sections`: HTML, empty ones are left out."""
    style = resources.files("loadtests.results").joinpath(STYLE).read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        f"<header><strong>rtserver load test</strong><span>{escape(kind)}</span>"
        f"<span>{escape(_date(machine))}</span></header>\n"
        + "\n".join(section for section in sections if section)
        + "\n</main>\n</body>\n</html>\n"
    )


def verdict(heading: str, tiles: Iterable[tuple[str, str, str]], marks: Sequence[Mark]) -> str:
    """What one sees first. `tiles`: a name, a figure, and what it is."""
    is_met = all(mark.is_met for mark in marks)
    checks = "".join(
        f'<li{"" if mark.is_met else " class=" + chr(34) + "missed" + chr(34)}><span class="mark" role="img" '
        f'aria-label="{"met" if mark.is_met else "missed"}">{"✓" if mark.is_met else "✕"}</span>'
        f'<b>{escape(mark.name)}</b><span class="wanted">wanted: {escape(mark.wanted)}</span>'
        f'<span class="measured">{escape(mark.found)}</span></li>'
        for mark in marks
    )
    shown = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(figure)}<small>{escape(what)}</small></dd></div>"
        for name, figure, what in tiles
    )
    return (
        f'<section class="{"verdict" if is_met else "verdict missed"}"><span class="badge">'
        f"{'✓ Targets met' if is_met else '✕ Targets missed'}</span><h1>{escape(heading)}</h1>"
        f'<dl class="tiles">{shown}</dl><ul class="checks">{checks}</ul></section>'
    )


def notes(remarks: Sequence[str]) -> str:
    """What has to be known to trust the figures."""
    items = "".join(f"<li>{escape(remark)}</li>" for remark in remarks)
    return f'<section class="notes"><h2>To know before you judge</h2><ul>{items}</ul></section>' if items else ""


def figures(meaning: str, head: Row, rows: Iterable[Row]) -> str:
    """A table of them."""
    body = "".join(
        "<tr>" + "".join(_cell("td", *pair) for pair in zip(head, row, strict=True)) + "</tr>" for row in rows
    )
    names = "".join(_cell("th", name, name) for name in head)
    return (
        f'<section><h2>Figures</h2><p class="lead">{escape(meaning)}</p><div class="scroll"><table>'
        f"<thead><tr>{names}</tr></thead><tbody>{body}</tbody></table></div></section>"
    )


def tested(taken: Iterable[str], command: str) -> str:
    """Where, when and how."""
    lines = "".join(f"<li>{escape(line)}</li>" for line in taken)
    return (
        f'<section><h2>What was tested</h2><ul>{lines}</ul><dl class="facts"><dt>Again</dt>'
        f"<dd><code>{escape(command)}</code></dd></dl></section>"
    )


def place(machine: SharedMachine) -> str:
    """The machine, and whose its cores are."""
    cores = machine.pinned
    pinned = "nothing is pinned to a core"
    if cores.server is not None:
        pinned = f"each server on core {cores.server}, the generator on core {cores.generator}"
    return f"{machine.cpu}, {machine.cores} cores, {machine.kernel}, Python {machine.python}; {pinned}."


def columns(rows: Sequence[Row]) -> list[str]:
    """A table for a terminal."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]


def mark_lines(marks: Iterable[Mark]) -> list[str]:
    """The marks for a terminal."""
    return [
        f"  {'met   ' if mark.is_met else 'MISSED'}  {mark.name}: {mark.found} (wanted: {mark.wanted})"
        for mark in marks
    ]


def _cell(tag: str, name: str, value: str) -> str:
    return f'<{tag} data-name="{escape(name)}">{escape(value)}</{tag}>'


def _date(machine: SharedMachine) -> str:
    day, _, time = machine.date.partition("T")
    return f"{day}, {time[:5]} UTC"
