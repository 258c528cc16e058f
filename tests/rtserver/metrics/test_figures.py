"""What is counted: histograms, commands with a bounded set of names, and who came back."""

import pytest

from rooms.errors import ErrorCode, Refused
from rtserver.metrics.figures import COMMAND_NAMES, DONE, UNKNOWN, Figures, Histogram, Joined
from rtserver.wire import WireCommand


def test_a_value_at_a_bound_belongs_below_it() -> None:
    """As Prometheus's `le` says; what is above every bound is counted, too."""
    histogram = Histogram((0.1, 1.0))
    for seconds in (0.05, 0.1, 0.5, 1.0, 7.0):
        histogram.observe(seconds)
    assert histogram.counts == [2, 2, 1]
    assert histogram.total == pytest.approx(8.65)


@pytest.mark.parametrize("name", ["append", "fanout", "loop_lag"])
def test_bounds_ascend(name: str) -> None:
    """And each is there once."""
    bounds = getattr(Figures(), name).bounds
    assert list(bounds) == sorted(set(bounds))


def test_known_commands_begin_at_nought() -> None:
    """A rate over a counter that appears with 1 would miss the first."""
    assert Figures().commands == {(str(kind.__struct_config__.tag), DONE): 0 for kind in WireCommand.__args__}


def test_commands_are_counted_by_result() -> None:
    """Carried out, or the error's code."""
    figures = Figures()
    figures.answered("chat.post", object())
    figures.answered("chat.post", Refused(ErrorCode.UNAVAILABLE))
    figures.answered("chat.post", Refused(ErrorCode.UNAVAILABLE))
    assert figures.commands["chat.post", DONE] == 1
    assert figures.commands["chat.post", "unavailable"] == 2


def test_names_that_clients_make_up_are_one() -> None:
    """However many there are, the metrics do not grow."""
    figures = Figures()
    for number in range(1000):
        figures.answered(f"made.up.{number}", Refused(ErrorCode.UNKNOWN_COMMAND))
    assert figures.commands[UNKNOWN, "unknown_command"] == 1000
    assert len(figures.commands) == len(COMMAND_NAMES) + 1


def test_who_comes_back() -> None:
    """By events or by a snapshot; who comes for the first time is neither."""
    figures = Figures()
    figures.joined(Joined.ROOM, from_position=False, by_events=False)
    figures.joined(Joined.ROOM, from_position=True, by_events=True)
    figures.joined(Joined.BOARD, from_position=True, by_events=False)
    assert figures.resumes == {"project": 0, "room": 1, "board": 0}
    assert figures.resyncs == {"project": 0, "room": 0, "board": 1}
