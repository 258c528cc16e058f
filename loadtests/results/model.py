"""The shape of a result. It is the JSON that `--json` writes: fields are added, never renamed or removed.

Times are milliseconds where the name ends in `_ms`, else seconds. `format` changes when the meaning of a field does.
"""

from typing import Literal

import msgspec
from msgspec import Struct

from loadtests.machine import Machine

FORMAT = 1


class Latency(Struct, frozen=True):
    """How long deliveries took, from when a message was due. `name`: of what; `stage`: in which part of the run.

    `percentiles`: pairs of a percentile and its milliseconds, for the plot.
    """

    name: str
    stage: str
    count: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    p999_ms: float
    max_ms: float
    percentiles: tuple[tuple[float, float], ...] = ()


class Durable(Struct, frozen=True):
    """Chat. `expected`: deliveries that there should have been; `lost`: of them, never came. `unordered`: receivers
    whose order of the log was not that of the others; `refused`, `unanswered`: commands."""

    sent: int
    expected: int
    delivered: int
    lost: int
    twice: int
    disorder: int
    unordered: int
    refused: int
    unanswered: int
    strange: int

    @property
    def broken(self) -> int:
        """Zero when every promise was kept."""
        return self.lost + self.twice + self.disorder + self.unordered + self.refused + self.unanswered + self.strange


class Volatile(Struct, frozen=True):
    """Signals. They may be dropped for a slow reader, by design: `dropped` is no fault, but is told.

    `dropped_at_slow`: of them, at members who had stopped reading; `missed_while_away`: cannot be told apart from
    dropped ones when members were away, and is 0 unless everybody was dropped; `unsent`: their sender was away.
    """

    sent: int
    expected: int
    delivered: int
    dropped: int
    dropped_at_slow: int
    unsent: int


class Connections(Struct, frozen=True):
    """`entered` people in `entrance_s`, tickets included; `cut`: by the server or the network, by reason.

    `back_*`: how long after the drop people were back in their rooms, their gaps filled; None when nobody was dropped.
    `gone`: not there in the end.
    """

    entered: int
    entrance_s: float
    gone: int
    cut: dict[str, int]
    back_p50_s: float | None = None
    back_last_s: float | None = None
    never_back: int = 0


class Generator(Struct, frozen=True):
    """Whether the generator itself was fast enough. `busy`: of a core, its busiest process over the whole run.

    `late_p99_ms`: how late it sent; `turn_p99_ms`: how long bytes may have waited for it. Both are contained in the
    latencies. `is_bottleneck`: the figures say as much about the generator as about the server.
    """

    processes: int
    busy: float
    late_p50_ms: float
    late_p99_ms: float
    turn_p99_ms: float
    is_bottleneck: bool


class Point(Struct, frozen=True):
    """One second of the run."""

    second: int
    deliveries: int
    p50_ms: float | None
    p99_ms: float | None
    here: int
    away: int
    generator_late_p99_ms: float | None
    generator_busy: float


class StageSpan(Struct, frozen=True):
    """A part of the run, in seconds since its beginning."""

    name: str
    begin_s: float
    end_s: float
    is_judged: bool


class Check(Struct, frozen=True):
    """One target or promise: what was asked for, what came of it, and whether it is met."""

    name: str
    wanted: str
    measured: str
    is_met: bool


class Settings(Struct, frozen=True):
    """What was asked for. `rate`: messages a second in each room. `command`: to do it again."""

    scenario: str
    summary: str
    url: str
    rooms: int
    size: int
    rate: float
    duration_s: float
    warm_up_s: float
    slow: int
    processes: int
    target_p99_ms: float
    command: str


class Doing(Struct, frozen=True):
    """What people did: `what` (chat, typing, cursor, stroke), messages a minute of each of `people` in a room."""

    what: str
    people: int
    per_minute: float
    characters: int
    reason: str


class Figures(Struct, frozen=True):
    """Everything that was measured in one run, whatever is thought of it."""

    durable: Durable
    volatile: Volatile
    latencies: tuple[Latency, ...]
    deliveries_per_second: float
    connections: Connections
    generator: Generator
    stages: tuple[StageSpan, ...]
    timeline: tuple[Point, ...]
    refusals: dict[str, int]

    def latency(self, name: str, stage: str) -> Latency | None:
        """One of the latencies; None when nothing of that name was measured in that stage."""
        return next((one for one in self.latencies if (one.name, one.stage) == (name, stage)), None)


class Verdict(Struct, frozen=True):
    """What is to be thought of it. `warnings`: what a reader has to know before believing the figures."""

    is_passed: bool
    sentence: str
    checks: tuple[Check, ...]
    warnings: tuple[str, ...]


class Step(Struct, frozen=True):
    """One load that `ramp` has tried. `load`: rooms, or messages a second in each room."""

    load: float
    deliveries_per_second: float
    p50_ms: float
    p99_ms: float
    is_kept: bool
    why: str
    is_confirmation: bool


class Ramp(Struct, frozen=True):
    """What `ramp` has found. `highest`: the highest load that was kept, 0 when none was; `is_limit`: a higher one was
    not. Else the search ended at the load that the user, or the generator, allows."""

    unit: Literal["rooms", "messages a second"]
    highest: float
    is_limit: bool
    steps: tuple[Step, ...]


class Result(Struct, frozen=True):
    """All of it. `kind` "ramp": the figures are those of the run that confirmed the highest load."""

    format: int
    kind: Literal["run", "ramp"]
    verdict: Verdict
    settings: Settings
    activities: tuple[Doing, ...]
    machine: Machine
    figures: Figures
    ramp: Ramp | None = None


def encode(result: Result) -> bytes:
    """As JSON, on one line."""
    return msgspec.json.encode(result)


def decode(data: bytes) -> Result:
    """From JSON. Raises `msgspec.MsgspecError`."""
    return msgspec.json.decode(data, type=Result)
