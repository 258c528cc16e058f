"""What was found of a lesson with faults."""

from collections import defaultdict
from collections.abc import Iterator
from statistics import median
from typing import Any

import msgspec
from msgspec import Struct, structs

from loadtests.faults.checks import Kept
from loadtests.faults.plan import Plan
from loadtests.faults.stage import Hosts
from loadtests.faults.throwing import Thrown

FORMAT = 1
"""Of the JSON: fields are added, never renamed or removed."""

MS_PER_SECOND = 1e3


class Report(Struct, frozen=True):
    """The whole run. `returns`: times that somebody came back; `refusals`: for now, by code; `refused`: for good;
    `errors`: lines of the servers' logs that tell of a bug. `cuts`: how hosts were cut off, in a sentence, or empty."""

    plan: Plan
    kept: Kept
    faults: tuple[Thrown, ...]
    is_whole: bool
    returns: int
    refusals: dict[str, int]
    refused: tuple[str, ...]
    errors: tuple[str, ...]
    command: str
    hosts: Hosts = "processes"
    cuts: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether nothing was lost, doubled or out of order, and everything has recovered each time."""
        recovered = all(fault.hurt_ms is not None for fault in self.faults)
        return self.kept.is_kept and self.is_whole and recovered and not self.refused and not self.errors

    def as_json(self) -> str:
        """One line, for programs."""
        fields: dict[str, Any] = {
            "format": FORMAT,
            "is_kept": self.is_kept,
            "seed": self.plan.seed,
            "seconds": self.plan.seconds,
            **structs.asdict(self.kept),
            "hurt_ms": {kind: round(of, 1) for kind, of in medians(self.faults).items()},
            **structs.asdict(self),
        }
        del fields["kept"]
        return msgspec.json.encode(fields).decode()


def medians(faults: tuple[Thrown, ...]) -> dict[str, float]:
    """Milliseconds that each kind has hurt."""
    hurt: defaultdict[str, list[float]] = defaultdict(list)
    for fault in faults:
        if fault.hurt_ms is not None:
            hurt[fault.kind].append(fault.hurt_ms)
    return {kind: median(hurt[kind]) for kind in sorted(hurt)}


def lines(report: Report) -> Iterator[str]:
    """For people."""
    kept = report.kept
    yield f"{len(report.faults)} faults in a lesson of {report.plan.rooms} rooms with {report.plan.people} people each"
    if report.cuts:
        yield report.cuts
    yield (
        f"{kept.acknowledged} messages acknowledged, {kept.events_seen} events read: {kept.lost} lost, "
        f"{kept.duplicated} doubled, {kept.reordered} out of order, {kept.unanswered} never answered, "
        f"{kept.holes} holes in the log, {kept.restarted} logs begun anew"
    )
    yield (
        f"members came back {report.returns} times, {kept.snapshots} times to a state instead of events; "
        f"{kept.resent} messages were sent again"
    )
    for kind, hurt in medians(report.faults).items():
        of = [fault for fault in report.faults if fault.kind == kind]
        lasted = median(fault.lasted_ms for fault in of)
        yield (
            f"  {kind:<26} {len(of):>3} times, lasted {lasted / MS_PER_SECOND:5.1f} s, "
            f"hurt {hurt / MS_PER_SECOND:5.1f} s (medians)"
        )
    for fault in report.faults:
        if fault.hurt_ms is None:
            yield f"  {fault.kind} after {fault.at_s:.0f} s: the deployment did not recover"
    for reason in report.refused[:5]:
        yield f"  refused for good: {reason}"
    for line in report.errors[:5]:
        yield f"  a server has logged: {line}"
    yield "all promises kept" if report.is_kept else "BROKEN: a promise was not kept"
