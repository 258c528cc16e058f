"""What is to be thought of the figures: each target and promise, whether it is met, and a sentence for the headline."""

from collections.abc import Sequence

from msgspec import Struct

from loadtests.generator.crowd import SLOW_READER
from loadtests.machine import Machine
from loadtests.results.model import Check, Figures, Generator, Latency, Settings, Verdict
from loadtests.results.summary import ALL, BUSY_MAX, LATE_MAX_MS
from loadtests.results.words import milliseconds, number, plural, seconds
from loadtests.scenarios import reconnect, slow

UNCHANGED_FACTOR = 1.5
"""The others' p99 while some are slow may be so many times that before: figures of one machine scatter that much."""

UNCHANGED_MS = 2.0
"""Milliseconds that it may be higher in any case: half as much again of very little is nothing."""

LOAD_QUIET = 0.5
"""Processes that want a core before the run: above it somebody else was at work on the generator's machine."""


class Targets(Struct, frozen=True):
    """What the user wants. `p99_ms`: of all deliveries; `return_s`: until the last one is back after a drop."""

    p99_ms: float
    return_s: float


def judge(settings: Settings, figures: Figures, targets: Targets, machine: Machine) -> Verdict:
    """The verdict of one run."""
    checks = [
        *_latency_checks(figures, targets),
        *_promises(figures),
        *_connection_checks(settings, figures, targets),
        *_slow_checks(settings, figures),
    ]
    return Verdict(
        is_passed=all(check.is_met for check in checks),
        sentence=_sentence(settings, figures, checks),
        checks=tuple(checks),
        warnings=tuple(_warnings(figures, machine)),
    )


def judged_latencies(figures: Figures) -> list[Latency]:
    """All deliveries of each stage that is judged."""
    found = [figures.latency(ALL, stage.name) for stage in figures.stages if stage.is_judged]
    return [one for one in found if one is not None]


def _latency_checks(figures: Figures, targets: Targets) -> list[Check]:
    stages = [stage for stage in figures.stages if stage.is_judged]
    checks: list[Check] = []
    for stage in stages:
        where = f", {stage.name}" if len(stages) > 1 else ""
        latency = figures.latency(ALL, stage.name)
        checks.append(
            Check(
                name=f"99 of 100 deliveries in time{where}",
                wanted=f"within {milliseconds(targets.p99_ms)}",
                measured="nothing arrived" if latency is None else milliseconds(latency.p99_ms),
                is_met=latency is not None and latency.p99_ms <= targets.p99_ms,
            )
        )
    return checks


def _promises(figures: Figures) -> list[Check]:
    durable = figures.durable
    if not durable.sent and not figures.volatile.sent:
        return []
    of = f"{number(durable.lost)} of {number(durable.expected)}"
    order = durable.disorder + durable.unordered
    checks = [
        Check("No chat message lost", "0 lost", of, durable.lost == 0),
        Check("Nothing delivered twice", "0 twice", number(durable.twice), durable.twice == 0),
        Check("Everything in order", "0 out of order", number(order), order == 0),
    ]
    unserved = durable.refused + durable.unanswered
    if unserved:
        checks.append(Check("Every message accepted", "0 refused", _refusals(figures), is_met=False))
    if durable.strange:
        checks.append(Check("Nobody else's messages", "0 foreign", number(durable.strange), is_met=False))
    return checks


def _refusals(figures: Figures) -> str:
    parts = [f"{often} x {code}" for code, often in figures.refusals.items()]
    if figures.durable.unanswered:
        parts.append(f"{number(figures.durable.unanswered)} without an answer")
    return ", ".join(parts)


def _connection_checks(settings: Settings, figures: Figures, targets: Targets) -> list[Check]:
    connections = figures.connections
    if settings.scenario == reconnect.Reconnect.name:
        last = connections.back_last_s
        is_met = last is not None and last <= targets.return_s and not connections.never_back
        measured = "nobody came back" if last is None else seconds(last)
        if connections.never_back:
            measured = f"{number(connections.never_back)} never came back"
        return [Check("Everybody is back after the drop", f"within {seconds(targets.return_s)}", measured, is_met)]
    unasked = sum(often for reason, often in connections.cut.items() if not reason.endswith(SLOW_READER))
    checks = [Check("Nobody who reads is cut off", "0 cut", number(unasked), unasked == 0)]
    if connections.gone:
        checks.append(Check("Everybody is there in the end", "0 gone", number(connections.gone), is_met=False))
    return checks


