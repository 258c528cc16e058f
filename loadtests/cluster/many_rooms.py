"""What very many rooms cost one process: memory, processor time and tasks, at a quarter, a half and all of them."""

import tempfile
from pathlib import Path

from msgspec import Struct

from loadtests.cluster.deployment import NO_LIMITS, Deployment, Usage, deployed
from loadtests.cluster.plan import IDLE_PEOPLE, SHARES, Plan
from loadtests.cluster.watching import StageWatcher, figures_of
from loadtests.generator import target as targets
from loadtests.generator.conductor import Conductor
from loadtests.measure import Say
from loadtests.results.model import Figures
from loadtests.scenarios.lesson import CHAT, CURSOR, STROKE, TYPING
from loadtests.scenarios.scenario import MEASURED, WARM_UP, Stage

LESSON = (CHAT, TYPING, CURSOR, STROKE)

AFTER = "after"

AFTER_SECONDS = 1.0

SETTLE_SECONDS = 3.0
"""After people have come in: what they have left behind is freed, and presence is told."""

FIRST_SHARE = 0.01
"""Of all rooms, before the first step: what a process loads and allocates once is not a room's."""

LEAST_IDLE = 8
"""Rooms at the last step, so that there are more at each step than at the one before."""

TASKS = "rtserver_tasks"
CONNECTIONS = "rtserver_connections"


class Step(Struct, frozen=True):
    """So many rooms. `memory`: bytes of the process while nobody says anything; `idle`: of a core, then; `busy`: while
    there are lessons in the active ones. `tasks`: of its event loop, before the lessons."""

    idle_rooms: int
    active_rooms: int
    connections: int
    memory: int
    tasks: int
    idle: Usage
    busy: Usage
    figures: Figures


class ManyRooms(Struct, frozen=True):
    """All steps, the first of them with hardly any rooms: the base."""

    steps: tuple[Step, ...]


class _Meter:
    """Usage while a stage is played."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._marks: dict[str, Usage] = {}

    def stage(self, name: str) -> None:
        self._marks[name] = self._deployment.usage()

    def of(self, begin: str, end: str) -> Usage:
        return self._marks[end] - self._marks[begin]


def measure(plan: Plan, say: Say) -> ManyRooms:
    """All steps. Raises `Problem`."""
    with tempfile.TemporaryDirectory() as folder, deployed(Path(folder), servers=1, settings=NO_LIMITS) as deployment:
        target = targets.find(deployment.nodes[0].server.url)
        meter = _Meter(deployment)
        idle = Conductor(target, deployment.key, 1, StageWatcher(lambda _: None))
        active = Conductor(target, deployment.key, 1, StageWatcher(meter.stage))
        try:
            steps = []
            for idle_rooms, active_rooms in _planned(plan):
                idle.open_rooms(idle_rooms, IDLE_PEOPLE)
                active.open_rooms(active_rooms, plan.active_people)
                steps.append(_step(deployment, meter, idle, active, plan))
                found = steps[-1]
                say(
                    f"{idle_rooms} idle rooms and {active_rooms} active ones: {found.memory / 1e6:.1f} MB, "
                    f"{found.idle.nodes[0]:.1%} of a core idle and {found.busy.nodes[0]:.1%} busy, {found.tasks} tasks"
                )
            return ManyRooms(tuple(steps))
        finally:
            active.close()
            idle.close()


def _planned(plan: Plan) -> list[tuple[int, int]]:
    return [(max(1, round(plan.idle * share)), max(1, round(plan.active * share))) for share in (FIRST_SHARE, *SHARES)]


def _step(deployment: Deployment, meter: _Meter, idle: Conductor, active: Conductor, plan: Plan) -> Step:
    rooms = len(active.rooms)
    active.run(_stages(SETTLE_SECONDS, plan), (), rooms, slow=0)
    idling = meter.of(MEASURED, AFTER).each_second(plan.rooms_seconds)
    memory, tasks = deployment.resident_bytes(), round(deployment.metric(TASKS))
    lessons = active.run(_stages(plan.warm_up, plan), LESSON, rooms, slow=0)
    return Step(
        idle_rooms=len(idle.rooms),
        active_rooms=rooms,
        connections=round(deployment.metric(CONNECTIONS)),
        memory=memory,
        tasks=tasks,
        idle=idling,
        busy=meter.of(MEASURED, AFTER).each_second(plan.rooms_seconds),
        figures=figures_of(active, lessons),
    )


def _stages(warm_up: float, plan: Plan) -> tuple[Stage, ...]:
    return (
        Stage(WARM_UP, warm_up),
        Stage(MEASURED, plan.rooms_seconds, is_judged=True),
        Stage(AFTER, AFTER_SECONDS),
    )
