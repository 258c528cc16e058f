"""Results for the tests of what is made from them: a run as it should be, and ways to spoil it."""

from loadtests.generator.tally import Tally
from loadtests.machine import Machine
from loadtests.results.histogram import latency
from loadtests.results.model import (
    FORMAT,
    Connections,
    Doing,
    Durable,
    Figures,
    Generator,
    Point,
    Ramp,
    Result,
    Settings,
    StageSpan,
    Step,
    Verdict,
    Volatile,
)
from loadtests.results.summary import ALL

FAST: Tally = {500: 50, 2_000: 49, 40_000: 1}

MACHINE = Machine("2026-11-22T09:00:00+00:00", 2, "A CPU <fast>", "3.11.7", "Linux 6.18", load_before=0.1)

DURABLE = Durable(
    sent=10, expected=600, delivered=600, lost=0, twice=0, disorder=0, unordered=0, refused=0, unanswered=0, strange=0
)


def settings(scenario: str = "lesson") -> Settings:
    return Settings(
        scenario=scenario,
        summary="A & B.",
        url="http://127.0.0.1:8080",
        rooms=1,
        size=60,
        rate=228,
        duration_s=2,
        warm_up_s=1,
        slow=3,
        processes=1,
        target_p99_ms=100,
        command="python -m loadtests run lesson",
    )


def figures(tally: Tally | None = None, durable: Durable = DURABLE) -> Figures:
    return Figures(
        durable=durable,
        volatile=Volatile(sent=20, expected=1180, delivered=1180, dropped=0, dropped_at_slow=0, unsent=0),
        latencies=(latency(ALL, "measured", FAST if tally is None else tally), latency("chat", "measured", {900: 7})),
        deliveries_per_second=890,
        connections=Connections(entered=60, entrance_s=1.5, gone=0, cut={}),
        generator=Generator(
            processes=1, busy=0.1, late_p50_ms=0.1, late_p99_ms=0.4, turn_p99_ms=0.5, is_bottleneck=False
        ),
        stages=(StageSpan("warm-up", 0, 1, is_judged=False), StageSpan("measured", 1, 3, is_judged=True)),
        timeline=tuple(Point(second, 800, 0.5, 2.0 + second, 60, 0, 0.2, 0.1) for second in range(3)),
        refusals={},
    )


def result(found: Figures | None = None, verdict: Verdict | None = None) -> Result:
    return Result(
        format=FORMAT,
        kind="run",
        verdict=verdict or Verdict(True, "All is well.", (), ()),
        settings=settings(),
        activities=(Doing("chat", people=60, per_minute=1.5, characters=60, reason="because"),),
        machine=MACHINE,
        figures=found or figures(),
    )


def ramp() -> Ramp:
    steps = tuple(
        Step(load, 900 * load, 1.0, 10.0 * load, load < 12, "p99", load == 10) for load in (1.0, 2.0, 12.0, 10.0)
    )
    return Ramp("rooms", 10, is_limit=True, steps=steps)
