"""`python -m loadtests scale`: a school day over Europe, and what it takes to carry it; nothing is measured.

It simulates the lessons of one day by the clocks of 36 countries, and multiplies the peaks with what one of each thing
costs (loadtests/scale/units.py). The same options give the same result. Exit status 0: done; 2: it could not be
simulated, and the one sentence on standard error says what to do. The last line of standard output is JSON.
"""

import argparse
import shlex
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from loadtests.arguments import count, positive, whole
from loadtests.own_server import FINE, NOT_MEASURED, measured, require_folder, tell
from loadtests.scale import tables, units
from loadtests.scale.countries import BY_CODE
from loadtests.scale.day import Day, simulate
from loadtests.scale.plan import Plan
from loadtests.scale.sizing import Sizing, size

FORMAT = 1
"""Of the JSON: fields are added, never renamed or removed."""

USUAL = Plan()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    parser.description = "A school day over Europe, and what it takes to carry it; nothing is measured."
    parser.epilog = __doc__.partition("\n\n")[2] if __doc__ else None
    add = parser.add_argument
    add("--projects", type=count, default=USUAL.projects, help="that are active (%(default)s)")
    add("--seed", type=whole, default=USUAL.seed, help="of the dice (%(default)s)")
    add("--date", type=_day, default=USUAL.day, help="a day of school, as YYYY-MM-DD (%(default)s)")
    add("--country", choices=tuple(BY_CODE), help="each project has a class of it: a ministry (any: Europe)")
    add("--cores", type=count, default=USUAL.cores, help="of a machine (%(default)s)")
    add("--use", type=_use, default=USUAL.use, help="share of them that the peak may take (%(default)s)")
    add("--report", type=Path, metavar="FILE.html", help="write a page for people")


def main(options: argparse.Namespace, given: list[str]) -> int:
    """The command. Returns the exit status."""
    found = measured("scale", lambda: run(options))
    if found is None:
        return NOT_MEASURED
    day, sizing = found
    command = shlex.join(["python", "-m", "loadtests", "scale", *given])
    tell(
        tables.terminal(day, sizing),
        lambda: tables.page(day, sizing, command),
        options.report,
        as_json(day, sizing, command),
    )
    return FINE


def run(options: argparse.Namespace) -> tuple[Day, Sizing]:
    """Simulate what was asked for. Raises `Problem`."""
    require_folder(options.report)
    day = simulate(
        Plan(
            projects=options.projects,
            seed=options.seed,
            day=options.date,
            country=options.country,
            cores=options.cores,
            use=options.use,
        )
    )
    return day, size(day)


def as_json(day: Day, sizing: Sizing, command: str) -> str:
    """One line, for programs; the same for the same options."""
    fields: dict[str, Any] = {"format": FORMAT} | structs.asdict(day)
    return msgspec.json.encode(fields | {"sizing": sizing, "units": units.ALL, "command": command}).decode()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day as YYYY-MM-DD") from None


def _use(text: str) -> float:
    if (value := positive(text)) > 1:
        raise argparse.ArgumentTypeError("at most 1: all of a core")
    return value
