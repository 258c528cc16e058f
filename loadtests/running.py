"""`python -m loadtests run`: one scenario from the first question to the server until its result."""

import argparse
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from loadtests import machine
from loadtests.generator import target as targets
from loadtests.generator.activity import Activity, messages_a_second, scaled
from loadtests.generator.conductor import Conductor, Watcher
from loadtests.generator.target import Target
from loadtests.machine import Machine
from loadtests.options import KEY_VARIABLE
from loadtests.portal import Portal
from loadtests.problem import Problem
from loadtests.results import summary, verdict
from loadtests.results.model import FORMAT, Doing, Figures, Result, Settings
from loadtests.results.verdict import Targets
from loadtests.scenarios import SCENARIOS
from loadtests.scenarios.scenario import Scenario, Stage, Wish

FEWER = "--rooms or --size, or more --processes"
"""With what one asks for fewer sockets in a process."""

SECONDS_PER_MINUTE = 60

SECRET_OPTIONS = ("--key",)
"""Whose values stand in no report."""


class Order(Struct, frozen=True):
    """What the user wants, with what the scenario takes where the user did not say. `rate`: None for human rates."""

    scenario: Scenario
    target: Target
    key: str
    rooms: int
    size: int
    rate: float | None
    speakers: int
    processes: int
    wish: Wish
    targets: Targets
    command: str

    @property
    def activities(self) -> tuple[Activity, ...]:
        """What people do in each room."""
        return self.activities_at(self.rate)

    def activities_at(self, rate: float | None) -> tuple[Activity, ...]:
        """The same at another rate; None: human rates."""
        human = self.scenario.activities(self.size, self.speakers)
        return scaled(human, self.size, rate) if rate is not None and human else human

    @property
    def stages(self) -> tuple[Stage, ...]:
        """In which it is done."""
        return self.scenario.stages(self.wish)


def order(options: argparse.Namespace, arguments: list[str]) -> Order:
    """What the options ask for. Raises `Problem`."""
    scenario = SCENARIOS[options.scenario]
    if not options.key:
        raise Problem(
            f"There is no API key: give one with --key, or better in the variable {KEY_VARIABLE}; "
            "`rtserver key create NAME` on the server's machine prints one."
        )
    size = options.size or scenario.size
    if options.rate is not None and not scenario.activities(size, options.speakers):
        raise Problem(f"In the scenario {scenario.name} nobody sends anything: leave --rate out.")
    if options.slow >= size:
        raise Problem(f"{options.slow} slow readers of {size} people leave nobody who could notice: lower --slow.")
    target = targets.find(options.url, options.ca)
    return Order(
        scenario=scenario,
        target=target,
        key=options.key,
        rooms=options.rooms or scenario.rooms,
        size=size,
        rate=options.rate,
        speakers=options.speakers,
        processes=options.processes or usual_processes(target),
        wish=Wish(
            duration=options.duration or scenario.duration,
            warm_up=options.warm_up,
            slow=options.slow,
            by_operator=options.restart_by_operator,
        ),
        targets=Targets(p99_ms=options.target_p99, return_s=options.target_return),
        command=_command(arguments),
    )


def usual_processes(target: Target) -> int:
    """One on each core that we may use, but one core is left to a server on this machine."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, usable - target.is_local)


@contextmanager
def conducting(asked: Order, rooms: int, watcher: Watcher) -> Iterator[Conductor]:
    """Generator processes for so many rooms, once it is known that they can work. Raises `Problem`."""
    targets.require_ready(asked.target)
    _require_key(asked)
    machine.allow_files(-(-rooms * asked.size // asked.processes), FEWER)
    conductor = Conductor(asked.target, asked.key, asked.processes, watcher)
    try:
        yield conductor
    finally:
        conductor.close()


def run(asked: Order, watcher: Watcher) -> Result:
    """Play the scenario. Raises `Problem`."""
    taken_on = machine.describe()  # before we are at work on it ourselves
    with conducting(asked, asked.rooms, watcher) as conductor:
        conductor.open_rooms(asked.rooms, asked.size)
        observation = conductor.run(asked.stages, asked.activities, asked.rooms, asked.wish.slow)
        figures = summary.figures(observation, conductor.rooms, conductor.people, conductor.entrance_seconds)
    return result(asked, figures, taken_on, asked.rooms, asked.rate)


def result(asked: Order, figures: Figures, taken_on: Machine, rooms: int, rate: float | None) -> Result:
    """With its verdict."""
    activities = asked.activities_at(rate)
    settings = Settings(
        scenario=asked.scenario.name,
        summary=asked.scenario.summary,
        url=asked.target.url,
        rooms=rooms,
        size=asked.size,
        rate=round(messages_a_second(activities, asked.size), 3),
        duration_s=asked.wish.duration,
        warm_up_s=asked.wish.warm_up,
        slow=asked.wish.slow,
        processes=asked.processes,
        target_p99_ms=asked.targets.p99_ms,
        command=asked.command,
    )
    return Result(
        format=FORMAT,
        kind="run",
        verdict=verdict.judge(settings, figures, asked.targets, taken_on),
        settings=settings,
        activities=tuple(_doing(activity, asked.size) for activity in activities),
        machine=taken_on,
        figures=figures,
    )


def _doing(activity: Activity, size: int) -> Doing:
    return Doing(
        what=activity.topic.label,
        people=activity.people(size),
        per_minute=round(activity.per_person * SECONDS_PER_MINUTE, 3),
        characters=activity.characters,
        reason=activity.reason,
    )


def _require_key(asked: Order) -> None:
    portal = Portal(asked.target.socket_address, asked.key, asked.target.connection)
    try:
        portal.require_key()
    finally:
        portal.close()


def _command(arguments: list[str]) -> str:
    """To be typed again; without the key."""
    shown: list[str] = []
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument in SECRET_OPTIONS:
            skip = True
        elif not argument.startswith(tuple(f"{option}=" for option in SECRET_OPTIONS)):
            shown.append(argument)
    return shlex.join(["python", "-m", "loadtests", *shown])
