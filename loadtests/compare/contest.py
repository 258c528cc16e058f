"""The rounds: every server in every round, so that a slow minute of the machine does not hit one of them alone."""

import select
from collections.abc import Callable, Sequence
from time import monotonic
from typing import NamedTuple

from loadtests.compare.contestants import Contestant, Layout
from loadtests.compare.crowd import Crowd, Room
from loadtests.compare.doors import Door, Entrant
from loadtests.compare.generator import Generator, Run
from loadtests.compare.plan import LESSONS, OURS, Plan, Scenario
from loadtests.compare.result import Entered, Round
from loadtests.frames import BrokenStream
from loadtests.machine import without_garbage_collection
from loadtests.problem import Problem
from loadtests.server import Server

IDLE_DEADLINE = 10.0
"""Seconds for a server to have nothing more to do when everybody has left, or has come in."""

WARM_UP_MEMBERS = 60
"""Members who come in before the others are measured: what a server loads and allocates once is nobody's cost."""


class Entry(NamedTuple):
    """A crowd that has come in; where that was measured, how many a second, and the bytes that each takes up."""

    crowd: Crowd
    per_second: float = 0
    bytes_each: float = 0


Say = Callable[[str], None]
"""Tells the reader something."""


class Contest:
    """All contestants, round by round. What keeps one of them from going on is kept in `skipped`."""

    def __init__(self, contestants: Sequence[Contestant], plan: Plan, say: Say, measured: Say) -> None:
        """`measured`: told of each measurement when it was taken."""
        self._measured = measured
        self._epoll = select.epoll()
        self._contestants = list(contestants)
        self._plan = plan
        self._say = say
        self.rounds: dict[str, list[Round]] = {contestant.name: [] for contestant in contestants}
        self.skipped: dict[str, str] = {}

    @property
    def measurements(self) -> int:
        """How many lines there will be in all, if nobody is left out."""
        plan = self._plan
        return plan.rounds * sum(
            contestant.name not in scenario.left_out
            for contestant in self._contestants
            for layout in plan.layouts
            for scenario in plan.loads(layout)
        )

    def prepare(self) -> None:
        """Have everything there that servers are started from. Raises `Problem` when ours is not."""
        for contestant in list(self._contestants):
            self._say(f"preparing {contestant.name}")
            try:
                contestant.prepare()
            except Problem as problem:
                self._leave_out(contestant, problem)

    def close(self) -> None:
        """Nothing more will be measured."""
        self._epoll.close()

    def run(self) -> None:
        """All rounds. Raises `Problem` when our server cannot be measured; others are left out from there on."""
        if not self._plan.layouts:
            return
        for number in range(1, self._plan.rounds + 1):
            for contestant in list(self._contestants):
                try:
                    self.rounds[contestant.name].append(self._round(contestant, number))
                except Problem as problem:
                    self._leave_out(contestant, problem)
                except BrokenStream as broken:
                    self._leave_out(contestant, Problem(f"It sent what no server should ({broken}): see its log."))

    def _leave_out(self, contestant: Contestant, problem: Problem) -> None:
        if contestant.name == OURS:
            raise problem
        self._say(f"{contestant.name} is left out: {problem}")
        self.skipped[contestant.name] = str(problem)
        self._contestants.remove(contestant)

    def _round(self, contestant: Contestant, number: int) -> Round:
        """A fresh process, and in it one crowd after the other."""
        runs: dict[str, Run] = {}
        entered: Entered | None = None
        has_entrance = self._plan.has_entrance and contestant.is_entrance_measured
        otherwise = _enter_otherwise(contestant, LESSONS) if has_entrance else 0.0
        server = contestant.start()
        try:
            for layout in self._plan.layouts:
                scenarios = [one for one in self._plan.loads(layout) if contestant.name not in one.left_out]
                is_entrance = layout == LESSONS and has_entrance
                if not scenarios and not is_entrance:
                    continue
                entry = self._enter(contestant, server, layout, is_measured=is_entrance)
                try:
                    for scenario in scenarios:
                        runs[scenario.name] = self._scenario(contestant, scenario, entry.crowd, server, number)
                finally:
                    entry.crowd.close()
                wait_until_idle(server)
                if is_entrance:
                    entered = Entered(entry.per_second, entry.bytes_each, otherwise)
        finally:
            server.stop()
        return Round(runs=runs, entered=entered)

    def _enter(self, contestant: Contestant, server: Server, layout: Layout, is_measured: bool) -> Entry:
        """Everybody comes in."""
        passes = contestant.passes(layout)
        if not is_measured:
            return Entry(Crowd.of(Door(server.address).bring(passes)[0]))
        everybody, _ = Door(server.address).bring(passes[:WARM_UP_MEMBERS])
        try:
            self._settle(everybody, server)
            before = server.resident_bytes()
            entrants, seconds = Door(server.address).bring(passes[WARM_UP_MEMBERS:])
            everybody = [*everybody, *entrants]
            self._settle(everybody, server)
            bytes_each = (server.resident_bytes() - before) / len(entrants)
        except BaseException:
            Door.send_away(everybody)
            raise
        return Entry(Crowd.of(everybody), len(entrants) / seconds, bytes_each)

    def _settle(self, entrants: Sequence[Entrant], server: Server) -> None:
        """Wait until the server has told everybody who else is there."""
        generator = Generator(_rooms(Crowd.of(entrants), senders=1, witnesses=1), server, self._epoll)
        try:
            generator.settle()
        finally:
            generator.close()

    def _scenario(self, contestant: Contestant, scenario: Scenario, crowd: Crowd, server: Server, number: int) -> Run:
        plan = self._plan
        generator = Generator(
            _rooms(crowd, scenario.senders, scenario.witnesses, contestant.echoes), server, self._epoll
        )
        try:
            with without_garbage_collection():
                generator.settle()
                if scenario.rate:
                    run = generator.open_loop(scenario.rate, plan.warm_up, plan.fixed_duration, seed=number)
                else:
                    run = generator.closed_loop(plan.outstanding or scenario.outstanding, plan.warm_up, plan.duration)
        finally:
            generator.close()
        self._measured(
            f"round {number} of {plan.rounds}, {scenario.name}, {contestant.name}: "
            f"{run.dps / 1000:.1f} k deliveries/s, p99 {run.latency.p99:.1f} ms"
        )
        return run


def _rooms(crowd: Crowd, senders: int, witnesses: int, echoes: bool = False) -> list[Room]:
    return [Room(entrants, senders, witnesses, echoes) for entrants in crowd.rooms.values()]


def _enter_otherwise(contestant: Contestant, layout: Layout) -> float:
    """As many come in the other way, to a process that is as fresh; how many a second."""
    passes = contestant.first_passes(layout)
    server = contestant.start()
    try:
        early, _ = Door(server.address).bring(passes[:WARM_UP_MEMBERS])
        wait_until_idle(server)
        entrants, seconds = Door(server.address).bring(passes[WARM_UP_MEMBERS:])
        Door.send_away([*early, *entrants])
    finally:
        server.stop()
    return len(entrants) / seconds


def wait_until_idle(server: Server) -> None:
    """Let a server clear up; one that goes on for long is measured as it is."""
    end = monotonic() + IDLE_DEADLINE
    while not server.is_idle() and monotonic() < end:
        pass
