"""`python -m loadtests.bench`: what the server does on this machine, in a few minutes, with a report.

Exit status 0: measured, and every promise was kept; 1: messages were lost, doubled or out of order; 2: it could not be
measured, and the one sentence on standard error says what to do.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from loadtests import machine, report
from loadtests.measure import Plan, Say, measure_chat, measure_crowd
from loadtests.portal import FOUNDERS
from loadtests.problem import Problem
from loadtests.report import Report
from loadtests.server import Installation, find_command

FOLDER = Path("build") / "bench"
"""Where the report goes; the data folder is made here too, so that it is on the disk of the working directory."""

REPORT_FILE = "chat.json"

BROKEN = 1
NOT_MEASURED = 2


def bench(plan: Plan, folder: Path, command: Path, say: Say) -> Report:
    """Take all measurements. Raises `Problem`."""
    machine.allow_files(plan.connections)
    cores = machine.share_out()
    folder.mkdir(parents=True, exist_ok=True)
    taken_on = machine.describe(cores)
    with tempfile.TemporaryDirectory(prefix="data-", dir=folder) as data, machine.on_core(cores.generator):
        rounds = measure_chat(Installation(command, Path(data) / "chat"), plan, cores, say)
        crowds = []
        if plan.connections:
            crowds = measure_crowd(Installation(command, Path(data) / "crowd"), plan, cores, say)
    return report.make(taken_on, plan, rounds, crowds)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns the exit status."""
    options = _parser().parse_args(arguments)
    plan = Plan(
        members=options.members,
        rates=tuple(options.rates),
        duration=options.duration,
        rounds=options.rounds,
        connections=options.connections,
        port=options.port,
    )
    file = options.folder / REPORT_FILE
    try:
        result = bench(plan, options.folder, options.rtserver or find_command(), _say)
    except Problem as problem:
        print(f"bench: {problem}", file=sys.stderr)
        return NOT_MEASURED
    except KeyboardInterrupt:
        print("bench: interrupted, nothing was written", file=sys.stderr)
        return NOT_MEASURED
    report.write(result, file)
    print(report.table(result))
    print(f"written to {file} and {file.with_suffix('.md').name}")
    return 0 if result.is_clean else BROKEN


def _parser() -> argparse.ArgumentParser:
    usual = Plan()
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.bench", description="Measure the server on this machine."
    )
    add = parser.add_argument
    add("--members", type=_members, default=usual.members, help="people in the room (%(default)s)")
    add("--rates", type=_rate, nargs="+", default=usual.rates, help="messages a second (20 100 200)")
    add("--duration", type=_rate, default=usual.duration, help="seconds a rate and round (%(default)s)")
    add("--rounds", type=_count, default=usual.rounds, help="rounds (%(default)s)")
    add("--connections", type=_number, default=usual.connections, help="people who come in at once; 0: leave it out")
    add("--port", type=_number, default=usual.port, help="TCP port for the server; 0: any that is free (%(default)s)")
    add("--folder", type=Path, default=FOLDER, help="where the report and the data go (%(default)s)")
    add("--rtserver", type=Path, help="the command to measure (the one of this Python environment)")
    return parser


def _members(text: str) -> int:
    if (value := int(text)) < FOUNDERS:
        raise argparse.ArgumentTypeError(f"at least {FOUNDERS}: the founders")
    return value


def _count(text: str) -> int:
    if (value := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


def _number(text: str) -> int:
    if (value := int(text)) < 0:
        raise argparse.ArgumentTypeError("0 or more")
    return value


def _rate(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("more than 0")
    return value


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