def _slow_checks(settings: Settings, figures: Figures) -> list[Check]:
    if settings.scenario != slow.Slow.name:
        return []
    before, meanwhile = (figures.latency(ALL, stage) for stage in (slow.BEFORE, slow.MEANWHILE))
    cut = sum(often for reason, often in figures.connections.cut.items() if reason.endswith(SLOW_READER))
    dropped = figures.volatile.dropped_at_slow
    checks = [
        Check(
            name="Slow readers are cut, or lose signals only",
            wanted="one of both",
            measured=f"{number(cut)} cut, {number(dropped)} signals dropped",
            is_met=bool(cut or dropped),
        )
    ]
    if before is not None and meanwhile is not None:
        allowed = before.p99_ms * UNCHANGED_FACTOR + UNCHANGED_MS
        checks.append(
            Check(
                name="The others do not notice",
                wanted=f"p99 at most {milliseconds(allowed)} ({milliseconds(before.p99_ms)} before)",
                measured=milliseconds(meanwhile.p99_ms),
                is_met=meanwhile.p99_ms <= allowed,
            )
        )
    return checks


def _sentence(settings: Settings, figures: Figures, checks: Sequence[Check]) -> str:
    """What somebody remembers who reads nothing else."""
    who = f"{plural(settings.rooms, 'room')} of {number(settings.size)} people"
    missed = [check for check in checks if not check.is_met]
    latencies = judged_latencies(figures)
    if missed:
        what = "; ".join(f"{check.name}: {check.measured}, wanted {check.wanted}" for check in missed)
        return f"{who}: {what}."
    connections = figures.connections
    if settings.scenario == reconnect.Reconnect.name and connections.back_last_s is not None:
        return (
            f"{number(connections.entered)} people dropped at once: the last was back after "
            f"{seconds(connections.back_last_s)}, with nothing lost and nothing twice."
        )
    if settings.scenario == slow.Slow.name and len(latencies) > 1:
        where = f"a room of {number(settings.size)} people" if settings.rooms == 1 else f"each of {who}"
        return (
            f"{plural(settings.slow, 'slow reader')} in {where} did not disturb the others: 99 of 100 deliveries "
            f"arrived within {milliseconds(latencies[0].p99_ms)} before and {milliseconds(latencies[1].p99_ms)} "
            "meanwhile, and nothing was lost."
        )
    if not latencies:
        held = seconds(figures.stages[-1].end_s)
        return f"{number(connections.entered)} connections held for {held}, none was lost."
    worst = max(latencies, key=lambda one: one.p99_ms)
    return (
        f"{who}, {number(figures.deliveries_per_second)} deliveries a second: 99 of 100 arrived within "
        f"{milliseconds(worst.p99_ms)}. Nothing lost, nothing twice, all in order."
    )


def _warnings(figures: Figures, machine: Machine) -> list[str]:
    found: list[str] = []
    if figures.generator.is_bottleneck:
        found.append(_bottleneck(figures.generator))
    volatile = figures.volatile
    if volatile.dropped:
        slow_part = f", {number(volatile.dropped_at_slow)} of them at slow readers" if volatile.dropped_at_slow else ""
        found.append(
            f"{number(volatile.dropped)} of {number(volatile.expected)} deliveries of volatile signals (cursors, "
            f"typing, strokes in progress) did not arrive{slow_part}. The server may drop them by design for whoever "
            "is behind or away; chat is never dropped."
        )
    if machine.load_before > LOAD_QUIET:
        found.append(
            f"Before the run {machine.load_before:g} other processes wanted a core of the generator's machine: "
            "a quiet machine gives steadier figures."
        )
    return found


def _bottleneck(generator: Generator) -> str:
    """Two causes, two remedies."""
    late = f"{milliseconds(generator.late_p99_ms)} late (99th percentile, bound {milliseconds(LATE_MAX_MS)})"
    if generator.busy > BUSY_MAX:
        return (
            f"The generator itself was the bottleneck: its busiest process used {generator.busy:.0%} of a core (bound "
            f"{BUSY_MAX:.0%}) and sent {late}. The server may be better than these figures: take more --processes, "
            "or another machine for the generator."
        )
    return (
        f"The generator did not get its core when it needed it: it sent {late} though it was busy for only "
        f"{generator.busy:.0%} of the time. Something else was at work on its machine, so the server may be better "
        "than these figures: take a quiet machine, or another one for the generator."
    )
