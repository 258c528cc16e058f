"""Each target is judged by the median, where everything was measured that it needs."""

from msgspec.structs import replace

from loadtests.compare.targets import digits, judge, spread_text
from tests.loadtests.compare.examples import chat_round, fixed, good_report, good_round, node_round, report


def missed(found: list) -> list[str]:
    return [mark.name for mark in found if not mark.is_met]


def test_everything_is_reached() -> None:
    marks = judge(good_report())
    assert missed(marks) == []
    assert len(marks) == 9


def test_what_was_not_measured_is_not_judged() -> None:
    assert [mark.name for mark in judge(report([good_round()], []))] == ["100 k deliveries/s into one room of 1000"]


def test_the_median_round_decides() -> None:
    assert missed(judge(report([good_round()] * 2 + [good_round(0.1)], [node_round()] * 3))) == []
    slow = missed(judge(report([good_round()] + [good_round(0.1)] * 2, [node_round()] * 3)))
    assert slow == [f"{name}: deliveries/s, ours to node-ws" for name in ("S1", "S2", "S3", "S4")]


def test_latency_memory_connects_and_chat() -> None:
    ours = good_round()
    assert ours.entered is not None
    worse = replace(
        ours,
        runs=ours.runs | {"20k": fixed(20e3, p99=3), "100k": fixed(90e3, p99=900, unfinished=3)},
        entered=replace(ours.entered, per_second=1_000, bytes_each=21 * 1024),
    )
    marks = judge(report([worse], [node_round()], [chat_round(p99=11.5)]))
    assert missed(marks) == [
        "p99 at 20 k deliveries/s in rooms of 60, ours to node-ws",
        "100 k deliveries/s into one room of 1000",
        "idle memory a connection, KiB",
        "connects a second, session resumed, room joined",
        "durable chat, 200 messages/s: p99 over one commit, ms",
    ]
    [load] = [mark for mark in marks if mark.name.startswith("100 k")]
    assert load.found == "90 k deliveries/s, 0 lost, 3 not there in time"


def test_figures_as_they_are_written() -> None:
    assert [digits(value) for value in (0.1234, 5.678, 123.4, 1234, 12_345, 123_456)] == [
        "0.123",
        "5.68",
        "123",
        "1234",
        "12.3 k",
        "123 k",
    ]
    assert spread_text((1, 2, 3)) == "2 (1 - 3)"
    assert spread_text((2, 2, 2)) == "2"
