"""How the figures look: three small tables that fit into 80 columns, and a line for what is refused."""

from collections.abc import Callable, Sequence

from msgspec import Struct
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from rtserver.top.figures import NodeFigures, together
from rtserver.top.scrape import Unreachable

NOTHING = "–"
"""For a figure that there is none of."""

NAME_WIDTH = 21
"""An IPv4 address and a port."""

PLAIN_BELOW = 9_999.5
"""Four digits are read as they are."""

UNITS = (("G", 1e9), ("M", 1e6), ("k", 1e3))

SLOW_APPEND = 0.25
"""Seconds of the 99th percentile from which on a figure is red: somebody notices."""

SLOW_FANOUT = 0.06
LATE_LOOP = 0.1
SLOW_BROKER = 0.25
"""The same for these: as the alerts in deploy/prometheus have it."""

STATE_STYLES = {"up": "green", "draining": "yellow", "": ""}
BAD = "bold red"

Cell = Callable[[NodeFigures], Text]


class Seen(Struct, frozen=True):
    """One node: its figures, why it does not answer, or None as long as it was looked at only once."""

    name: str
    figures: NodeFigures | Unreachable | None


def view(nodes: Sequence[Seen], at: str, has_keys: bool) -> RenderableType:
    """Everything. `at`: the time of day; `has_keys`: whether somebody can press one."""
    head = Text.assemble(("rtserver top", "bold"), f"  {at}  {len(nodes)} node{'s' if len(nodes) > 1 else ''}")
    if has_keys:
        head.append("   q: quit", "dim")
    measured = [node.figures for node in nodes if isinstance(node.figures, NodeFigures)]
    rows = [*measured, together(measured)] if len(measured) > 1 else measured
    parts: list[RenderableType] = [head]
    if rows:
        for title, columns in TABLES:
            parts += [Text(), _table(title, rows, columns)]
        parts += [Text(), _errors(rows[-1])]
    for node in nodes:
        if isinstance(node.figures, Unreachable):
            parts.append(Text.assemble((f"{node.name} cannot be reached: ", BAD), str(node.figures)))
        elif node.figures is None:
            parts.append(Text(f"{node.name}: measuring ...", "dim"))
    return Group(*parts)


def _table(title: str, rows: Sequence[NodeFigures], columns: Sequence[tuple[str, Cell]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    table.add_column(title, style="bold", no_wrap=True, overflow="ellipsis", width=NAME_WIDTH)
    for heading, _ in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row.name, *(cell(row) for _, cell in columns))
    return table


def _errors(row: NodeFigures) -> Text:
    line = Text("refused/s ", "dim")
    found = sorted(row.errors.items(), key=lambda item: -item[1])
    if not found:
        return line.append("none", "")
    for code, rate in found:
        line.append(f"{code} ", "").append(f"{number(rate)}  ", "yellow")
    return line


def number(value: float) -> str:
    """Short: 0, 0.3, 42, 9876, 12.3k, 3.4M."""
    for unit, size in UNITS:
        if value >= max(size * 0.9995, PLAIN_BELOW):
            scaled = value / size
            return f"{scaled:.1f}{unit}" if scaled < 100 else f"{scaled:.0f}{unit}"
    return f"{value:.1f}" if 0 < value < 10 and value != int(value) else f"{value:.0f}"


def milliseconds(seconds: float | None) -> str:
    """Short, in ms: 0.04, 3.2, 170."""
    if seconds is None:
        return NOTHING
    value = seconds * 1000
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _state(row: NodeFigures) -> Text:
    return Text(row.state, STATE_STYLES.get(row.state, BAD))


def _gauge(name: str) -> Cell:
    return lambda row: Text(number(row.gauges.get(name, 0.0)))


def _bad_above(read: Callable[[NodeFigures], float], limit: float = 0.0) -> Cell:
    """Red when it is more than it should be."""
    return lambda row: Text(number(read(row)), BAD if read(row) > limit else "")


def _quantiles(name: str, limit: float) -> Cell:
    """p50 and p99."""

    def cell(row: NodeFigures) -> Text:
        middle, high = row.quantile(name, 0.5), row.quantile(name, 0.99)
        text = NOTHING if middle is None else f"{milliseconds(middle)} / {milliseconds(high)}"
        return Text(text, BAD if high is not None and high > limit else "")

    return cell


def _loop(row: NodeFigures) -> Text:
    late = row.quantile("loop_lag", 0.99)
    return Text(milliseconds(late), BAD if late is not None and late > LATE_LOOP else "")


def _lag(row: NodeFigures) -> Text:
    lag = row.broker_lag
    return Text(milliseconds(lag), BAD if lag is not None and lag > SLOW_BROKER else "")


TABLES: tuple[tuple[str, tuple[tuple[str, Cell], ...]], ...] = (
    (
        "people",
        (
            ("state", _state),
            ("sockets", _gauge("connections")),
            ("polling", lambda row: Text(number(row.polling))),
            ("rooms", _gauge("rooms")),
            ("boards", _gauge("boards")),
            ("calls", lambda row: Text(number(row.calls))),
            ("in calls", _gauge("participants")),
        ),
    ),
    (
        "work",
        (
            ("cmd/s", lambda row: Text(number(row.commands))),
            ("frames/s", lambda row: Text(number(row.frames))),
            ("append ms", _quantiles("append", SLOW_APPEND)),
            ("fan-out ms", _quantiles("fanout", SLOW_FANOUT)),
            ("loop p99", _loop),
            ("CPU%", lambda row: Text(f"{row.cpu * 100:.0f}")),
        ),
    ),
    (
        "trouble",
        (
            ("refused/s", lambda row: Text(number(row.error_rate))),
            ("outbox B", _gauge("outbox_bytes")),
            ("drops/s", lambda row: Text(number(row.dropped))),
            ("SLOW", _bad_above(lambda row: row.slow_closes)),
            ("resyncs", lambda row: Text(number(row.resyncs))),
            ("broker ms", _lag),
        ),
    ),
)
"""Each with its columns; the first column is the node."""
