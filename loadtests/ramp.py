"""`python -m loadtests ramp`: the highest load that keeps the targets."""

import argparse
import math
import resource
from typing import Literal, Self

import msgspec
from msgspec import Struct

from loadtests import machine, running, search
from loadtests.generator.activity import messages_a_second
from loadtests.generator.conductor import Conductor
from loadtests.live import Screen
from loadtests.machine import Machine
from loadtests.problem import Problem
from loadtests.results import summary
from loadtests.results.model import Check, Ramp, Result, Step, Verdict
from loadtests.results.summary import BUSY_MAX
from loadtests.results.verdict import judged_latencies
from loadtests.results.words import milliseconds, number, plural
from loadtests.running import Order
from loadtests.search import Found

CONFIRMATION_FACTOR = 2
"""A confirmation takes so many times as long as a step: what was kept by luck is not kept twice."""

RATE_MOST = 100_000.0
"""Messages a second and room beyond which nobody will look."""

LATE_PART = 0.5
"""Of the measured p99: where the generator's own lateness is more than this, it is not the server that was slow."""

ROOMS = "rooms"


class Limits(Struct, frozen=True):
    """Where the search begins, and where it ends at the latest."""

    by: Literal["rooms", "rate"]
    first: float
    most: float

    @classmethod
    def of(cls, options: argparse.Namespace, asked: Order) -> Self:
        """What the options ask for. Raises `Problem`."""
        by = options.by or (ROOMS if asked.scenario.ramps_rooms else "rate")
        if by == ROOMS:
            possible = _rooms_possible(asked)
            most = min(float(int(options.most)), possible) if options.most else possible
            return cls("rooms", float(min(options.rooms or 1, most)), most)
        human = messages_a_second(asked.activities, asked.size)
        if not human:
            raise Problem(f"In the scenario {asked.scenario.name} nobody sends anything: take --by rooms.")
        return cls("rate", human, options.most or RATE_MOST)


class Search:
    """Tries loads on one conductor, so that people who are in stay in from one step to the next."""

    def __init__(self, asked: Order, limits: Limits, conductor: Conductor, screen: Screen, taken_on: Machine) -> None:
        self.steps: list[Step] = []
        self.confirmed: Result | None = None
        self.best: Result | None = None
        """The last load that was kept, for a search that could not be ended."""
        self.worst: Result | None = None
        """The last one that was not."""
        self.lowest_missed = math.inf
        self.is_generators_limit = False
        """The lowest load that was not kept may have been missed because of the generator."""
        self._asked = asked
        self._limits = limits
        self._conductor = conductor
        self._screen = screen
        self._taken_on = taken_on

    def attempt(self, load: float, is_confirmation: bool) -> bool:
        """Run one load. Raises `Problem`."""
        self._screen.say(f"{'confirming' if is_confirmation else 'trying'} {self.describe(load)}")
        result = self._run(load, is_confirmation)
        step = _step(load, result, is_confirmation)
        self.steps.append(step)
        self._screen.say(f"  {'kept' if step.is_kept else 'not kept'}: {step.why}")
        if step.is_kept:
            self.best = result
            if is_confirmation:
                self.confirmed = result
        else:
            self.worst = result
            if load <= self.lowest_missed:
                self.lowest_missed = load
                self.is_generators_limit = self._is_generators_fault(result)
        return step.is_kept

    def describe(self, load: float) -> str:
        """A load in words."""
        if self._limits.by == ROOMS:
            return f"{plural(load, 'room')} of {number(self._asked.size)} people"
        rooms = plural(self._asked.rooms, "room")
        return f"{number(load)} messages a second in {rooms} of {number(self._asked.size)} people"

    def _is_generators_fault(self, result: Result) -> bool:
        """Whether the target may have been missed because of the generator."""
        generator, measured = result.figures.generator, _worst_p99(result)
        return generator.busy > BUSY_MAX or (measured > 0 and generator.late_p99_ms > measured * LATE_PART)

    def _run(self, load: float, is_confirmation: bool) -> Result:
        asked = self._asked
        if is_confirmation:
            wish = msgspec.structs.replace(asked.wish, duration=asked.wish.duration * CONFIRMATION_FACTOR)
            asked = msgspec.structs.replace(asked, wish=wish)
        rooms = int(load) if self._limits.by == ROOMS else asked.rooms
        rate = asked.rate if self._limits.by == ROOMS else load
        conductor = self._conductor
        conductor.open_rooms(rooms, asked.size)
        observation = conductor.run(asked.stages, asked.activities_at(rate), rooms, asked.wish.slow)
        figures = summary.figures(observation, conductor.rooms, conductor.people, conductor.entrance_seconds)
        return running.result(asked, figures, self._taken_on, rooms, rate)


