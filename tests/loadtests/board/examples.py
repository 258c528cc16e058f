"""A report as a run gives it."""

from loadtests.board.measure import DrawingRound, Hour, Joining, Quarter
from loadtests.board.plan import Plan
from loadtests.board.result import Report
from loadtests.figures import Latency
from tests.loadtests.media.examples import MACHINE


def latency(p99: float) -> Latency:
    return Latency(p50=p99 / 3, p99=p99, max=p99 * 2, count=1_000)


def drawing(
    strokes: float = 8.0, points: float = 3.0, lost: int = 0, points_lost: int = 0, lateness: float = 0.5
) -> DrawingRound:
    return DrawingRound(latency(strokes), latency(points), latency(lateness), points_lost, lost, 0, 21.5)


def joining(answer: float = 12.0, first: float = 30.0, sent: int = 400_000) -> Joining:
    return Joining(5_000, 10, 3_000_000, sent, first, latency(answer), 90.0)


def hour(p99: float = 7.0, memory: int = 152_000_000) -> Hour:
    quarters = (
        Quarter(latency(6.0), latency(0.5), 150_000_000, 40.0),
        Quarter(latency(p99), latency(0.5), memory, 41.0),
    )
    return Hour(18_000, 5_000, 150.0, 0, 0, quarters)


def report(
    rounds: tuple[DrawingRound, ...] | None = None,
    bytes_long: float = 31.0,
    joined: Joining | None = None,
    replayed: Hour | None = None,
    cold: tuple[float, ...] = (38.0, 41.5, 55.0),
) -> Report:
    return Report(
        machine=MACHINE,
        plan=Plan(),
        drawing=rounds or (drawing(), drawing(9.0), drawing(7.0)),
        bytes_short=30.0,
        bytes_long=bytes_long,
        joining=joined or joining(),
        cold=cold,
        hour=replayed or hour(),
        command="python -m loadtests run board",
    )
