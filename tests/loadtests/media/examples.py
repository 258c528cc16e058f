"""A report as a run gives it."""

from loadtests.machine import Cores, SharedMachine
from loadtests.media import result
from loadtests.media.arrivals import Counts
from loadtests.media.director import Measured
from loadtests.media.engine import JANUS, MEDIARELAY, OURS, Load
from loadtests.media.processes import MAIN, WORKER
from loadtests.media.result import Report
from loadtests.media.stage import Taken

MACHINE = SharedMachine("2026-11-22T12:00:00+00:00", 2, "a processor", "3.11.7", "Linux 6.18", 0.1, Cores(0, 1))


LOAD = Load(6, 24)


def measured(us: float, lost: int = 0, has_worker: bool = False, late_ms: float = 2.0, overrun: int = 0) -> Measured:
    """A round of 100 000 packets in 10 seconds, each of so many microseconds."""
    used = us * 100_000 / 1e6
    cpu = {MAIN: used / 10, WORKER: used * 0.9} if has_worker else {MAIN: used}
    return Measured(
        Taken(
            seconds=10.0,
            cpu=cpu,
            generator_cpu=1.0,
            counts=Counts(delivered=100_000, lost=lost),
            video_streams=144,
            audio_streams=120 if has_worker else 144,
            overrun=overrun,
            late_ms=late_ms,
            refused=0,
        ),
        "SRTP_AEAD_AES_128_GCM",
    )


def report(
    load: Load = LOAD, ours: float = 10.0, janus: float | None = 20.0, relay: float | None = None, lost: int = 0
) -> Report:
    rounds = {OURS: [measured(ours, lost, has_worker=True)]}
    if janus is not None:
        rounds[JANUS] = [measured(janus)]
    if relay is not None:
        rounds[MEDIARELAY] = [measured(relay)]
    return Report(
        machine=MACHINE,
        load=load,
        rounds=1,
        warm_up=2.0,
        duration=10.0,
        engines={name: result.summarise(f"{name} 1.0", found) for name, found in rounds.items()},
        left_out={},
        ratios=result.ratios(rounds),
        command="python -m loadtests media",
    )
