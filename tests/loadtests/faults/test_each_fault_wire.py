"""Each fault alone, on real processes: nothing acknowledged is lost, nothing comes twice, the order is kept."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from msgspec import structs

from loadtests.faults import sqlite_faults
from loadtests.faults.command import chosen, play
from loadtests.faults.faults import FAULTS
from loadtests.faults.plan import USUAL, Plan
from loadtests.faults.result import Report
from loadtests.faults.stage import Deployed, Embedded, deployed, embedded

pytestmark = [pytest.mark.wire, pytest.mark.timeout(110)]

HOLD = 1.2
"""Seconds that a fault lasts: longer than usual, so that it is seen whether it hurts, and than SQLite waits."""

STUCK = 10.0

SMALL = Plan(seconds=0.1, rooms=2, people=9, hold_min=HOLD, hold_max=HOLD, stuck=STUCK, pause_min=0.0, pause_max=0.1)
"""So few seconds: one fault."""

HURTS = {
    "postgres_killed": HOLD,
    "postgres_read_only": HOLD,
    "postgres_pool_exhausted": HOLD,
    "node_without_postgres": HOLD,
    "node_stuck": STUCK,
    "sqlite_disk_full": HOLD,
    "sqlite_locked": HOLD,
}
"""Seconds that nobody, or nobody on one node, can write: it is seen that the fault was one."""

ENDS_CONNECTIONS = {
    "node_killed_in_burst",
    "balancer_drops_all",
    "balancer_killed",
    "sqlite_server_killed_in_burst",
}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Deployed, str]]:
    with deployed(tmp_path_factory.mktemp("deployment"), SMALL) as running:
        yield running


@pytest.fixture(scope="module")
def one_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Embedded, str]]:
    with embedded(tmp_path_factory.mktemp("server"), SMALL) as running:
        yield running


def check(report: Report, kind: str) -> None:
    (fault,) = report.faults
    assert fault.kind == kind
    assert report.is_kept, report.as_json()
    assert report.kept.acknowledged > 0
    assert fault.hurt_ms is not None
    assert fault.hurt_ms >= (HURTS.get(kind, 0.0) - USUAL) * 1e3
    if kind in ENDS_CONNECTIONS:
        assert report.returns > 0


def thrown(kind: str, faults: Mapping[str, Callable[[Any], None]], running: tuple[Any, str]) -> Report:
    stage, key = running
    stage.plan = structs.replace(SMALL, kinds=(kind,))
    return play(stage, chosen(faults, stage), key, lambda text: None)


@pytest.mark.parametrize("kind", FAULTS)
def test_a_deployment(kind: str, deployment: tuple[Deployed, str]) -> None:
    check(thrown(kind, FAULTS, deployment), kind)


@pytest.mark.parametrize("kind", sqlite_faults.FAULTS)
def test_one_server(kind: str, one_server: tuple[Embedded, str]) -> None:
    check(thrown(kind, sqlite_faults.FAULTS, one_server), kind)
