"""`python -m loadtests faults`: a lesson on two nodes, PostgreSQL, Redis and HAProxy, which fail in turn.

Exit status 0: nothing acknowledged was lost, nothing came twice or out of order, and everything recovered; 1: a promise
was broken; 2: nothing could be measured, and the one sentence on standard error says what to do. The last line of
standard output is JSON.
"""

import argparse
import shlex
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from loadtests import machine
from loadtests.arguments import count, positive
from loadtests.compare.plan import choose
from loadtests.compare.progress import Progress
from loadtests.faults import checks, sqlite_faults
from loadtests.faults.faults import FAULTS
from loadtests.faults.lesson import Lesson
from loadtests.faults.plan import Plan
from loadtests.faults.result import Report, lines
from loadtests.faults.stage import Stage, deployed, embedded
from loadtests.faults.throwing import Thrower
from loadtests.measure import Say
from loadtests.own_server import FINE, MISSED, NOT_MEASURED, measured
from loadtests.portal import FOUNDERS, Portal
from loadtests.problem import Problem

USUAL = Plan()

HEALED_WITHIN = 60.0
"""Seconds in which the fault under way is over when the lesson ends before it."""


Where = TypeVar("Where", bound=Stage)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    parser.description = "A lesson while parts of the deployment fail at random: is anything lost, doubled, reordered?"
    parser.epilog = __doc__.partition("\n\n")[2] if __doc__ else None
    add = parser.add_argument
    add("--seconds", type=positive, default=USUAL.seconds, help="for how long faults are thrown (%(default)s)")
    add("--seed", type=int, default=USUAL.seed, help="of the sequence: the same again (%(default)s)")
    add("--sqlite", action="store_true", help="one server on SQLite, and its faults")
    kinds = f"{', '.join(FAULTS)}; with --sqlite of {', '.join(sqlite_faults.FAULTS)}"
    add("--only", metavar="KINDS", help=f"some of {kinds}; with commas (all)")
    add("--rooms", type=count, default=USUAL.rooms, help="rooms (%(default)s)")
    add("--people", type=count, default=USUAL.people, help="in each of them (%(default)s)")
    add("--stuck", type=positive, default=USUAL.stuck, help="seconds that a stuck node is (%(default)s)")
    add("--folder", type=Path, help="for the logs of all parts, which stay there (a temporary one)")
    add("--hold", type=positive, default=USUAL.hold_max, help="seconds that other faults last at most (%(default)s)")


def main(options: argparse.Namespace, given: list[str]) -> int:
    """The command. Returns the exit status."""
    report = measured("faults", lambda: run(options, given))
    if report is None:
        return NOT_MEASURED
    print("\n".join(lines(report)))
    print(report.as_json())
    return FINE if report.is_kept else MISSED


def run(options: argparse.Namespace, given: list[str]) -> Report:
    """Play the lesson that was asked for. Raises `Problem`."""
    plan = _plan(options)
    machine.allow_files(plan.rooms * plan.people, fewer="--rooms or --people")
    command = shlex.join(["python", "-m", "loadtests", "faults", *given])
    with Progress() as progress, _folder(options.folder) as folder:
        if options.sqlite:
            with embedded(folder, plan) as (one, key):
                return play(one, chosen(sqlite_faults.FAULTS, one), key, progress.say, command)
        with deployed(folder, plan) as (whole, key):
            return play(whole, chosen(FAULTS, whole), key, progress.say, command)


def chosen(faults: Mapping[str, Callable[[Where], None]], stage: Where) -> dict[str, Callable[[], None]]:
    """Those of the plan, for this stage."""
    return {kind: partial(faults[kind], stage) for kind in stage.plan.kinds}


@contextmanager
def _folder(chosen: Path | None) -> Iterator[Path]:
    if chosen is None:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
    elif chosen.is_dir() and any(chosen.iterdir()):
        raise Problem(f"{chosen} is not empty: choose another --folder.")
    else:
        chosen.mkdir(parents=True, exist_ok=True)
        yield chosen


def play(stage: Stage, faults: Mapping[str, Callable[[], None]], key: str, say: Say, command: str = "") -> Report:
    """A lesson on what runs. Raises `Problem`."""
    portal = Portal(stage.doors()[0].socket_address, key)
    lesson = Lesson(stage.plan, stage.doors(), portal)
    known = len(stage.errors())
    try:
        lesson.open()
        return _with_faults(stage, Thrower(stage, faults, lesson, say), lesson, known, command)
    finally:
        portal.close()
        lesson.close()


def _with_faults(stage: Stage, thrower: Thrower, lesson: Lesson, known: int, command: str) -> Report:
    stage.burst = lesson.burst
    stage.streams = frozenset(outbox.stream for member in lesson.members for outbox in member.outboxes)
    stage.ended.clear()
    thrower.start()
    try:
        lesson.play()
    finally:
        stage.ended.set()
        thrower.join(HEALED_WITHIN)
    if thrower.error is not None:
        raise thrower.error
    is_whole = lesson.finish()
    return _report(stage, lesson, thrower, is_whole, known, command)


def _report(stage: Stage, lesson: Lesson, thrower: Thrower, is_whole: bool, known: int, command: str) -> Report:
    members = lesson.members
    followings = [following for member in members for following in member.followed]
    logs = stage.read_log(sorted({following.stream for following in followings}))
    outboxes = [outbox for member in members for outbox in member.outboxes]
    return Report(
        plan=stage.plan,
        kept=checks.judge(outboxes, followings, logs),
        faults=tuple(thrower.thrown),
        is_whole=is_whole,
        returns=sum(member.returns for member in members),
        refusals=dict(sum((Counter(member.refusals) for member in members), Counter())),
        refused=tuple(reason for member in members for reason in member.refused_for_good),
        errors=tuple(stage.errors()[known:]),
        command=command,
        hosts=stage.hosts,
        cuts=stage.cuts,
    )


def _plan(options: argparse.Namespace) -> Plan:
    if options.people < max(FOUNDERS, USUAL.writers):
        raise Problem(f"In each room {USUAL.writers} people write: take --people {USUAL.writers} or more.")
    kinds = tuple(sqlite_faults.FAULTS if options.sqlite else FAULTS)
    return Plan(
        seconds=options.seconds,
        seed=options.seed,
        rooms=options.rooms,
        people=options.people,
        hold_min=min(USUAL.hold_min, options.hold),
        hold_max=options.hold,
        stuck=options.stuck,
        kinds=choose(options.only, kinds, kinds, "fault"),
    )
