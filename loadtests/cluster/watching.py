"""What measurements with generator processes have in common: nothing is shown, and stages are told of."""

from collections.abc import Callable

from msgspec import structs

from loadtests.generator.conductor import Conductor
from loadtests.generator.observation import Observation
from loadtests.results import summary
from loadtests.results.model import Figures


class StageWatcher:
    """The `Watcher` of a conductor."""

    def __init__(self, on_stage: Callable[[str], None]) -> None:
        """`on_stage`: told the name of each stage, half a second before it begins."""
        self._on_stage = on_stage

    def preparing(self, what: str, done: int, total: int) -> None:
        """That is not shown."""

    def stage(self, name: str, seconds: float) -> None:
        """The next one is about to begin."""
        self._on_stage(name)

    def please_restart(self) -> None:
        """Nobody is asked to: see `rolling`."""

    def look(self, observation: Observation) -> None:
        """That is not shown."""


def figures_of(conductor: Conductor, observation: Observation) -> Figures:
    """What was measured in one run, without what only a plot would need."""
    found = summary.figures(observation, conductor.rooms, conductor.people, conductor.entrance_seconds)
    latencies = tuple(structs.replace(one, percentiles=()) for one in found.latencies)
    return structs.replace(found, latencies=latencies, timeline=())
