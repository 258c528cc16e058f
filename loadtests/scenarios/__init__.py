"""The scenarios, each a module of its own behind one interface (`loadtests.scenarios.scenario`)."""

from loadtests.scenarios.board import Board
from loadtests.scenarios.idle import Idle
from loadtests.scenarios.lecture import Lecture
from loadtests.scenarios.lesson import Lesson
from loadtests.scenarios.reconnect import Reconnect
from loadtests.scenarios.scenario import Scenario
from loadtests.scenarios.slow import Slow

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario for scenario in (Lesson(), Lecture(), Board(), Reconnect(), Slow(), Idle())
}
"""All of them by name."""
