"""What changed between two scrapes: rates, quantiles, restarts, states, and several nodes together."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtserver.metrics.exposition import BrokerState, MediaState
from rtserver.metrics.figures import Figures
from rtserver.top.figures import Distribution, measure, state_of, together
from tests.rtserver.top.nodes import busy, node

INFINITE = float("inf")


def test_rates_and_counts() -> None:
    """Of the two seconds between them."""
    found = measure("n1", node(Figures(), 10.0), node(busy(), 12.0))
    assert (found.name, found.state, found.seconds) == ("n1", "up", 2.0)
    assert found.commands == pytest.approx(91 / 2)
    assert found.errors == {"invalid": 0.5, "too_many_requests": 5.0}
    assert found.error_rate == pytest.approx(5.5)
    assert (found.frames, found.dropped) == (2_000, 10)
    assert (found.slow_closes, found.resumes, found.resyncs) == (2, 5, 3)
    assert (found.gauges["connections"], found.polling, found.calls) == (4, 1, 1)
    assert found.broker_lag == 0.002
    middle, high = found.quantile("append", 0.5), found.quantile("append", 0.995)
    assert middle == pytest.approx(0.0015, abs=0.0005)
    assert high is not None
    assert 0.25 < high <= 0.5


def test_quiet() -> None:
    """Nothing happened: no rate, no quantile."""
    figures = busy()
    found = measure("n1", node(figures, 10.0), node(figures, 12.0))
    assert (found.commands, found.errors, found.slow_closes) == (0, {}, 0)
    assert found.quantile("append", 0.5) is None


def test_a_restart() -> None:
    """Counters that fell began anew: what they say is what has happened since."""
    found = measure("n1", node(busy(), 10.0), node(Figures(), 12.0))
    assert (found.commands, found.frames, found.slow_closes) == (0, 0, 0)
    later = Figures()
    later.frames = 100
    assert measure("n1", node(busy(), 10.0), node(later, 12.0)).frames == 50


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({}, "up"),
        ({"broker": None, "media": None}, "up"),
        ({"is_draining": True}, "draining"),
        ({"broker": BrokerState(False, 0.0, 0)}, "no broker"),
        ({"media": MediaState(2, ())}, "media down"),
        ({"is_database_up": False, "is_draining": True, "broker": BrokerState(False, 0.0, 0)}, "no database"),
    ],
)
def test_states(changed: dict[str, Any], state: str) -> None:
    """The most important first."""
    assert state_of(node(Figures(), 0.0, **changed)) == state


def test_several_nodes() -> None:
    """Sums; the longest lag; and quantiles over all that was observed."""
    one = measure("n1", node(Figures(), 0.0), node(busy(), 2.0))
    other = measure("n2", node(Figures(), 0.0, broker=None), node(Figures(), 2.0, broker=None))
    both = together([one, other])
    assert (both.name, both.commands, both.errors) == ("all", one.commands, one.errors)
    assert both.gauges["connections"] == 8
    assert both.broker_lag == 0.002
    assert both.quantile("append", 0.5) == one.quantile("append", 0.5)
    assert together([]).broker_lag is None


def test_a_quantile_within_a_bucket() -> None:
    """Is reckoned as if its observations lay evenly in it, as Prometheus does."""
    spread = Distribution((1.0, 2.0, INFINITE), (0.0, 10.0, 0.0))
    assert spread.quantile(0.5) == pytest.approx(1.5)
    assert Distribution((1.0, INFINITE), (0.0, 3.0)).quantile(0.5) == 1.0


@given(st.lists(st.floats(0, 3), min_size=1, max_size=50), st.floats(0.01, 1))
def test_a_quantile_is_within_its_bucket(values: list[float], share: float) -> None:
    """However they are spread: the true one lies in the same bucket."""
    bounds = (0.5, 1.0, 2.0, 4.0, INFINITE)
    counts = tuple(float(sum(low < value <= high for value in values)) for low, high in pairwise((-1.0, *bounds)))
    found = Distribution(bounds, counts).quantile(share)
    rank = share * len(values)
    true = sorted(values)[max(0, -int(-rank // 1) - 1)]
    assert found is not None
    assert next(bound for bound in bounds if true <= bound) == next(bound for bound in bounds if found <= bound + 1e-9)
