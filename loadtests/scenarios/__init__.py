"""The scenarios, each a module of its own behind one interface (`loadtests.scenarios.scenario`)."""

from loadtests.scenarios.idle import Idle
from loadtests.scenarios.lecture import Lecture
from loadtests.scenarios.lesson import Lesson
from loadtests.scenarios.reconnect import Reconnect
from loadtests.scenarios.scenario import Scenario
from loadtests.scenarios.slow import Slow
from loadtests.scenarios.storm import Storm

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario for scenario in (Lesson(), Lecture(), Storm(), Reconnect(), Slow(), Idle())
}
"""All of them by name."""
