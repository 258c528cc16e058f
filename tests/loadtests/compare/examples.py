"""Measurements that were never taken, for what is made of them."""

from loadtests.chat import ChatResult
from loadtests.compare.generator import Run, Share
from loadtests.compare.plan import NAMES, Plan
from loadtests.compare.result import Entered, Report, Round, summarise
from loadtests.figures import Latency
from loadtests.ledger import Violations
from loadtests.machine import Cores, SharedMachine
from loadtests.measure import ChatPlan, ChatRound

MACHINE = SharedMachine(
    date="2026-11-22T10:00:00+00:00",
    cores=2,
    cpu="A processor",
    python="3.11.7",
    kernel="Linux 6",
    pinned=Cores(server=0, generator=1),
    load_before=0.1,
)

QUICK = Share(used=0.98, waited=0.0)
EASY = Share(used=0.3, waited=0.0)


def latency(p99: float) -> Latency:
    return Latency(p50=p99 / 2, p99=p99, max=p99 * 2, count=1_000)


def saturated(dps: float, p99: float = 5, server: Share = QUICK, generator: Share = EASY) -> Run:
    return Run(
        deliveries=round(dps * 2),
        seconds=2,
        latency=latency(p99),
        generator=generator,
        server=server,
        violations=Violations(),
    )


def fixed(dps: float, p99: float, unfinished: int = 0) -> Run:
    return Run(
        deliveries=round(dps * 2),
        seconds=2,
        latency=latency(p99),
        generator=EASY,
        server=EASY,
        violations=Violations(),
        unfinished=unfinished,
        lateness=latency(0.1),
    )


def good_round(factor: float = 1) -> Round:
    """Of ours: it reaches everything."""
    runs = {name: saturated(dps * factor) for name, dps in (("S1", 160e3), ("S2", 900e3), ("S3", 330e3), ("S4", 950e3))}
    runs |= {"20k": fixed(20e3, p99=1), "100k": fixed(100e3, p99=10)}
    return Round(runs, Entered(per_second=1_900, bytes_each=12 * 1024, other_per_second=1_500))


def node_round(factor: float = 1) -> Round:
    runs = {
        name: saturated(dps * factor, p99=20)
        for name, dps in (("S1", 80e3), ("S2", 130e3), ("S3", 100e3), ("S4", 110e3))
    }
    runs |= {"20k": fixed(20e3, p99=4), "100k": fixed(95e3, p99=300)}
    return Round(runs, Entered(per_second=2_000, bytes_each=20 * 1024, other_per_second=2_500))


def chat_round(p99: float = 5) -> ChatRound:
    result = ChatResult(
        delivery=latency(p99),
        ack=latency(p99),
        lateness=latency(0.1),
        deliveries=10_000,
        seconds=4,
        cpu_seconds=2,
        violations=Violations(),
    )
    return ChatRound(commit=latency(1), chats=dict.fromkeys((20.0, 100.0, 200.0), result))


def report(ours: list[Round], node: list[Round], chat: list[ChatRound] | None = None) -> Report:
    return summarise(
        MACHINE,
        {"Python": "3.11.7"},
        Plan(scenarios=NAMES),
        {"ours": ours, "node-ws": node, "node-uws": []},
        {"node-uws": "not installed: no such library"},
        None if chat is None else (ChatPlan(rates=(20, 100, 200)), chat),
    )


def good_report() -> Report:
    return report(
        [good_round(), good_round(0.9), good_round(1.2)],
        [node_round(), node_round(0.8), node_round(1.2)],
        [chat_round(), chat_round(4), chat_round(30)],
    )
