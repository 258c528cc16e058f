"""What is to be run, from the peaks."""

import pytest
from msgspec import structs

from loadtests.scale import units
from loadtests.scale.day import Day, simulate
from loadtests.scale.plan import Plan
from loadtests.scale.sizing import MACHINES_LEAST, PROCESSES_LEAST, size


@pytest.fixture(scope="module")
def europe() -> Day:
    return simulate(Plan())


def test_one_machine_may_be_lost(europe: Day) -> None:
    """What is left carries the peak within the share of its cores that may be used, and not a machine too many."""
    sizing, plan = size(europe), europe.plan
    needed = sizing.cores.hub + sizing.cores.media
    assert needed <= (sizing.machines - 1) * plan.cores * plan.use
    assert needed > (sizing.machines - 2) * plan.cores * plan.use
    assert sizing.processes >= sizing.cores.hub / plan.use
    assert sizing.media_workers >= sizing.cores.media / plan.use


def test_cores_by_hand(europe: Day) -> None:
    """Deliveries times what one costs."""
    wanted = europe.peaks["deliveries"].value * units.DELIVERY.value / 1e6
    assert size(europe).cores.deliveries == pytest.approx(wanted)


def test_the_fullest_part_comes_first(europe: Day) -> None:
    """So the first line says what breaks first."""
    limits = size(europe).limits
    assert [limit.used for limit in limits] == sorted((limit.used for limit in limits), reverse=True)
    assert all(limit.grows == pytest.approx(1 / limit.used) for limit in limits)


def test_what_cannot_be_spread_does_not_grow_with_projects() -> None:
    """The largest call is the largest call, in one school as in Europe."""
    small, large = (size(simulate(Plan(projects=number))).limits for number in (500, 5_000))
    call = "the largest call there may be"
    assert {one.used for one in small if one.part == call} == {one.used for one in large if one.part == call}


def test_a_school_has_two_of_each() -> None:
    """However little it needs: one may be away."""
    sizing = size(simulate(Plan(projects=10, country="PL", cores=4)))
    assert (sizing.processes, sizing.machines) == (PROCESSES_LEAST, MACHINES_LEAST)
    assert sizing.database_cores == sizing.balancer_cores == 1


def test_more_room_more_machines(europe: Day) -> None:
    """A third of each core instead of two thirds takes about twice as many."""
    tight, roomy = (size(structs.replace(europe, plan=Plan(use=use))).machines - 1 for use in (2 / 3, 1 / 3))
    assert roomy == pytest.approx(2 * tight, abs=1)
