"""Whether a rate was kept, and what is at its end when it was not."""

import pytest
from msgspec import structs

from loadtests.cluster.throughput import ThroughputRound
from loadtests.compare.generator import Share
from tests.loadtests.cluster.examples import attempt, usage


def test_kept_is_all_of_it_in_time() -> None:
    assert attempt(arrived=0.99).is_kept
    assert not attempt(arrived=0.97).is_kept
    assert not attempt(lost=1).is_kept
    assert not attempt(disorder=1).is_kept
    late = attempt()
    assert not structs.replace(late, run=structs.replace(late.run, unfinished=1)).is_kept


def test_the_best_is_the_last_that_was_tried() -> None:
    found = ThroughputRound((attempt(40_000, arrived=0.8), attempt(30_000)), attempt(30_000))
    assert found.best.rate == 30_000


def test_the_bound() -> None:
    """Who used a core, or would have; if nobody did, the machine has too few of them."""
    found = attempt()
    assert found.bound == ""
    assert structs.replace(found, usage=usage(0.95, 0.4)).bound == "node1 (95% of a core)"
    assert structs.replace(found, usage=usage(0.4, 0.4, redis=0.92)).bound == "Redis (92% of a core)"
    assert attempt(generator=Share(0.6, 0.4)).bound.startswith("the generator")
    waiting = structs.replace(found, run=structs.replace(found.run, server=Share(0.6, 0.5)))
    assert waiting.bound == "the machine's cores: the nodes waited for one 0.50 s each second"


def test_what_two_cost_over_one() -> None:
    """Of both nodes, a delivery; the second one's idle use is in both figures."""
    both = structs.replace(attempt(40_000), usage=usage(0.2, 0.24))
    alone = structs.replace(attempt(40_000), usage=usage(0.32, 0.01))
    found = ThroughputRound((both,), alone)
    assert found.best.nodes_us == pytest.approx(11.0)
    assert found.over_one_us == pytest.approx(11.0 - 8.25)
