"""The targets, and what a program reads."""

import msgspec
import pytest
from msgspec import structs

from loadtests.cluster import result
from loadtests.cluster.result import Growth, growth
from loadtests.compare.generator import Share
from tests.loadtests.cluster.examples import attempt, hop, report, restart, rooms, step, usage
from tests.loadtests.results_examples import DURABLE


def test_all_met() -> None:
    assert [mark.name for mark in result.judge(report()) if not mark.is_met] == []


@pytest.mark.parametrize(
    ("found", "missed"),
    [
        (report(hops=(hop(lost=1),)), ["60 members on two processes: chat lost"]),
        (report(attempts=(attempt(arrived=0.9), attempt(rate=30_000))), ["deliveries a second in 10 rooms"]),
        (report(attempts=(attempt(lost=1),)), ["deliveries a second in 10 rooms", "of these deliveries lost"]),
        (report(attempts=(attempt(disorder=1),)), ["deliveries a second in 10 rooms", "of these deliveries lost"]),
        (report(many=rooms(step(1_000, kilobytes=120.0))), ["900 idle rooms and 100 active ones: memory"]),
        (report(many=rooms(step(1_000, busy=0.0006))), ["900 idle rooms and 100 active ones: processor time"]),
        (report(many=rooms(step(1_000, tasks=1_009))), ["tasks of the event loop"]),
        (report(restarts=(restart(), restart(p99=3.1))), ["members back in their rooms"]),
        (report(restarts=(restart(gone=1),)), ["members back in their rooms"]),
        (report(restarts=(restart(durable=structs.replace(DURABLE, twice=1)),)), ["all nodes restarted"]),
        (report(restarts=(restart(durable=structs.replace(DURABLE, unordered=1)),)), ["all nodes restarted"]),
    ],
)
def test_missed(found: result.Report, missed: list[str]) -> None:
    """Each target alone, but that what is not whole is not kept either."""
    names = [mark.name for mark in result.judge(found) if not mark.is_met]
    assert [name.startswith(begin) for name, begin in zip(names, missed, strict=True)] == [True] * len(missed)


def test_the_hop_is_judged_by_its_median() -> None:
    """For signals and for chat: a slow minute of the machine is in the spread."""
    late = hop(far=2.5)
    assert all(mark.is_met for mark in result.judge(report(hops=(late, hop(), hop()))))
    missed = [mark.found for mark in result.judge(report(hops=(late, late, hop()))) if not mark.is_met]
    assert missed == ["1.5 (0.5 - 1.5) ms"] * 2


def test_processor_time_over_one_process() -> None:
    """Both processes, less the one that had all members; what the second one uses idly is told apart."""
    costly = hop(second=0.9)
    missed = [mark.found for mark in result.judge(report(hops=(costly,))) if not mark.is_met]
    assert missed == ["5 us, 6 with what the second one uses idly; besides, Redis 0 and PostgreSQL 0"] * 2


def test_processor_time_at_the_full_rate() -> None:
    """The same, where messages come close together: by the median of the rounds."""
    cheap = structs.replace(attempt(), usage=usage(0.4, 0.01))
    missed = [mark.found for mark in result.judge(report(alone=cheap)) if not mark.is_met]
    assert missed == ["4.75 us, 15 in all"]


def test_growth_takes_the_base_off() -> None:
    grown = growth(rooms(), result.memory)
    assert grown.first == pytest.approx(100.0)
    assert grown.last == pytest.approx(100.0)
    assert growth(rooms(), result.idling).ratio == pytest.approx(1.0)
    assert Growth(0.0, 0.0).ratio == 1
    assert Growth(-0.1, 0.4).ratio == float("inf")


def test_the_bound_is_named() -> None:
    busy = attempt(arrived=0.8, generator=Share(0.9, 0.1))
    (mark,) = [one for one in result.judge(report(attempts=(busy, attempt(20_000)))) if not one.is_met]
    assert "bound: the generator (used 90% of a core and wanted more)" in mark.found


def test_only_what_was_measured_is_judged() -> None:
    nothing = structs.replace(report(), hop=(), throughput=(), rooms=None, restart=())
    assert result.judge(nothing) == []
    assert result.remarks(nothing) == []


def test_json_is_one_line() -> None:
    text = report().as_json(result.judge(report()))
    assert "\n" not in text
    read = msgspec.json.decode(text)
    assert len(read["hop"]) == 3
    assert read["rooms"]["steps"][-1]["active_rooms"] == 100
    assert all(mark["is_met"] for mark in read["targets"])


def test_remarks() -> None:
    """A generator that was late itself is said, and that others were at work."""
    assert result.remarks(report()) == []
    late = report(hops=(hop(lateness=2.0),))
    busy = structs.replace(late, machine=structs.replace(late.machine, load_before=3.0))
    first, second = result.remarks(busy)
    assert "up to 8.0 ms late" in first
    assert "3 other processes wanted a core" in second


def test_who_was_cut_instead_of_being_asked_is_told() -> None:
    cut = restart()
    connections = structs.replace(cut.figures.connections, cut={"the server closed the WebSocket": 59})
    found = report(
        restarts=(structs.replace(cut, figures=structs.replace(cut.figures, connections=connections)), restart())
    )
    (remark,) = result.remarks(found)
    assert remark.startswith("59 times a member was cut off during restarts")
