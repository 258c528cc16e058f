"""The command line of `python -m loadtests`."""

import argparse
import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from loadtests.arguments import count, not_negative, positive, whole
from loadtests.portal import FOUNDERS
from loadtests.scenarios import SCENARIOS

KEY_VARIABLE = "RT_LOADTEST_KEY"
"""Where the API key is looked for: an argument can be seen by everybody on the machine."""

SIZE_MAX = 1000
"""Members of a project, and so of a room: the server takes no more."""

TARGET_P99_MS = 100.0
"""Milliseconds: within a tenth of a second an answer seems immediate (Nielsen, Usability Engineering, 1993)."""

TARGET_RETURN_S = 5.0
"""Seconds until everybody is back after a drop: a pause in which a class does not lose its thread."""

WARM_UP = 3.0
"""Seconds at the beginning that do not count: connections and caches grow warm."""

STEP_SECONDS = 15.0
"""Seconds for one load of `ramp`: thousands of deliveries even in a single room."""

DESCRIPTION = "Load tests for an rtserver: how many rooms it carries, how fast, and whether anything is lost."

APART = {
    "append": "what it takes until a chat message is durable",
    "board": "what a shared board costs, on a server of its own",
    "cluster": "what many processes cost, on a deployment of its own",
}
"""What `run` takes beside scenarios, and what it is: each has options of its own and comes directly after it."""

EXIT_STATUS = """exit status: 0 all targets met and every promise kept; 1 a target was missed, or a message was lost,
doubled or out of order; 2 it could not be measured, and one sentence says what to do."""


def parser() -> argparse.ArgumentParser:
    """The parser. `options.command` is the subcommand."""
    top = argparse.ArgumentParser(prog="python -m loadtests", description=DESCRIPTION, epilog=EXIT_STATUS)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="play a scenario and report", epilog=EXIT_STATUS)
    _add_common(run, APART)
    run.add_argument("--duration", type=positive, help="seconds that are measured (the scenario's own)")
    ramp = commands.add_parser("ramp", help="find the highest load that keeps the target", epilog=EXIT_STATUS)
    _add_common(ramp, {})
    ramp.add_argument("--duration", type=positive, default=STEP_SECONDS, help="seconds a step (%(default)g)")
    ramp.add_argument("--by", choices=("rooms", "rate"), help="what is raised (the scenario's own)")
    ramp.add_argument("--most", type=positive, help="go no higher than so many rooms, or messages a second and room")
    commands.add_parser("compare", help="measure this rtserver beside other servers", add_help=False)
    commands.add_parser("media", help="measure what a call costs, beside other servers", add_help=False)
    commands.add_parser("faults", help="a lesson while parts of the deployment fail", add_help=False)
    commands.add_parser("scale", help="simulate a school day over Europe, and what carries it", add_help=False)
    return top


def _add_common(command: argparse.ArgumentParser, apart: Mapping[str, str]) -> None:
    add = command.add_argument
    about = {name: scenario.summary.rstrip(".") for name, scenario in SCENARIOS.items()}
    about |= {name: f"{summary} (run {name} --help)" for name, summary in apart.items()}
    names = "; ".join(f"{name}: {summary}" for name, summary in about.items())
    add("scenario", type=partial(_scenario, apart=tuple(apart)), metavar="SCENARIO", help=names)
    add("--url", required=True, help="the server, as https://HOST or http://HOST:PORT")
    add("--key", default=os.environ.get(KEY_VARIABLE), help=f"API key of an organisation (or variable {KEY_VARIABLE})")
    add("--ca", metavar="FILE", help="certificates of authorities to trust instead of the system's (PEM)")
    add("--rooms", type=count, help="rooms at the same time (the scenario's own)")
    add("--size", type=_size, help=f"people in each room, {FOUNDERS} to {SIZE_MAX} (the scenario's own)")
    add("--rate", type=positive, help="messages a second in each room, of all kinds together (human rates)")
    add("--warm-up", type=not_negative, default=WARM_UP, help="seconds before it counts (%(default)g)")
    add("--processes", type=count, help="generator processes (one a core, but one core for a server on this machine)")
    add("--speakers", type=count, default=1, help="lecture: how many speak (%(default)s)")
    add("--slow", type=count, default=3, help="slow: how many of each room stop reading (%(default)s)")
    add("--restart-by-operator", action="store_true", help="reconnect: you restart the server when asked to")
    add("--target-p99", type=positive, default=TARGET_P99_MS, metavar="MS", help="for deliveries (%(default)g ms)")
    add("--target-return", type=positive, default=TARGET_RETURN_S, metavar="S", help="reconnect (%(default)g s)")
    add("--report", type=Path, metavar="FILE.html", help="write a page for people")
    add("--json", metavar="FILE", help="write the result for programs; - : as the last line of standard output")


def _scenario(text: str, apart: Sequence[str]) -> str:
    if text in apart:
        raise argparse.ArgumentTypeError(f"{text} has options of its own: python -m loadtests run {text} --help")
    if text not in SCENARIOS:
        raise argparse.ArgumentTypeError(f"there is no {text!r}; there are {', '.join([*SCENARIOS, *apart])}")
    return text


def _size(text: str) -> int:
    if not FOUNDERS <= (value := whole(text)) <= SIZE_MAX:
        raise argparse.ArgumentTypeError(f"{FOUNDERS} (the founders) to {SIZE_MAX} (the most a project takes)")
    return value
