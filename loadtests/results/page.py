"""A result as one page of HTML that stands for itself: opened from disk, nothing is loaded from anywhere."""

import html
import re
from collections.abc import Iterable, Sequence
from importlib import resources

from loadtests.generator.traffic import ACKNOWLEDGED, FILLED
from loadtests.results import plots
from loadtests.results.model import Check, Doing, Latency, Ramp, Result
from loadtests.results.summary import ALL
from loadtests.results.verdict import judged_latencies
from loadtests.results.words import milliseconds, number, plural, seconds
from loadtests.scenarios.scenario import WARM_UP

STYLE = "page.css"
"""Lies beside this module, and is written into the page."""

PASSED = "Targets met"
MISSED = "Targets missed"

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""What the page may load: nothing. Its style stands in it."""

LONGER_NAMES = {
    ACKNOWLEDGED: "chat, until it is on the server's disk",
    FILLED: "chat that was missed and filled in",
    "stroke": "strokes in progress",
    "cursor": "cursors",
    "typing": "typing marks",
}
"""In tables: what the short names mean."""


UNBROKEN = re.compile(r"(?<=\d) (?=\d{3}\b|ms\b|s\b|%)")
"""Spaces within a figure, or between it and its unit: no line ends there."""


def escape(text: str) -> str:
    """As text of the page."""
    return html.escape(UNBROKEN.sub("\u00a0", text))


def render(result: Result) -> str:
    """The page."""
    style = resources.files("loadtests.results").joinpath(STYLE).read_text(encoding="utf-8")
    title = f"{PASSED if result.verdict.is_passed else MISSED}: load test “{result.settings.scenario}”"
    sections = [
        _verdict(result),
        _notes(result),
        _ramp(result),
        _percentiles(result),
        _over_time(result),
        _latencies(result),
        _messages(result),
        _tested(result),
        _reading(),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        f"{_head(result)}\n" + "\n".join(section for section in sections if section) + "\n</main>\n</body>\n</html>\n"
    )


# --- The top ---


def _head(result: Result) -> str:
    settings, machine = result.settings, result.machine
    return (
        f"<header><strong>rtserver load test</strong><span>{escape(settings.scenario)}</span>"
        f"<span>{escape(settings.url)}</span><span>{escape(_date(machine.date))}</span></header>"
    )


def _verdict(result: Result) -> str:
    verdict = result.verdict
    badge = f"✓ {PASSED}" if verdict.is_passed else f"✕ {MISSED}"
    classes = "verdict" if verdict.is_passed else "verdict missed"
    checks = "".join(_check(check) for check in verdict.checks)
    return (
        f'<section class="{classes}"><span class="badge">{badge}</span><h1>{escape(verdict.sentence)}</h1>'
        f'{_tiles(result)}<ul class="checks">{checks}</ul></section>'
    )


def _check(check: Check) -> str:
    mark, classes = ("✓", "") if check.is_met else ("✕", ' class="missed"')
    said = "met" if check.is_met else "missed"
    return (
        f'<li{classes}><span class="mark" role="img" aria-label="{said}">{mark}</span><b>{escape(check.name)}</b>'
        f'<span class="wanted">wanted: {escape(check.wanted)}</span>'
        f'<span class="measured">{escape(check.measured)}</span></li>'
    )


def _tiles(result: Result) -> str:
    """The four figures that matter."""
    figures, settings = result.figures, result.settings
    latencies = judged_latencies(figures)
    tiles: list[tuple[str, str, str]] = []
    if figures.connections.back_last_s is not None:
        back = figures.connections
        half = f"half of them after {seconds(back.back_p50_s or 0)}"
        tiles.append(("last one back after the drop", seconds(back.back_last_s or 0), half))
    if latencies:
        worst = max(latencies, key=lambda one: one.p99_ms)
        half = f"half within {milliseconds(worst.p50_ms)}"
        tiles.append(("99 of 100 arrive within", milliseconds(worst.p99_ms), half))
        rate = f"{number(settings.rate)} messages a second in each room"
        tiles.append(("deliveries a second", number(figures.deliveries_per_second), rate))
    people = f"{plural(settings.rooms, 'room')} of {number(settings.size)}"
    tiles.append(("people connected", number(settings.rooms * settings.size), people))
    if figures.durable.sent:
        lost = f"of {number(figures.durable.expected)} chat deliveries"
        tiles.append(("lost", number(figures.durable.lost), lost))
    else:
        tiles.append(("still there in the end", number(figures.connections.entered - figures.connections.gone), ""))
    items = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}<small>{escape(more)}</small></dd></div>"
        for name, value, more in tiles
    )
    return f'<dl class="tiles">{items}</dl>'


def _notes(result: Result) -> str:
    if not result.verdict.warnings:
        return ""
    items = "".join(f"<li>{escape(warning)}</li>" for warning in result.verdict.warnings)
    return f'<section class="notes"><h2>To know before you judge</h2><ul>{items}</ul></section>'


# --- Plots ---


def _ramp(result: Result) -> str:
    ramp = result.ramp
    if ramp is None:
        return ""
    rows = [_step_row(ramp, index) for index in range(len(ramp.steps))]
    return (
        "<section><h2>The search</h2>"
        '<p class="lead">The load is doubled until a target is missed, then the gap is halved; the highest load that '
        "was kept is tried once more, for longer (the large dot). All other figures on this page are from that last "
        f"try.</p>{plots.steps(ramp, result.settings.target_p99_ms)}"
        f"{_table((ramp.unit, 'deliveries a second', 'p50', 'p99', 'verdict'), rows, words=(4,))}</section>"
    )


def _step_row(ramp: Ramp, index: int) -> tuple[str, ...]:
    step = ramp.steps[index]
    verdict = ("kept" if step.is_kept else "not kept") + (", confirmation" if step.is_confirmation else "")
    return (
        number(step.load),
        number(step.deliveries_per_second),
        milliseconds(step.p50_ms),
        milliseconds(step.p99_ms),
        verdict,
    )


def _percentiles(result: Result) -> str:
    drawn = plots.percentiles(result.figures, result.settings.target_p99_ms)
    if not drawn:
        return ""
    return (
        "<section><h2>How long deliveries take</h2>"
        '<p class="lead">From the moment a message was due until it arrived at a receiver. Read at 99&nbsp;%: of a '
        f"hundred deliveries, ninety-nine were at least as fast as the line.</p>{drawn}</section>"
    )


def _over_time(result: Result) -> str:
    drawn = plots.over_time(result.figures, result.settings.target_p99_ms)
    if not drawn:
        return ""
    return (
        "<section><h2>Over time</h2>"
        '<p class="lead">Each second by itself: a server that stalls for a moment shows a hole above and a peak '
        f"below. What is shaded is not judged.</p>{drawn}</section>"
    )


# --- Tables ---


def _latencies(result: Result) -> str:
    latencies = [one for one in result.figures.latencies if one.stage != WARM_UP]
    if not latencies:
        return ""
    several = len({one.stage for one in latencies}) > 1
    head = ("what", *(("stage",) if several else ()), "deliveries", "p50", "p90", "p99", "p99.9", "slowest")
    rows = [_latency_row(one, several) for one in latencies]
    sums = [index for index, one in enumerate(latencies) if one.name == ALL]
    return f"<section><h2>Latencies</h2>{_table(head, rows, sums=sums, words=(1,) if several else ())}</section>"


def _latency_row(one: Latency, several: bool) -> tuple[str, ...]:
    values = (one.p50_ms, one.p90_ms, one.p99_ms, one.p999_ms, one.max_ms)
    name = LONGER_NAMES.get(one.name, one.name)
    return (name, *((one.stage,) if several else ()), number(one.count), *map(milliseconds, values))


def _messages(result: Result) -> str:
    durable, volatile, connections = result.figures.durable, result.figures.volatile, result.figures.connections
    if not durable.sent and not volatile.sent:
        return ""
    rows = [
        (
            "Chat: kept by the server, may never be lost",
            number(durable.sent),
            number(durable.expected),
            number(durable.delivered),
            f"{number(durable.lost)} lost",
        ),
        (
            "Signals: cursors, typing, strokes in progress; may be dropped",
            number(volatile.sent),
            number(volatile.expected),
            number(volatile.delivered),
            f"{number(volatile.dropped)} dropped",
        ),
    ]
    cut = "".join(f"<li>{number(often)} × {escape(reason)}</li>" for reason, often in connections.cut.items())
    ended = f"<p>Connections that were ended by the server or the network:</p><ul>{cut}</ul>" if cut else ""
    return (
        "<section><h2>Sent and received</h2>"
        '<p class="lead">Every message carries its sender and number, and every receiver is checked for what is '
        "missing, doubled or out of order. Chat comes to the sender, too; a signal only to the others.</p>"
        f"{_table(('what', 'sent', 'deliveries due', 'arrived', 'difference'), rows, long=True)}{ended}</section>"
    )


def _tested(result: Result) -> str:
    settings, machine = result.settings, result.machine
    facts = [
        ("Scenario", f"{escape(settings.scenario)}: {escape(settings.summary)}"),
        ("Server", escape(settings.url)),
        ("Load", escape(_load(result))),
        ("Generator", escape(_generator(result))),
        (
            "Its machine",
            f"{escape(machine.cpu)}, {plural(machine.cores, 'core')}, {escape(machine.kernel)}, "
            f"Python {escape(machine.python)}; {escape(_date(machine.date))}, load before {machine.load_before:g}",
        ),
        ("Again", f"<code>{escape(settings.command)}</code>"),
    ]
    items = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts)
    return f'<section><h2>What was tested</h2><dl class="facts">{items}</dl>{_activities(result.activities)}</section>'


def _load(result: Result) -> str:
    settings, connections = result.settings, result.figures.connections
    return (
        f"{plural(settings.rooms, 'room')} of {number(settings.size)} people, {number(settings.rate)} messages a "
        f"second in each; {seconds(settings.duration_s)} after {seconds(settings.warm_up_s)} of warm-up. "
        f"{number(connections.entered)} people signed in with tickets and joined within "
        f"{seconds(connections.entrance_s)}."
    )


def _generator(result: Result) -> str:
    generator = result.figures.generator
    processes = "1 process" if generator.processes == 1 else f"{generator.processes} processes"
    return (
        f"{processes}, the busiest used {generator.busy:.0%} of a core; sent {milliseconds(generator.late_p99_ms)} "
        f"late and read within {milliseconds(generator.turn_p99_ms)} (99th percentiles, contained in the latencies)"
    )


def _activities(activities: Sequence[Doing]) -> str:
    rows = [
        (
            LONGER_NAMES.get(one.what, one.what),
            number(one.people),
            number(one.per_minute),
            number(one.characters),
            one.reason,
        )
        for one in activities
    ]
    head = ("what people do", "people in a room", "a minute, each", "characters", "because")
    return _table(head, rows, words=(4,), long=True) if rows else ""


def _reading() -> str:
    return (
        "<section><h2>How to read this</h2>"
        "<p><b>Nothing is hidden by waiting.</b> When each message is due is fixed beforehand. When the server "
        "stalls, messages are sent all the same, and their latency counts from when they were due.</p>"
        "<p><b>p99</b> is the time within which 99 of 100 deliveries arrive. An average would hide the slow ones, "
        "and a person in a room of 60 meets the slowest hundredth many times in a lesson.</p>"
        "<p><b>Chat is durable</b>: it is on the server's disk before anybody sees it, and who was away gets it when "
        "they come back. <b>Signals are volatile</b>: for somebody whose connection is too slow the server drops "
        "them, so that the others do not wait.</p></section>"
    )


# --- Shared ---


def _table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    sums: Sequence[int] = (),
    words: Sequence[int] = (),
    long: bool = False,
) -> str:
    """`sums`: rows that are a total; `words`: columns of text, not of figures; `long`: text that may be broken."""

    def cells(values: Sequence[str], tag: str) -> str:
        found: list[str] = []
        for index, value in enumerate(values):
            classes = ' class="words"' if index in words else ""
            found.append(f'<{tag}{classes} data-name="{escape(head[index])}">{escape(value)}</{tag}>')
        return "".join(found)

    opened = {True: '<tr class="sum">', False: "<tr>"}
    body = "".join(f"{opened[index in sums]}{cells(row, 'td')}</tr>" for index, row in enumerate(rows))
    classes = "scroll long" if long else "scroll"
    top = f"<thead><tr>{cells(head, 'th')}</tr></thead>"
    return f'<div class="{classes}"><table>{top}<tbody>{body}</tbody></table></div>'


def _date(text: str) -> str:
    """An ISO date as people write it."""
    day, _, time = text.partition("T")
    return f"{day}, {time[:5]} UTC"
