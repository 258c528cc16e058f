"""`python -m loadtests run board`: what a shared board costs our server, on a server of its own.

Exit status 0: all targets met; 1: one was missed; 2: nothing could be measured, and the one sentence on standard error
says what to do. The last line of standard output is JSON.
"""

import argparse
import shlex
import tempfile
from pathlib import Path

from loadtests import machine
from loadtests.arguments import count, positive
from loadtests.board import measure, result, tables
from loadtests.board.lesson import lesson
from loadtests.board.plan import Plan
from loadtests.board.result import Report
from loadtests.compare.progress import Progress
from loadtests.own_server import FINE, MISSED, NOT_MEASURED, measured, require_folder, tell
from loadtests.portal import FOUNDERS
from loadtests.problem import Problem
from loadtests.server import Installation, find_command

USUAL = Plan()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    parser.description = "What a shared board costs: strokes, points, joining a large board, an hour of drawing."
    parser.epilog = __doc__.partition("\n\n")[2] if __doc__ else None
    add = parser.add_argument
    add("--people", type=count, default=USUAL.people, help="on the board (%(default)s)")
    add("--drawers", type=count, default=USUAL.drawers, help="who draw (%(default)s)")
    add("--rounds", type=count, default=USUAL.rounds, help="rounds of drawing (%(default)s)")
    add("--duration", type=positive, default=USUAL.seconds, help="seconds a round (%(default)s)")
    add("--warm-up", type=positive, default=USUAL.warm_up, help="seconds before it counts (%(default)s)")
    add("--elements", type=count, default=USUAL.elements, help="on the large board (%(default)s)")
    add("--hour", type=count, default=USUAL.hour, help="strokes of the hour that is replayed (%(default)s)")
    add("--rate", type=positive, default=USUAL.rate, help="of them a second (%(default)s)")
    add("--starts", type=count, default=USUAL.starts, help="restarts, each with a first join (%(default)s)")
    add("--rtserver", type=Path, help="the command to measure (the one of this Python environment)")
    add("--report", type=Path, metavar="FILE.html", help="write a page for people")


def main(options: argparse.Namespace, given: list[str]) -> int:
    """The command. Returns the exit status."""
    report = measured("board", lambda: run(options, given))
    if report is None:
        return NOT_MEASURED
    marks = result.judge(report)
    tell(tables.terminal(report, marks), lambda: tables.page(report, marks), options.report, report.as_json(marks))
    return FINE if all(mark.is_met for mark in marks) else MISSED


def run(options: argparse.Namespace, given: list[str]) -> Report:
    """Measure everything. Raises `Problem`."""
    plan = _plan(options)
    cores = machine.share_out()
    taken_on = machine.describe_shared(cores)
    machine.allow_files(plan.people, fewer="--people")
    with Progress() as progress, machine.on_core(cores.generator), tempfile.TemporaryDirectory() as folder:
        progress.expect(plan.rounds + 3)
        installation = Installation(options.rtserver or find_command(), Path(folder))
        with lesson(installation, cores, plan.people) as lessons:
            lessons.everybody_joins()
            drawing = []
            for number in range(1, plan.rounds + 1):
                drawing.append(measure.draw(lessons, plan))
                found = drawing[-1]
                progress.measured(
                    f"round {number} of {plan.rounds}: strokes p99 {found.strokes.p99:.1f} ms, "
                    f"points p99 {found.points.p99:.1f} ms, {found.server_core_percent:g} % of a core"
                )
            short = measure.bytes_per_point(lessons, measure.SHORT_POINTS)
            long = measure.bytes_per_point(lessons, measure.LONG_POINTS)
        large = Installation(options.rtserver or find_command(), Path(folder) / "large")
        with lesson(large, cores, plan.people) as lessons:
            lessons.everybody_joins()
            lessons.fill(plan.elements)
            joining = measure.join(lessons)
            progress.measured(f"joining {joining.elements} elements: p99 {joining.answer.p99:.1f} ms")
            hour = measure.hour(lessons, plan, progress.say)
            progress.measured(f"an hour of drawing: {hour.strokes} strokes")
        cold = measure.cold_joins(large, cores, lessons.plan, plan.starts)
        progress.measured(f"joining first after a restart: {max(cold):.1f} ms at most, {plan.starts} restarts")
    return Report(
        machine=taken_on,
        plan=plan,
        drawing=tuple(drawing),
        bytes_short=short,
        bytes_long=long,
        joining=joining,
        cold=cold,
        hour=hour,
        command=shlex.join(["python", "-m", "loadtests", "run", "board", *given]),
    )


def _plan(options: argparse.Namespace) -> Plan:
    if options.people < max(FOUNDERS, options.drawers):
        raise Problem(f"{options.drawers} of {options.people} people cannot draw: raise --people or lower --drawers.")
    if options.duration <= options.warm_up:
        raise Problem("The warm-up is as long as the round: raise --duration or lower --warm-up.")
    require_folder(options.report)
    return Plan(
        people=options.people,
        drawers=options.drawers,
        rounds=options.rounds,
        seconds=options.duration,
        warm_up=options.warm_up,
        elements=options.elements,
        hour=options.hour,
        rate=options.rate,
        starts=options.starts,
    )
