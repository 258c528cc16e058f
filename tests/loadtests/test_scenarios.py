"""Every scenario is complete, says why its rates are what they are, and runs on a server as shipped."""

import pytest

from loadtests.generator.activity import messages_a_second
from loadtests.options import SIZE_MAX
from loadtests.scenarios import SCENARIOS
from loadtests.scenarios.scenario import Happening, Wish
from rooms.messages import SIGNAL_CHARACTERS_MAX
from rtserver.config import Settings

WISH = Wish(duration=30, warm_up=3, slow=3, by_operator=False)
SHIPPED = Settings()


@pytest.mark.parametrize("name", SCENARIOS)
def test_complete(name: str) -> None:
    scenario = SCENARIOS[name]
    assert scenario.name == name
    assert scenario.summary.endswith(".")
    assert 2 <= scenario.size <= SIZE_MAX
    assert scenario.rooms >= 1
    stages = scenario.stages(WISH)
    assert len({stage.name for stage in stages}) == len(stages)
    assert sum(stage.seconds for stage in stages) >= WISH.duration


@pytest.mark.parametrize("name", SCENARIOS)
def test_activities_have_reasons_and_keep_to_the_protocol(name: str) -> None:
    for activity in SCENARIOS[name].activities(60, speakers=1):
        assert len(activity.reason) > 30
        assert activity.characters <= SIGNAL_CHARACTERS_MAX
        assert activity.spacing * (activity.burst - 1) < activity.every


@pytest.mark.parametrize("name", ["lesson", "lecture", "storm", "reconnect", "slow"])
def test_nobody_exceeds_what_the_server_allows_as_shipped(name: str) -> None:
    """In the long run; the bursts fit into the bucket, which one process plays in test_run_wire."""
    scenario = SCENARIOS[name]
    activities = scenario.activities(scenario.size, speakers=1)
    signals = sum(activity.per_person for activity in activities if not activity.topic.is_durable)
    assert signals < SHIPPED.signals_rate
    assert all(activity.burst <= SHIPPED.signals_burst for activity in activities)


def test_a_lesson_at_human_rates() -> None:
    rate = messages_a_second(SCENARIOS["lesson"].activities(60, 1), 60)
    assert rate == pytest.approx(60 * (1 / 40 + 7 / 40 + 40 / 20 + 24 / 15))


def test_a_lecture_does_not_grow_with_its_audience() -> None:
    lecture = SCENARIOS["lecture"]
    assert messages_a_second(lecture.activities(1000, 1), 1000) == pytest.approx(
        messages_a_second(lecture.activities(100, 1), 100)
    )


def test_the_operator_may_restart_the_server_instead() -> None:
    def happening(by_operator: bool) -> list[Happening]:
        wish = Wish(duration=30, warm_up=3, slow=3, by_operator=by_operator)
        return [stage.happening for stage in SCENARIOS["reconnect"].stages(wish)]

    assert Happening.DROP in happening(by_operator=False)
    assert Happening.RESTART in happening(by_operator=True)
