"""A whole deployment on this machine: its lines can be cut, and nothing is left of it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.problem import Problem
from loadtests.topology import guard
from loadtests.topology.postgres import Postgres
from loadtests.topology.topology import Topology

LONG = 20.0
"""Seconds in which the balancer has to see what has become of a node, on a busy machine."""

SETTINGS = {"media": False, "database_timeout": 1}


def running() -> set[int]:
    """Our processes, without the guard, which lives as long as we do."""
    found = set()
    for pid in guard.descendants(os.getpid()):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:  # it has ended meanwhile
            continue
        if command and guard.__file__.encode() not in command:
            found.add(pid)
    return found


@pytest.fixture
def before(postgres: Postgres) -> Iterator[set[int]]:
    """What ran before the test; nothing else may run after it."""
    before = running()
    yield before
    assert running() <= before


def test_a_node_is_cut_off(tmp_path: Path, postgres: Postgres, before: set[int]) -> None:
    """From the database only, and only that node: the balancer leaves it out until its line is good again."""
    with Topology(tmp_path, relays=True, settings=SETTINGS, postgres=postgres) as topology:
        one, other = topology.nodes
        assert one.to_postgres is not None
        assert other.to_postgres is not None
        assert one.to_postgres.counters().to_client > 0
        one.to_postgres.refuse()
        one.to_postgres.cut()
        topology.balancer.wait_for_nodes([other.name], LONG)
        assert other.to_postgres.counters().cuts == 0
        one.to_postgres.restore()
        topology.balancer.wait_for_nodes([one.name, other.name], LONG)
        assert running() > before


def test_nothing_is_left_of_one_that_does_not_start(tmp_path: Path, postgres: Postgres, before: set[int]) -> None:
    """Not even what had started before its last part failed; the sentence of that part says why."""
    topology = Topology(tmp_path, settings={**SETTINGS, "log_level": "nonsense"}, postgres=postgres)
    with pytest.raises(Problem, match="log_level"):
        topology.start()
    assert running() <= before
    with pytest.raises(Problem, match="was not started"):
        _ = topology.url
