"""Restarts in a thread of their own, and what is made of what the generator saw."""

from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import structs

from loadtests.cluster import rolling
from loadtests.cluster.deployment import Usage
from loadtests.cluster.plan import DRAIN_NOTICE, DRAIN_SPREAD, Plan
from loadtests.generator.observation import Observation
from loadtests.problem import Problem
from tests.loadtests.results_examples import figures

QUIET = rolling.Quiet(1_000, Usage((0.01, 0.02), 0.0, 0.0, 0.1, 0.008))


class Servers:
    """Two nodes and a balancer; takes down in which order what is done with them."""

    def __init__(self, problem: str | None = None) -> None:
        self.done: list[str] = []
        self.nodes = [self._node(name, problem) for name in ("node1", "node2")]
        self.balancer = SimpleNamespace(wait_for_nodes=lambda names: self.done.append(f"balancer has {names}"))
        self.topology = self

    def node(self, name: str) -> Any:
        return next(node for node in self.nodes if node.name == name)

    def _node(self, name: str, problem: str | None) -> Any:
        def start() -> None:
            if problem is not None:
                raise Problem(problem)
            self.done.append(f"{name} starts")

        def stop() -> int:
            self.done.append(f"{name} stops")
            return 0

        return SimpleNamespace(name=name, server=SimpleNamespace(stop=stop, start=start))


def rolled(servers: Servers) -> rolling.Roller:
    roller = rolling.Roller(servers)  # type: ignore[arg-type]
    roller.start()
    roller.join()
    return roller


def observed() -> Observation:
    observation = Observation(start=0, processes=1)
    observation.absences = {20_000: 98, 50_000: 1, 3_200_000: 1}
    observation.moves = 99
    return observation


def test_one_after_the_other() -> None:
    """The second goes when the balancer has the first again."""
    servers = Servers()
    restarted = rolled(servers).restarted
    both = "balancer has ['node1', 'node2']"
    assert servers.done == ["node1 stops", "node1 starts", both, "node2 stops", "node2 starts", both]
    assert [one.name for one in restarted] == ["node1", "node2"]
    assert all(one.exit_code == 0 and 0 <= one.ended_s <= one.back_s for one in restarted)


def test_how_long_people_were_away() -> None:
    found = rolling.summed_up(60, rolled(Servers()), observed(), figures(), QUIET)
    assert (found.absences, found.moved) == (100, 99)
    assert (found.away_p50_s, found.away_p99_s, found.away_max_s) == (0.02, 0.05, 3.2)
    assert len(found.restarted) == 2


def test_what_a_delivery_costs_before_the_restarts() -> None:
    """Only those of that stage, of every kind together; without any there is no figure."""
    assert (QUIET.balancer_us, QUIET.nodes_us) == pytest.approx((8.0, 30.0))
    assert rolling.Quiet(0, QUIET.usage).balancer_us == 0.0
    found = figures()
    of_stage = [structs.replace(one, stage=rolling.BEFORE) for one in found.latencies]
    assert len(of_stage) > 1
    both = structs.replace(found, latencies=(*found.latencies, *of_stage))
    assert rolling.deliveries_before(both) == of_stage[0].count
    assert rolling.deliveries_before(found) == 0


def test_a_node_that_does_not_start_ends_it() -> None:
    with pytest.raises(Problem, match="the disk is full"):
        rolling.summed_up(60, rolled(Servers("the disk is full")), observed(), figures(), QUIET)


def test_a_restart_that_nobody_noticed_is_none() -> None:
    with pytest.raises(Problem, match="Nobody lost a connection"):
        rolling.summed_up(60, rolled(Servers()), Observation(start=0, processes=1), figures(), QUIET)


def test_there_is_time_for_every_node() -> None:
    by_name = {stage.name: stage.seconds for stage in rolling.stages(Plan(), nodes=3)}
    assert by_name[rolling.ROLLING] == 3 * rolling.NODE_SECONDS
    assert rolling.NODE_SECONDS > DRAIN_NOTICE + DRAIN_SPREAD
