"""What is asked for becomes crowds and loads; what is not known is said."""

import pytest

from loadtests.compare.command import CONTESTANTS, USUAL
from loadtests.compare.plan import LESSONS, MADE, MANY_ROOMS, NAMES, ONE_ROOM, Plan, choose
from loadtests.problem import Problem


def test_all_of_it() -> None:
    plan = Plan()
    assert plan.layouts == [LESSONS, MANY_ROOMS, ONE_ROOM]
    assert [scenario.name for scenario in plan.loads(MANY_ROOMS)] == ["S1", "S2", "S4"]
    assert [scenario.name for scenario in plan.loads(ONE_ROOM)] == ["S3", "100k"]
    assert all(any(made.holds(layout) for made in MADE) for layout in plan.layouts)


def test_a_part_of_it() -> None:
    assert Plan(scenarios=("S3",)).layouts == [ONE_ROOM]
    assert Plan(scenarios=("S1", "idle")).layouts == [LESSONS, MANY_ROOMS]
    assert Plan(scenarios=("chat",)).layouts == []


def test_names() -> None:
    assert choose(None, CONTESTANTS, USUAL, "server") == USUAL
    assert choose("S2, S1", NAMES, NAMES, "scenario") == ("S1", "S2")
    with pytest.raises(Problem, match=r"There is no server 'nodejs': choose among ours, python-socketio, node-ws"):
        choose("ours,nodejs", CONTESTANTS, USUAL, "server")
