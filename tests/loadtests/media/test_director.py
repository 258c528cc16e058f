"""The course of a measurement, where it does not come to its end."""

import pytest

from loadtests.media import director
from loadtests.media.engine import Load, Seat
from loadtests.media.stage import Cpu
from loadtests.media.transport import Transport
from loadtests.problem import Problem


class Silent:
    """An engine that never answers."""

    name = "silent"
    is_numbered = True
    version = ""

    def __init__(self) -> None:
        self.is_stopped = False
        self.published: list[Seat] = []

    def start(self, load: Load) -> None: ...

    def publish(self, seat: Seat, transport: Transport, ssrcs: tuple[int, int], now: float) -> None:
        assert len(set(ssrcs)) == 2
        self.published.append(seat)

    def subscribe(self, seat: Seat, transport: Transport, now: float) -> None:
        raise AssertionError("nobody publishes yet")

    def streams_each(self, load: Load) -> tuple[int, int]:
        return load.publishers, load.publishers

    def tick(self, now: float) -> None: ...

    def cpu(self) -> Cpu:
        return {}

    def stop(self) -> None:
        self.is_stopped = True


def test_a_server_that_does_not_answer_is_a_problem_and_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(director, "CONNECT_DEADLINE", 0.05)
    engine = Silent()
    with pytest.raises(Problem, match="3 of 3 media sessions did not connect"):
        director.measure(engine, Load(3, 1), 0.1, 0.1, lambda text: None)
    assert engine.is_stopped
    assert engine.published == [Seat(0, 0), Seat(0, 1), Seat(0, 2)]
