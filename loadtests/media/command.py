"""`python -m loadtests media`: what a call costs our server, beside other servers in the same run.

Exit status 0: measured; 1: with --gate a target was missed, or an engine that was asked for is not there; 2: nothing
could be measured, and the one sentence on standard error says what to do.
"""

import argparse
import shlex
from collections.abc import Callable
from pathlib import Path

from loadtests import machine
from loadtests.arguments import count, positive
from loadtests.compare.progress import Progress
from loadtests.machine import Cores
from loadtests.media import result, tables
from loadtests.media.director import Measured, measure
from loadtests.media.engine import CALL_PARTICIPANTS_MAX, JANUS, MEDIARELAY, OURS, Engine, Load, NotInstalled
from loadtests.media.janus import Janus
from loadtests.media.mediarelay import MediaRelay
from loadtests.media.ours import Ours
from loadtests.media.result import Report
from loadtests.own_server import FINE, MISSED, NOT_MEASURED, measured, require_folder, tell
from loadtests.problem import Problem

OTHERS = (JANUS, MEDIARELAY)

ROUNDS = 3
WARM_UP = 2.0
DURATION = 8.0
"""Seconds: at 2x2 some thousand packets, at 8x60 some hundred thousand."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    parser.description = "What a call costs the server, per packet delivered; beside other servers in the same run."
    parser.epilog = __doc__.partition("\n\n")[2] if __doc__ else None
    add = parser.add_argument
    add("--publishers", type=count, default=6, help="who send picture and sound, in each call (%(default)s)")
    add("--subscribers", type=count, default=24, help="who take all of it (%(default)s)")
    add("--compare", action="append", choices=OTHERS, default=[], help="measure this one, too; may be given again")
    add("--rounds", type=count, default=ROUNDS, help="rounds, each with every engine (%(default)s)")
    add("--duration", type=positive, default=DURATION, help="seconds a round and engine (%(default)s)")
    add("--warm-up", type=positive, default=WARM_UP, help="seconds before it counts (%(default)s)")
    add("--rtserver", type=Path, help="the command to measure (the one of this Python environment)")
    add("--report", type=Path, metavar="FILE.html", help="write a page for people")
    add("--gate", action="store_true", help="exit with 1 when a target is missed or an engine is not there")


def main(options: argparse.Namespace, given: list[str]) -> int:
    """The command. Returns the exit status."""
    report = measured("media", lambda: run(options, given))
    if report is None:
        return NOT_MEASURED
    marks = result.judge(report)
    tell(tables.terminal(report, marks), lambda: tables.page(report, marks), options.report, report.as_json(marks))
    is_complete = not report.left_out and all(mark.is_met for mark in marks)
    return FINE if is_complete or not options.gate else MISSED


def run(options: argparse.Namespace, given: list[str]) -> Report:
    """Measure what is asked for. Raises `Problem`."""
    load = Load(options.publishers, options.subscribers)
    if load.publishers >= CALL_PARTICIPANTS_MAX:
        raise Problem(
            f"A call takes {CALL_PARTICIPANTS_MAX} participants, with somebody who looks on: lower --publishers."
        )
    require_folder(options.report)
    machine.allow_files(2 * (load.calls * load.publishers + load.subscribers), fewer="--subscribers")
    cores = machine.share_out()
    taken_on = machine.describe_shared(cores)
    names = [OURS, *dict.fromkeys(options.compare)]
    with Progress() as progress, machine.on_core(cores.generator):
        rounds, versions, left_out = _rounds(names, load, options, cores, progress)
    return Report(
        machine=taken_on,
        load=load,
        rounds=options.rounds,
        warm_up=options.warm_up,
        duration=options.duration,
        engines={name: result.summarise(versions[name], found) for name, found in rounds.items() if found},
        left_out=left_out,
        ratios=result.ratios(rounds),
        command=shlex.join(["python", "-m", "loadtests", "media", *given]),
    )


Rounds = dict[str, list[Measured]]


def _rounds(
    names: list[str], load: Load, options: argparse.Namespace, cores: Cores, progress: Progress
) -> tuple[Rounds, dict[str, str], dict[str, str]]:
    """Every engine in every round, so that a slow minute of the machine does not hit one of them alone."""
    rounds: Rounds = {name: [] for name in names}
    versions: dict[str, str] = {}
    left_out: dict[str, str] = {}
    progress.expect(options.rounds * len(names))
    for number in range(1, options.rounds + 1):
        for name in names:
            if name in left_out:
                continue
            engine = _engine(name, cores.server, options.rtserver)
            try:
                found = measure(engine, load, options.warm_up, options.duration, _silent)
            except (Problem, NotInstalled) as problem:
                if name == OURS:
                    raise Problem(str(problem)) from None
                left_out[name] = str(problem)
                progress.say(f"{name} is left out: {problem}")
                continue
            rounds[name].append(found)
            versions[name] = engine.version
            progress.measured(
                f"round {number} of {options.rounds}, {name}: {result.us_per_packet(found):.1f} µs per packet, "
                f"{result.core_percent(found):.1f} % of a core, {found.taken.counts.lost} lost"
            )
    return rounds, versions, left_out


def _engine(name: str, core: int | None, command: Path | None) -> Engine:
    makers: dict[str, Callable[[], Engine]] = {
        OURS: lambda: Ours(core, command),
        JANUS: lambda: Janus(core),
        MEDIARELAY: lambda: MediaRelay(core),
    }
    return makers[name]()


def _silent(text: str) -> None:
    """What goes on within a measurement is not worth a line."""
