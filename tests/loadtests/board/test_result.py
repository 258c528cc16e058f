"""The targets, and what a program reads."""

import msgspec
import pytest

from loadtests.board import result
from tests.loadtests.board.examples import drawing, hour, joining, report


def test_all_met() -> None:
    assert [mark.name for mark in result.judge(report()) if not mark.is_met] == []


@pytest.mark.parametrize(
    ("found", "missed"),
    [
        (report(rounds=(drawing(strokes=21.0),)), "a finished stroke"),
        (report(rounds=(drawing(points=11.0),)), "points of a stroke"),
        (report(bytes_long=60.0), "bytes of a stroke"),
        (report(joined=joining(answer=51.0)), "joining a board"),
        (report(joined=joining(first=51.0)), "joining a board"),
        (report(cold=(40.0, 51.0, 52.0)), "joining it as the first after a restart"),
        (report(joined=joining(sent=2_000_000)), "its bytes"),
        (report(replayed=hour(memory=170_000_000)), "memory over an hour"),
        (report(replayed=hour(p99=30.0)), "latency over that hour"),
        (report(rounds=(drawing(lost=1),)), "finished strokes lost"),
        (report(rounds=(drawing(points_lost=11),)), "messages with points"),
    ],
)
def test_missed(found: result.Report, missed: str) -> None:
    """Each target alone."""
    (name,) = [mark.name for mark in result.judge(found) if not mark.is_met]
    assert name.startswith(missed)


def test_json_is_one_line() -> None:
    text = report().as_json(result.judge(report()))
    assert "\n" not in text
    read = msgspec.json.decode(text)
    assert read["joining"]["elements"] == 5_000
    assert len(read["drawing"]) == 3
    assert all(mark["is_met"] for mark in read["targets"])


def test_remarks() -> None:
    """A generator that was late itself is said."""
    late = report(rounds=(drawing(lateness=9.0),))
    assert "up to 9.0 ms late" in result.remarks(late)[0]
    assert result.remarks(report()) == []