def ramp(asked: Order, limits: Limits, screen: Screen) -> Result:
    """Find it, and say so in a sentence. Raises `Problem`."""
    taken_on = machine.describe()
    first_rooms = int(limits.first) if limits.by == ROOMS else asked.rooms
    with running.conducting(asked, first_rooms, screen) as conductor:
        looking = Search(asked, limits, conductor, screen, taken_on)
        found = search.highest(looking.attempt, limits.first, limits.most, is_whole=limits.by == ROOMS)
        if looking.is_generators_limit:
            found = found._replace(is_limit=False)
    return _result(looking, limits, found)


def _result(looking: Search, limits: Limits, found: Found) -> Result:
    base = (looking.confirmed or looking.best) if found.highest else looking.worst
    if base is None:
        raise Problem("No load could be tried: lower --rooms or --rate.")
    unit: Literal["rooms", "messages a second"] = "rooms" if limits.by == ROOMS else "messages a second"
    steps = tuple(looking.steps)
    return msgspec.structs.replace(
        base,
        kind="ramp",
        verdict=_verdict(looking, base, found),
        ramp=Ramp(unit=unit, highest=found.highest, is_limit=found.is_limit, steps=steps),
    )


def _verdict(looking: Search, base: Result, found: Found) -> Verdict:
    checks = base.verdict.checks
    if not found.highest:
        check = Check("A load that keeps the targets", "one", "none was found", is_met=False)
        sentence = f"Not even {looking.describe(looking.steps[-1].load)} kept the targets: {looking.steps[-1].why}."
        return Verdict(False, sentence, (check, *checks), base.verdict.warnings)
    target = milliseconds(base.settings.target_p99_ms)
    sentence = (
        f"{looking.describe(found.highest)} is the highest load that kept 99 of 100 deliveries within {target}: "
        f"{number(base.figures.deliveries_per_second)} deliveries a second, p99 {_p99(base)}, nothing lost."
    )
    if looking.is_generators_limit:
        sentence = (
            f"At least {looking.describe(found.highest)} kept 99 of 100 deliveries within {target}; beyond that the "
            "generator itself was the bottleneck: take more --processes, or another machine for it."
        )
    elif not found.is_limit:
        sentence = (
            f"{looking.describe(found.highest)}, the most that was to be tried, kept 99 of 100 deliveries within "
            f"{target}: p99 {_p99(base)}, nothing lost. Raise --most to go on."
        )
    return Verdict(base.verdict.is_passed, sentence[:1].upper() + sentence[1:], checks, base.verdict.warnings)


def _step(load: float, result: Result, is_confirmation: bool) -> Step:
    latencies = judged_latencies(result.figures)
    missed = [check for check in result.verdict.checks if not check.is_met]
    why = f"p99 {_p99(result)}, {number(result.figures.deliveries_per_second)} deliveries a second"
    if missed:
        why += "; " + "; ".join(f"{check.name}: {check.measured}" for check in missed)
    if result.figures.generator.is_bottleneck:
        why += "; the generator was late itself"
    return Step(
        load=load,
        deliveries_per_second=result.figures.deliveries_per_second,
        p50_ms=max((one.p50_ms for one in latencies), default=0.0),
        p99_ms=_worst_p99(result),
        is_kept=result.verdict.is_passed,
        why=why,
        is_confirmation=is_confirmation,
    )


def _p99(result: Result) -> str:
    worst = _worst_p99(result)
    return milliseconds(worst) if worst else "not measured"


def _worst_p99(result: Result) -> float:
    """Milliseconds, of the stages that are judged; 0 when nothing arrived."""
    return max((one.p99_ms for one in judged_latencies(result.figures)), default=0.0)


def _rooms_possible(asked: Order) -> float:
    """How many rooms our processes have sockets for; their limit is raised so far. Raises `Problem`."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return float(RATE_MOST)
    sockets = hard - machine.FILES_BESIDES_SOCKETS
    machine.allow_files(min(sockets, asked.size), running.FEWER)
    machine.allow_files(sockets)
    return float(max(1, sockets * asked.processes // asked.size))
