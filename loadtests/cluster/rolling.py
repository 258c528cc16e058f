"""Restarts of all nodes, one after the other, while there are lessons: through HAProxy with TLS, as in a deployment."""

import tempfile
import threading
from pathlib import Path
from time import perf_counter

from msgspec import Struct

from loadtests.cluster.deployment import Deployment, Usage, deployed
from loadtests.cluster.plan import DRAIN_NOTICE, DRAIN_SPREAD, Plan
from loadtests.cluster.watching import StageWatcher, figures_of
from loadtests.generator import target as targets
from loadtests.generator.conductor import Conductor
from loadtests.generator.observation import Observation
from loadtests.generator.tally import quantile
from loadtests.measure import Say
from loadtests.problem import Problem
from loadtests.results import summary
from loadtests.results.model import Figures
from loadtests.scenarios.lesson import CHAT, CURSOR, STROKE, TYPING
from loadtests.scenarios.scenario import WARM_UP, Stage

CHAT_FASTER = 10
"""Times as often as people write: that somebody moves while a message of theirs is on its way is else too rare."""

LESSON = (CHAT.faster(CHAT_FASTER), TYPING, CURSOR, STROKE)

BEFORE, ROLLING, AFTER = "before", "rolling", "after"

BEFORE_SECONDS = AFTER_SECONDS = 5.0

NODE_SECONDS = DRAIN_NOTICE + DRAIN_SPREAD + 2.0 + 10.0
"""For one node, from the signal until HAProxy has it again: what it drains, those who stay, and its start."""

RUN_OVER = 30.0
"""Seconds beyond those after which the restarts are given up."""

MICROSECONDS = 1e6


class Restarted(Struct, frozen=True):
    """One node. Seconds from the signal until it had ended, and until HAProxy gave it connections again."""

    name: str
    ended_s: float
    back_s: float
    exit_code: int | None


class Quiet(Struct, frozen=True):
    """Lessons by way of HAProxy before the first restart: so many deliveries, and what they have used."""

    deliveries: int
    usage: Usage

    @property
    def balancer_us(self) -> float:
        """Microseconds of HAProxy's processor time a delivery: TLS ended, and passed on."""
        return self.usage.balancer / self.deliveries * MICROSECONDS if self.deliveries else 0.0

    @property
    def nodes_us(self) -> float:
        """The same of all nodes together."""
        return self.usage.all_nodes / self.deliveries * MICROSECONDS if self.deliveries else 0.0


class RollingRound(Struct, frozen=True):
    """One round. `moved`: times that somebody was asked to come by another connection, and did; `away_*`: seconds from
    the end of a connection until the member was in the room again, of those and of those who were cut."""

    people: int
    restarted: tuple[Restarted, ...]
    moved: int
    absences: int
    away_p50_s: float
    away_p99_s: float
    away_max_s: float
    figures: Figures
    quiet: Quiet


class Roller(threading.Thread):
    """Restarts the nodes while the conductor plays lessons in the main thread."""

    def __init__(self, deployment: Deployment) -> None:
        super().__init__(name="restarts", daemon=True)
        self._deployment = deployment
        self.restarted: list[Restarted] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        """All of them, one after the other."""
        try:
            for node in self._deployment.nodes:
                self.restarted.append(self._restart(node.name))
        except Problem as problem:
            self.error = problem

    def _restart(self, name: str) -> Restarted:
        topology = self._deployment.topology
        server, began = topology.node(name).server, perf_counter()
        code = server.stop()
        ended = perf_counter() - began
        server.start()
        topology.balancer.wait_for_nodes([node.name for node in topology.nodes])
        return Restarted(name, ended, perf_counter() - began, code)


def measure(plan: Plan, say: Say) -> tuple[RollingRound, ...]:
    """All rounds, in one deployment. Raises `Problem`."""
    settings = {"drain_notice": DRAIN_NOTICE, "drain_spread": DRAIN_SPREAD}
    with tempfile.TemporaryDirectory() as folder, deployed(Path(folder), settings=settings) as deployment:
        rounds = []
        for number in range(1, plan.rounds + 1):
            rounds.append(_round(deployment, plan))
            found = rounds[-1]
            say(
                f"restarts, round {number} of {plan.rounds}: {found.absences} members moved, back p99 "
                f"{found.away_p99_s:.2f} s, {found.figures.durable.broken} promises broken, HAProxy "
                f"{found.quiet.balancer_us:.1f} us a delivery"
            )
        return tuple(rounds)


def _round(deployment: Deployment, plan: Plan) -> RollingRound:
    topology = deployment.topology
    target = targets.find(topology.url, str(topology.authority.certificate))
    roller = Roller(deployment)
    marks: dict[str, Usage] = {}

    def on_stage(name: str) -> None:
        if name in (BEFORE, ROLLING):
            marks[name] = deployment.usage()
        if name == ROLLING:
            roller.start()

    conductor = Conductor(target, deployment.key, 1, StageWatcher(on_stage))
    try:
        conductor.open_rooms(plan.restart_rooms, plan.people)
        observation = conductor.run(stages(plan, len(deployment.nodes)), LESSON, plan.restart_rooms, slow=0)
        roller.join(RUN_OVER)
        figures = figures_of(conductor, observation)
        quiet = Quiet(deliveries_before(figures), marks[ROLLING] - marks[BEFORE])
        return summed_up(conductor.people, roller, observation, figures, quiet)
    finally:
        if roller.ident is not None:
            roller.join(RUN_OVER)
        conductor.close()


def stages(plan: Plan, nodes: int) -> tuple[Stage, ...]:
    """In which the lessons are played."""
    return (
        Stage(WARM_UP, plan.warm_up),
        Stage(BEFORE, BEFORE_SECONDS, is_judged=True),
        Stage(ROLLING, nodes * NODE_SECONDS, is_judged=True),
        Stage(AFTER, AFTER_SECONDS, is_judged=True),
    )


def deliveries_before(figures: Figures) -> int:
    """Those before the first restart."""
    return sum(one.count for one in figures.latencies if (one.stage, one.name) == (BEFORE, summary.ALL))


def summed_up(people: int, roller: Roller, observation: Observation, figures: Figures, quiet: Quiet) -> RollingRound:
    """One round. Raises `Problem` when a node did not come back, or nobody was on one that was restarted."""
    if roller.error is not None:
        raise roller.error
    if roller.is_alive():
        raise Problem(f"A node was not back {NODE_SECONDS + RUN_OVER:g} seconds after it was restarted: see its log.")
    absences = observation.absences
    if not absences:
        raise Problem("Nobody lost a connection though every node was restarted: is the balancer past them?")
    return RollingRound(
        people=people,
        restarted=tuple(roller.restarted),
        moved=observation.moves,
        absences=sum(absences.values()),
        away_p50_s=(quantile(absences, 0.5) or 0) / MICROSECONDS,
        away_p99_s=(quantile(absences, 0.99) or 0) / MICROSECONDS,
        away_max_s=max(absences) / MICROSECONDS,
        figures=figures,
        quiet=quiet,
    )
