"""How it looks: everything is there, in 80 columns, whatever the numbers."""

import pytest
from rich.console import Console

from rtserver.metrics.figures import Figures
from rtserver.top.figures import NodeFigures, measure
from rtserver.top.scrape import Unreachable
from rtserver.top.view import Seen, milliseconds, number, view
from tests.rtserver.top.nodes import busy, node


def lines(*nodes: Seen, width: int = 80, has_keys: bool = True) -> list[str]:
    console = Console(width=width, color_system=None, force_terminal=False, legacy_windows=False)
    with console.capture() as capture:
        console.print(view(nodes, "12:00:00", has_keys))
    return capture.get().splitlines()


def loaded(name: str) -> NodeFigures:
    return measure(name, node(Figures(), 0.0), node(busy(), 2.0))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.25, "0.2"),
        (4, "4"),
        (42.4, "42"),
        (999, "999"),
        (999.9, "1000"),
        (9_999, "9999"),
        (12_345, "12.3k"),
        (123_456, "123k"),
        (3_400_000, "3.4M"),
        (7e9, "7.0G"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    """Short."""
    assert number(value) == text


@pytest.mark.parametrize(("seconds", "text"), [(None, "–"), (0.00004, "0.04"), (0.0032, "3.2"), (0.17, "170")])
def test_times(seconds: float | None, text: str) -> None:
    """In milliseconds, with as many digits as count."""
    assert milliseconds(seconds) == text


def test_one_node() -> None:
    """Three tables with a row each, and what was refused."""
    shown = lines(Seen("127.0.0.1:9464", loaded("127.0.0.1:9464")))
    assert shown[0].rstrip() == "rtserver top  12:00:00  1 node   q: quit"
    rows = [line for line in shown if line.startswith("127.0.0.1:9464")]
    assert len(rows) == 3
    assert rows[0].split()[1:] == ["up", "4", "1", "2", "1", "1", "2"]
    assert rows[1].split()[1:4] == ["46", "2000", "1.5"]
    assert rows[2].split()[1:] == ["5.5", "77", "10", "2", "3", "2.0"]
    assert shown[-1].split() == ["refused/s", "too_many_requests", "5", "invalid", "0.5"]


def test_nothing_is_cut_off_in_80_columns() -> None:
    """Not with large numbers, nor with the longest usual names."""
    figures = busy()
    for _ in range(200):
        figures.append.observe(3.9)
        figures.fanout.observe(0.9)
        figures.loop_lag.observe(9.0)
    figures.frames, figures.dropped, figures.slow_closes = 180_000, 46_000, 1_234
    name = "192.168.100.101:65535"
    large = measure(name, node(Figures(), 0.0), node(figures, 2.0, connections=9_999, outbox_bytes=4_000_000_000))
    shown = lines(Seen(name, large), Seen("n2", loaded("n2")))
    assert not [line for line in shown if "…" in line]
    assert max(len(line) for line in shown) <= 80
    assert len([line for line in shown if line.startswith("all ")]) == 3


def test_one_that_cannot_be_reached() -> None:
    """Is said beside the others; of one alone there are no tables."""
    gone = Seen("n2:9464", Unreachable("nobody listens there."))
    both = lines(Seen("n1:9464", loaded("n1:9464")), gone)
    assert both[-1].rstrip() == "n2:9464 cannot be reached: nobody listens there."
    assert not [line for line in both if line.startswith("all ")]
    alone = lines(gone, has_keys=False)
    assert [line.rstrip() for line in alone] == [
        "rtserver top  12:00:00  1 node",
        "n2:9464 cannot be reached: nobody listens there.",
    ]


def test_one_that_was_looked_at_once() -> None:
    """Has no rates yet."""
    assert lines(Seen("n1:9464", None))[-1].rstrip() == "n1:9464: measuring ..."
