"""`python -m loadtests run append`: what it takes until a chat message is durable, beside one bare commit.

Starts a PostgreSQL of its own, as it is shipped (fsync on), or makes an SQLite file. Exit status 0: the target is met;
1: missed; 2: nothing could be measured, and the one sentence on standard error says what to do. The last line of
standard output is JSON.
"""

import argparse
import asyncio
import os
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import uvloop
from msgspec import Struct, structs

from loadtests import machine
from loadtests.append import floor, writing
from loadtests.append.plan import DATABASES, LATE_MS_MAX, OVER_COMMIT_MS_MAX, Plan
from loadtests.append.writing import Round
from loadtests.arguments import count, positive
from loadtests.compare.result import three
from loadtests.compare.targets import Mark, digits, spread_text
from loadtests.disk import commit_cost
from loadtests.figures import Latency
from loadtests.machine import Machine
from loadtests.own_server import FINE, MISSED, NOT_MEASURED, measured, tell
from loadtests.results import sheet
from loadtests.topology.postgres import Postgres

FORMAT = 1
"""Of the JSON: fields are added, never renamed or removed."""

USUAL = Plan()

HEAD = ("what", "p50, ms", "p99, ms", "most, ms", "how many")


class Report(Struct, frozen=True):
    """The whole run."""

    machine: Machine
    plan: Plan
    rounds: tuple[Round, ...]
    command: str

    def as_json(self, marks: Sequence[Mark]) -> str:
        """One line, for programs."""
        return msgspec.json.encode({"format": FORMAT} | structs.asdict(self) | {"targets": marks}).decode()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    parser.description = "What it takes until a chat message is durable, beside one bare commit."
    parser.epilog = __doc__.partition("\n\n")[2] if __doc__ else None
    add = parser.add_argument
    add("--database", choices=DATABASES, default=USUAL.database, help="(%(default)s)")
    add("--rooms", type=count, default=USUAL.rooms, help="rooms that the messages are spread over (%(default)s)")
    add("--members", type=count, default=USUAL.members, help="who write in each (%(default)s)")
    add("--rate", type=positive, default=USUAL.rate, help="messages a second in all (%(default)s)")
    add("--rounds", type=count, default=USUAL.rounds, help="(%(default)s)")
    add("--duration", type=positive, default=USUAL.seconds, help="seconds a round (%(default)s)")
    add("--warm-up", type=positive, default=USUAL.warm_up, help="seconds before it counts (%(default)s)")


def main(options: argparse.Namespace, given: list[str]) -> int:
    """The command. Returns the exit status."""
    report = measured("append", lambda: run(options, given))
    if report is None:
        return NOT_MEASURED
    marks = judge(report)
    tell(text(report, marks), str, None, report.as_json(marks))
    return FINE if all(mark.is_met for mark in marks) else MISSED


def run(options: argparse.Namespace, given: list[str]) -> Report:
    """Measure everything. Raises `Problem`."""
    plan = Plan(
        database=options.database,
        rooms=options.rooms,
        members=options.members,
        rate=options.rate,
        rounds=options.rounds,
        seconds=options.duration,
        warm_up=options.warm_up,
    )
    taken_on = machine.describe()
    with tempfile.TemporaryDirectory() as folder, machine.without_garbage_collection():
        if plan.database == "sqlite":
            rounds = uvloop.run(_on_sqlite(Path(folder), plan))
        else:
            with Postgres(Path(folder), durable=True, migrate=writing.migrate) as server:
                rounds = uvloop.run(_on_postgres(server, plan))
    return Report(
        machine=taken_on,
        plan=plan,
        rounds=rounds,
        command=shlex.join(["python", "-m", "loadtests", "run", "append", *given]),
    )


def judge(report: Report) -> list[Mark]:
    """Every target."""
    over = three([one.over_commit_ms for one in report.rounds])
    lost = sum(one.lost for one in report.rounds)
    where = f"{report.plan.rate:g} messages/s in {report.plan.rooms} rooms of {report.plan.members}"
    wanted = f"at most {OVER_COMMIT_MS_MAX:g} ms"
    return [
        Mark(f"{where}: p99 over one commit", wanted, f"{spread_text(over)} ms", over[1] <= OVER_COMMIT_MS_MAX),
        Mark("messages acknowledged and lost", "none", str(lost), lost == 0),
    ]


def text(report: Report, marks: Sequence[Mark]) -> str:
    """For people."""
    plan, taken_on = report.plan, report.machine
    messages = sum(one.append.count for one in report.rounds)
    cpu = ", ".join(digits(one.cpu_us) for one in report.rounds)
    batch = messages / max(1, sum(one.commits for one in report.rounds))
    lines = [
        f"{plan.database}: {plan.rounds} rounds of {plan.seconds:g} s, {digits(batch)} messages a commit.",
        f"{taken_on.cpu}, {taken_on.cores} cores, {taken_on.date}, load before {taken_on.load_before}. "
        f"This process used {cpu} us an append.",
        "",
        *sheet.columns([HEAD, *_rows(report.rounds)]),
        "",
        *sheet.mark_lines(marks),
    ]
    late = max(one.lateness.p99 for one in report.rounds)
    if late > LATE_MS_MAX:
        lines.append(
            f"Note: the generator itself was up to {late:.1f} ms late at its 99th percentile, which the latencies "
            "contain: take these figures again on a quiet machine."
        )
    return "\n".join(lines)


def _rows(rounds: Sequence[Round]) -> Iterator[tuple[str, ...]]:
    for number, one in enumerate(rounds, 1):
        yield _row(f"one bare commit, round {number}", one.commit)
        yield _row(f"append, round {number}", one.append)


def _row(name: str, found: Latency) -> tuple[str, ...]:
    return (name, digits(found.p50), digits(found.p99), digits(found.max), str(found.count))


async def _on_postgres(server: Postgres, plan: Plan) -> tuple[Round, ...]:
    url = await server.new_database()
    return tuple([await writing.write(url, plan, await floor.commit_cost(url), seed) for seed in range(plan.rounds)])


async def _on_sqlite(folder: Path, plan: Plan) -> tuple[Round, ...]:
    url = f"sqlite+aiosqlite:///{folder}{os.sep}rtserver.db"
    await writing.migrate(url)
    return tuple(
        [
            await writing.write(url, plan, await asyncio.to_thread(commit_cost, folder), seed)
            for seed in range(plan.rounds)
        ]
    )
