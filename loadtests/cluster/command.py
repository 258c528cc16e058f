"""`python -m loadtests run cluster`: what many processes cost, on a deployment of its own.

It starts PostgreSQL (durable), Redis, HAProxy and nodes of rtserver in a temporary folder. Exit status 0: all targets
met; 1: one was missed; 2: nothing could be measured, and the one sentence on standard error says what to do. The last
line of standard output is JSON.
"""

import argparse
import shlex
from pathlib import Path

from loadtests import machine
from loadtests.arguments import count, positive
from loadtests.cluster import hop, many_rooms, result, rolling, tables, throughput
from loadtests.cluster.plan import HOP, IDLE_PEOPLE, PARTS, RESTART, ROOMS, THROUGHPUT, Plan
from loadtests.cluster.result import Report
from loadtests.compare.plan import choose
from loadtests.compare.progress import Progress
from loadtests.measure import Say
from loadtests.own_server import FINE, MISSED, NOT_MEASURED, measured, require_folder, tell
from loadtests.portal import FOUNDERS
from loadtests.problem import Problem

USUAL = Plan()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    parser.description = "What many processes cost: the hop, throughput, very many rooms, rolling restarts."
    parser.epilog = __doc__.partition("\n\n")[2] if __doc__ else None
    add = parser.add_argument
    add("--only", metavar="PARTS", help=f"some of {', '.join(PARTS)}, with commas (all)")
    add("--people", type=count, default=USUAL.people, help="in a room (%(default)s)")
    add("--rounds", type=count, default=USUAL.rounds, help="rounds of throughput and restarts (%(default)s)")
    add("--hop-rounds", type=count, default=USUAL.hop_rounds, help="rounds of the hop (%(default)s)")
    add("--warm-up", type=positive, default=USUAL.warm_up, help="seconds before it counts (%(default)s)")
    add("--hop-duration", type=positive, default=USUAL.hop_seconds, help="seconds of one load (%(default)s)")
    add("--chat-rate", type=positive, default=USUAL.chat_rate, help="chat messages a second alone (%(default)s)")
    add("--rate", type=positive, default=USUAL.rate, help="deliveries a second that have to be kept (%(default)s)")
    add("--throughput-rooms", type=count, default=USUAL.throughput_rooms, help="that share them (%(default)s)")
    add("--throughput-duration", type=positive, default=USUAL.throughput_seconds, help="seconds a rate (%(default)s)")
    add("--idle", type=count, default=USUAL.idle, help="idle rooms at the last step (%(default)s)")
    add("--active", type=count, default=USUAL.active, help="rooms with a lesson then (%(default)s)")
    add("--active-people", type=count, default=USUAL.active_people, help="in each of these (%(default)s)")
    add("--rooms-duration", type=positive, default=USUAL.rooms_seconds, help="seconds a step, twice (%(default)s)")
    add("--restart-rooms", type=count, default=USUAL.restart_rooms, help="rooms during restarts (%(default)s)")
    add("--report", type=Path, metavar="FILE.html", help="write a page for people")


def main(options: argparse.Namespace, given: list[str]) -> int:
    """The command. Returns the exit status."""
    report = measured("cluster", lambda: run(options, given))
    if report is None:
        return NOT_MEASURED
    marks = result.judge(report)
    tell(tables.terminal(report, marks), lambda: tables.page(report, marks), options.report, report.as_json(marks))
    return FINE if all(mark.is_met for mark in marks) else MISSED


def run(options: argparse.Namespace, given: list[str]) -> Report:
    """Measure what was asked for. Raises `Problem`."""
    plan = _plan(options)
    cores = machine.share_out()
    taken_on = machine.describe_shared(cores)
    machine.allow_files(_sockets(plan), fewer="--people, --idle and --active")
    parts = plan.parts
    with Progress() as progress:
        say: Say = progress.say
        with machine.on_core(cores.generator):
            hops = hop.measure(plan, cores, say) if HOP in parts else ()
        return Report(
            machine=taken_on,
            plan=plan,
            hop=hops,
            throughput=throughput.measure(plan, say) if THROUGHPUT in parts else (),
            rooms=many_rooms.measure(plan, say) if ROOMS in parts else None,
            restart=rolling.measure(plan, say) if RESTART in parts else (),
            command=shlex.join(["python", "-m", "loadtests", "run", "cluster", *given]),
        )


def _sockets(plan: Plan) -> int:
    """At most, in one process."""
    in_rooms = max(plan.idle * IDLE_PEOPLE, plan.active * plan.active_people)
    return max(2 * plan.people, plan.throughput_rooms * plan.people, in_rooms, plan.restart_rooms * plan.people)


def _plan(options: argparse.Namespace) -> Plan:
    fewest = throughput.SERVERS * (throughput.WITNESSES + 1)
    if options.people < fewest:
        raise Problem(f"A room of {options.people} cannot be shared by two processes: take --people {fewest} or more.")
    if options.active_people < FOUNDERS:
        raise Problem(f"A project has {FOUNDERS} founders: take --active-people {FOUNDERS} or more.")
    if options.idle < many_rooms.LEAST_IDLE:
        raise Problem(f"So few rooms cannot be added in steps: take --idle {many_rooms.LEAST_IDLE} or more.")
    require_folder(options.report)
    return Plan(
        parts=choose(options.only, PARTS, PARTS, "part"),
        people=options.people,
        rounds=options.rounds,
        hop_rounds=options.hop_rounds,
        warm_up=options.warm_up,
        hop_seconds=options.hop_duration,
        chat_rate=options.chat_rate,
        rate=options.rate,
        throughput_rooms=options.throughput_rooms,
        throughput_seconds=options.throughput_duration,
        idle=options.idle,
        active=options.active,
        active_people=options.active_people,
        rooms_seconds=options.rooms_duration,
        restart_rooms=options.restart_rooms,
    )
