"""`python -m loadtests compare`: our server beside others that speak Socket.IO, in one run on the same cores.

Exit status 0: measured; 1: messages were lost, doubled or out of order, or with --gate a target was missed; 2: nothing
could be measured, and the one sentence on standard error says what to do.
"""

import argparse
import fcntl
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from loadtests import machine
from loadtests.arguments import count, positive
from loadtests.compare import node_servers, tables
from loadtests.compare.contest import Contest
from loadtests.compare.contestants import PYTHON, RELAY, Contestant, Place, Reference, python_socketio, relay
from loadtests.compare.ours import Ours
from loadtests.compare.plan import CHAT, MADE, NAMES, OURS, Plan, choose
from loadtests.compare.progress import Progress
from loadtests.compare.result import Report, summarise
from loadtests.compare.targets import judge
from loadtests.machine import Cores
from loadtests.measure import ChatPlan, ChatRound, measure_chat
from loadtests.problem import Problem
from loadtests.server import Installation, find_command

FOLDER = Path("build") / "bench"
"""Where the report goes; the data folder is made here too, so that it is on the disk of the working directory."""

REPORT_FILE = "compare.json"
LOCK_FILE = ".lock"
CACHE_VARIABLE = "XDG_CACHE_HOME"

USUAL = (OURS, PYTHON, *node_servers.ENGINES)
CONTESTANTS = (*USUAL, RELAY)

FINE = 0
BROKEN = 1
NOT_MEASURED = 2

SOCKETS = max(layout.rooms * layout.size for layout in MADE)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    usual = Plan()
    parser.description = "Our server beside others that speak Socket.IO, in one run on the same cores."
    add = parser.add_argument
    add("--only", metavar="SERVERS", help=f"of {','.join(CONTESTANTS)} (all but {RELAY})")
    add("--scenarios", metavar="NAMES", help=f"of {','.join(NAMES)} (all)")
    add("--rounds", type=count, default=usual.rounds, help="rounds (%(default)s)")
    add("--duration", type=positive, default=usual.duration, help="seconds a figure and round (%(default)s)")
    add(
        "--outstanding",
        type=count,
        help=f"messages that each sender keeps on their way, instead of each scenario's own: with --only {RELAY} this "
        "shows what the generator can take",
    )
    add("--folder", type=Path, default=FOLDER, help="where the report and the data go (%(default)s)")
    add("--port", type=_number, default=0, help="TCP port for the servers; 0: any that is free (%(default)s)")
    add("--rtserver", type=Path, help="the command to measure (the one of this Python environment)")
    add("--gate", action="store_true", help="exit with 1 when a target is missed")


def main(options: argparse.Namespace) -> int:
    """The command. Returns the exit status."""
    file = options.folder / REPORT_FILE
    try:
        report = compare(options)
    except Problem as problem:
        print(f"compare: {problem}", file=sys.stderr)
        return NOT_MEASURED
    except KeyboardInterrupt:
        print("compare: interrupted, nothing was written", file=sys.stderr)
        return NOT_MEASURED
    marks = judge(report)
    file.write_bytes(report.as_json(marks))
    file.with_suffix(".md").write_text(tables.markdown(report, marks))
    print(tables.terminal(report, marks))
    print(f"written to {file} and {file.with_suffix('.md').name}")
    if not report.is_clean or (options.gate and not all(mark.is_met for mark in marks)):
        return BROKEN
    return FINE


def compare(options: argparse.Namespace) -> Report:
    """Measure what is asked for. Raises `Problem`."""
    names = choose(options.only, CONTESTANTS, USUAL, "server")
    plan = Plan(
        scenarios=choose(options.scenarios, NAMES, NAMES, "scenario"),
        rounds=options.rounds,
        duration=options.duration,
        outstanding=options.outstanding,
    )
    machine.allow_files(SOCKETS, fewer="--scenarios")
    cores = machine.share_out()
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(
            f"The folder {options.folder} cannot be made ({error.strerror}): choose another --folder."
        ) from None
    taken_on = machine.describe_shared(cores)
    place = Place(options.folder.absolute(), options.port, cores.server)
    with _alone_in(place.folder), Progress() as progress, machine.on_core(cores.generator):
        contestants = [_contestant(name, place, plan, options.rtserver) for name in names]
        with closing(Contest(contestants, plan, progress.say, progress.measured)) as contest:
            contest.prepare()
            progress.expect(contest.measurements + _chat_measurements(names, plan))
            contest.run()
        durable = _chat(names, plan, place, cores, options.rtserver, progress)
    if durable is None and not any(contest.rounds.values()):
        raise Problem("Nothing was measured: choose other --scenarios for these servers.")
    return summarise(taken_on, _versions(contestants), plan, contest.rounds, contest.skipped, durable)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Two comparisons would share their cores, and the members. Raises `Problem`."""
    with (folder / LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Problem(
                f"Another comparison is at work in {folder}: wait for it, since two would slow each other down."
            ) from None
        yield


def cache_folder() -> Path:
    """Where packages are kept: below build/ in a checkout, else in the user's cache."""
    root = Path(__file__).parents[2]
    if (root / "pyproject.toml").is_file():
        return root / "build" / "compare"
    return Path(os.environ.get(CACHE_VARIABLE) or Path.home() / ".cache") / "rtserver-compare"


def _contestant(name: str, place: Place, plan: Plan, command: Path | None) -> Contestant:
    if name == OURS:
        made = [layout for layout in MADE if any(layout.holds(needed) for needed in plan.layouts)]
        return Ours(command or find_command(), place, made)
    if name == PYTHON:
        return python_socketio(place)
    if name == RELAY:
        return relay(place)
    return node_servers.contestant(name, place, cache_folder())


def _chat_plan(plan: Plan, port: int) -> ChatPlan:
    return ChatPlan(rounds=plan.rounds, duration=plan.fixed_duration, port=port)


def _chat_measurements(names: Sequence[str], plan: Plan) -> int:
    return plan.rounds * len(ChatPlan().rates) if CHAT in plan.scenarios and OURS in names else 0


def _chat(
    names: Sequence[str], plan: Plan, place: Place, cores: Cores, command: Path | None, progress: Progress
) -> tuple[ChatPlan, list[ChatRound]] | None:
    """Durable chat, in an installation of its own: its log grows."""
    if not _chat_measurements(names, plan):
        return None
    chat_plan = _chat_plan(plan, place.port)
    with tempfile.TemporaryDirectory(prefix="chat-", dir=place.folder) as data:
        installation = Installation(command or find_command(), Path(data))
        return chat_plan, measure_chat(installation, chat_plan, cores, progress.measured)


def _versions(contestants: Sequence[Contestant]) -> dict[str, str]:
    """Of what was compared."""
    versions = {"Python": platform.python_version(), "rtserver": _version("rtserver")}
    for contestant in contestants:
        if contestant.name == PYTHON:
            versions |= {name: _version(name) for name in (PYTHON, "aiohttp")}
        elif contestant.name in node_servers.ENGINES and isinstance(contestant, Reference) and contestant.command:
            versions |= node_servers.versions(contestant)
    return versions


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _number(text: str) -> int:
    if (value := int(text)) < 0:
        raise argparse.ArgumentTypeError("0 or more")
    return value
