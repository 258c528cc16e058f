"""The generator against the least that fans out: it finds what is wrong, and nothing where nothing is."""

from contextlib import closing
from pathlib import Path

import pytest

from loadtests.compare import doors, generator
from loadtests.compare.contestants import Place, relay
from loadtests.ledger import Violations
from loadtests.problem import Problem
from tests.loadtests.compare.support import SMALL, broken_relay, closed_loop, driving, rooms_of

pytestmark = pytest.mark.wire


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is late on a busy machine is not lost; and who is whom is the same on both sides."""
    monkeypatch.setattr(doors, "IN_FLIGHT_MAX", 1)
    monkeypatch.setattr(generator, "LOST_AFTER", 6.0)


@pytest.mark.parametrize("senders", [1, 3])
def test_nothing_is_wrong(tmp_path: Path, senders: int) -> None:
    run = closed_loop(broken_relay("none", tmp_path), senders=senders, witnesses=1)
    assert run.violations == Violations()
    assert run.unfinished == 0
    assert run.deliveries > 0
    assert run.latency.count > 0
    assert run.latency.p50 <= run.latency.p99


@pytest.mark.parametrize(
    ("fault", "found"),
    [("lost", Violations(lost=2)), ("twice", Violations(twice=2)), ("swapped", Violations(disorder=2))],
)
def test_what_is_wrong_is_found(tmp_path: Path, fault: str, found: Violations) -> None:
    """Once in each of the two rooms."""
    assert closed_loop(broken_relay(fault, tmp_path)).violations == found


def test_an_open_loop_sends_what_is_due(tmp_path: Path) -> None:
    """Two hundred messages a second into rooms of five are eight hundred deliveries."""
    reference = broken_relay("none", tmp_path)
    server = reference.start()
    try:
        crowd, rooms = rooms_of(reference, server, senders=2, witnesses=1)
        with closing(crowd), driving(rooms, server) as driver:
            run = driver.open_loop(rate=800, warm_up=0.1, duration=0.4, seed=1)
    finally:
        server.stop()
    assert sum(sum(room.sent) for room in rooms) == 100
    assert run.deliveries == 80 * (SMALL.size - 1)
    assert run.violations == Violations()
    assert run.lateness is not None
    assert run.lateness.count == 80


def test_a_server_that_hangs_up(tmp_path: Path) -> None:
    reference = relay(Place(tmp_path, 0, None))
    reference.prepare()
    server = reference.start()
    crowd, rooms = rooms_of(reference, server)
    with closing(crowd), driving(rooms, server) as driver:
        server.stop()
        with pytest.raises(Problem, match=r"hung up on a member|lost the connection"):
            driver.settle()
