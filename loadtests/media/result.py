"""What was found: the rounds of each engine, what they come to, and whether the targets were met."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

import msgspec
from msgspec import Struct, structs

from loadtests.compare.result import Three, three
from loadtests.compare.targets import Mark, spread_text
from loadtests.figures import spread
from loadtests.machine import SharedMachine
from loadtests.media.director import Measured
from loadtests.media.engine import JANUS, MEDIARELAY, OURS, SOUNDS_MAX, Load
from loadtests.media.processes import WORKER

FORMAT = 1
"""Of the JSON: fields are added, never renamed or removed."""

MICROSECONDS = 1e6
PERCENT = 100.0

JANUS_RATIO_MAX = 0.6
"""Of our processor time per packet to that of Janus."""

JANUS_LOAD = Load(6, 24)

MEDIARELAY_RATIO_MIN = 25.0
"""How many times cheaper than MediaRelay a packet is."""

MEDIARELAY_LOAD = Load(2, 2)
"""It takes a core for itself there: at more it would be measured drowning."""

CORE_PERCENT_MAX = {Load(6, 24): 30.0, Load(8, 60): 65.0}
"""Of one core, for all our processes together."""

LOAD_BEFORE_MAX = 1.0
"""Processes that wanted a core in the minute before: a run of ours that has just ended leaves less."""

LATE_MS_MAX = 100.0
"""Milliseconds by which a frame may leave late before the generator is called disturbed: some frames of video."""

OVERRUN_HINT = "net.core.rmem_max"


class Figures(Struct, frozen=True):
    """One engine: least, median and most of its rounds under `spread`, the medians and the sums beside it.

    `us_per_packet`: microseconds of processor time, of all its processes, for each RTP packet that was delivered.
    `core_percent`: of one core. `worker_*`: the same of the process that forwards alone, None where there is no other.
    Streams are RTP streams that arrived at subscribers. `overrun`: packets lost in the generator's own sockets, which
    `lost` contains.
    """

    version: str
    srtp: str
    us_per_packet: float
    core_percent: float
    worker_us_per_packet: float | None
    worker_core_percent: float | None
    packets_per_second: float
    video_streams: int
    audio_streams: int
    packets: int
    lost: int
    duplicates: int
    late: int
    foreign: int
    overrun: int
    generator_core_percent: float
    generator_late_ms: float
    spread: dict[str, Three]


class Report(Struct, frozen=True):
    """The whole run. `left_out`: engines that were asked for and not measured, and why."""

    machine: SharedMachine
    load: Load
    rounds: int
    warm_up: float
    duration: float
    engines: dict[str, Figures]
    left_out: dict[str, str]
    ratios: dict[str, Three]
    """Processor time per packet, ours to theirs, round by round."""

    command: str

    def as_json(self, marks: Sequence[Mark]) -> str:
        """One line, for programs."""
        fields: dict[str, Any] = {"format": FORMAT} | structs.asdict(self)
        fields["load"] = structs.asdict(self.load) | {"calls": self.load.calls, "streams": self.load.streams}
        fields["targets"] = marks
        return msgspec.json.encode(fields).decode()


def us_per_packet(measured: Measured, process: str | None = None) -> float:
    """Microseconds of one round, of all processes or one."""
    cpu = measured.taken.cpu
    used = sum(cpu.values()) if process is None else cpu[process]
    return used * MICROSECONDS / max(1, measured.taken.counts.delivered)


def core_percent(measured: Measured, process: str | None = None) -> float:
    """Of a core."""
    cpu = measured.taken.cpu
    return (sum(cpu.values()) if process is None else cpu[process]) * PERCENT / measured.taken.seconds


def summarise(version: str, rounds: Sequence[Measured]) -> Figures:
    """All rounds of one engine, at least one."""
    taken = [one.taken for one in rounds]
    has_worker = all(WORKER in one.cpu for one in taken)
    figures = {
        "us_per_packet": three([us_per_packet(one) for one in rounds]),
        "core_percent": three([core_percent(one) for one in rounds]),
        "packets_per_second": three([one.counts.delivered / one.seconds for one in taken]),
    }
    return Figures(
        version=version,
        srtp=rounds[0].profile,
        us_per_packet=figures["us_per_packet"][1],
        core_percent=figures["core_percent"][1],
        worker_us_per_packet=three([us_per_packet(one, WORKER) for one in rounds])[1] if has_worker else None,
        worker_core_percent=three([core_percent(one, WORKER) for one in rounds])[1] if has_worker else None,
        packets_per_second=figures["packets_per_second"][1],
        video_streams=min(one.video_streams for one in taken),
        audio_streams=min(one.audio_streams for one in taken),
        packets=sum(one.counts.delivered for one in taken),
        lost=sum(one.counts.lost for one in taken),
        duplicates=sum(one.counts.duplicates for one in taken),
        late=sum(one.counts.late for one in taken),
        foreign=sum(one.counts.foreign for one in taken),
        overrun=sum(one.overrun for one in taken),
        generator_core_percent=round(median(one.generator_cpu * PERCENT / one.seconds for one in taken), 1),
        generator_late_ms=round(max(one.late_ms for one in taken), 1),
        spread=figures,
    )


def ratios(rounds: Mapping[str, Sequence[Measured]]) -> dict[str, Three]:
    """Of ours to each other engine, in the rounds that both have."""
    ours = rounds.get(OURS, ())

    def of(others: Sequence[Measured]) -> Three:
        found = spread([us_per_packet(one) / us_per_packet(other) for one, other in zip(ours, others, strict=False)])
        return (found.min, found.median, found.max)

    return {name: of(others) for name, others in rounds.items() if name != OURS and ours and others}


def judge(report: Report) -> list[Mark]:
    """Every target of this load for which everything was measured."""
    return list(_marks(report))


def _marks(report: Report) -> Iterator[Mark]:
    ours = report.engines.get(OURS)
    if ours is None:
        return
    if JANUS in report.ratios and report.load == JANUS_LOAD:
        found = report.ratios[JANUS]
        yield Mark(
            "processor time per packet, ours to Janus",
            f"at most {JANUS_RATIO_MAX:g}",
            spread_text(found),
            found[1] <= JANUS_RATIO_MAX,
        )
    if MEDIARELAY in report.ratios and report.load == MEDIARELAY_LOAD:
        least, middle, most = report.ratios[MEDIARELAY]
        found = (1 / most, 1 / middle, 1 / least)
        yield Mark(
            "processor time per packet, MediaRelay to ours",
            f"at least {MEDIARELAY_RATIO_MIN:g}",
            spread_text(found),
            found[1] >= MEDIARELAY_RATIO_MIN,
        )
    if report.load in CORE_PERCENT_MAX:
        most_wanted = CORE_PERCENT_MAX[report.load]
        yield Mark(
            f"{report.load.streams} streams on one core",
            f"at most {most_wanted:g} % of it",
            f"{spread_text(ours.spread['core_percent'])} %",
            ours.core_percent <= most_wanted,
        )
    wrong = ours.lost + ours.duplicates + ours.foreign
    yield Mark(
        "packets lost, doubled or of nobody",
        "none",
        f"{wrong} of {ours.packets}",
        wrong == 0,
    )


def remarks(report: Report) -> list[str]:
    """What the reader has to know to trust the figures, or not to."""
    found = [f"{name} is left out: {reason}" for name, reason in report.left_out.items()]
    if report.machine.load_before > LOAD_BEFORE_MAX:
        found.append(
            f"Others were at work on this machine (load {report.machine.load_before:g} before): a server that gets its "
            "core late finds more packets at once, each of them cheaper. Take these figures again when it is quiet."
        )
    for name, figures in report.engines.items():
        if figures.overrun:
            found.append(
                f"{figures.overrun} packets of {name} were lost in the generator's own sockets: raise {OVERRUN_HINT}, "
                "or take the figures again on a quiet machine."
            )
        if figures.generator_late_ms > LATE_MS_MAX:
            found.append(
                f"The generator sent up to {figures.generator_late_ms:g} ms late to {name}: somebody else was at work "
                "on its core."
            )
    if MEDIARELAY in report.engines and report.load != MEDIARELAY_LOAD:
        found.append(f"MediaRelay takes a whole core at {MEDIARELAY_LOAD.name}: beyond, it is measured drowning.")
    ours = report.engines.get(OURS)
    if ours is not None and ours.audio_streams < report.load.streams:
        found.append(
            f"Of {report.load.publishers} sounds, rtserver sends each subscriber the loudest {SOUNDS_MAX}: "
            f"{ours.audio_streams} streams of sound beside {ours.video_streams} of picture."
            + (" Janus is asked for these." if JANUS in report.engines else "")
        )
    if MEDIARELAY in report.engines:
        found.append(
            "MediaRelay decodes and encodes: its packets are not those that the publishers sent, and only what is lost "
            "between it and the subscribers can be seen."
        )
    return found
