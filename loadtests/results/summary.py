"""From what was observed to figures: totals, percentiles, and what of it was lost, doubled or out of order."""

from collections import defaultdict
from collections.abc import Sequence

from loadtests.generator.observation import NO_DELIVERIES, Observation, Second
from loadtests.generator.orders import PersonAccount
from loadtests.generator.people import RoomPlan
from loadtests.generator.tally import Tally, add, quantile
from loadtests.results.histogram import latency
from loadtests.results.model import Connections, Durable, Figures, Generator, Latency, Point, StageSpan, Volatile

ALL = "all deliveries"
"""Of every kind, without acks and without what was filled in after a drop."""

BUSY_MAX = 0.85
"""Of a core: a generator process above it has no reserve, and what it reads waits for it."""

LATE_MAX_MS = 5.0
"""Milliseconds, 99th percentile: a generator that sends later than this measures itself."""

SECONDS = 1_000_000
MILLISECONDS = 1000
"""In microseconds."""


def figures(observation: Observation, rooms: Sequence[RoomPlan], entered: int, entrance_s: float) -> Figures:
    """Everything of one run in `rooms`, in which `entered` people are."""
    people = [person for account in observation.accounts for person in account.people]
    refusals: dict[str, int] = {}
    for account in observation.accounts:
        add_counts(refusals, account.totals.refusals)
    return Figures(
        durable=_durable(observation, people, rooms),
        volatile=_volatile(observation, people, rooms),
        latencies=tuple(_latencies(observation)),
        deliveries_per_second=_per_second(observation),
        connections=_connections(observation, entered, entrance_s),
        generator=_generator(observation),
        stages=tuple(StageSpan(one.name, one.begin, one.end, one.is_judged) for one in observation.stages),
        timeline=tuple(_point(second) for second in observation.seconds if second.number < _length(observation)),
        refusals=refusals,
    )


def add_counts(total: dict[str, int], more: dict[str, int]) -> None:
    """Add counts by name."""
    for name, often in more.items():
        total[name] = total.get(name, 0) + often


def judged(observation: Observation) -> Tally:
    """The latencies of all deliveries in the stages that targets hold in."""
    return _merged(observation, {stage.name for stage in observation.stages if stage.is_judged})


def _durable(observation: Observation, people: Sequence[PersonAccount], rooms: Sequence[RoomPlan]) -> Durable:
    sizes = {room.number: room.size for room in rooms}
    sent = sum(person.sent_durable for person in people)
    expected = sum((person.sent_durable - person.refused) * sizes[person.room] for person in people)
    delivered = sum(person.counts.durable for person in people)
    return Durable(
        sent=sent,
        expected=expected,
        delivered=delivered,
        lost=max(0, expected - delivered),
        twice=sum(person.counts.twice for person in people),
        disorder=sum(person.counts.disorder for person in people),
        unordered=_unordered(people),
        refused=sum(account.totals.refused for account in observation.accounts),
        unanswered=sum(person.unanswered for person in people),
        strange=sum(person.counts.strange for person in people)
        + sum(account.totals.strange_sender for account in observation.accounts),
    )


def _unordered(people: Sequence[PersonAccount]) -> int:
    """How many receivers have another order of the log than most others who have come as far."""
    chains: dict[tuple[int, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for person in people:
        chains[person.room, person.seq][person.chain] += 1
    return sum(sum(found.values()) - max(found.values()) for found in chains.values())


def _volatile(observation: Observation, people: Sequence[PersonAccount], rooms: Sequence[RoomPlan]) -> Volatile:
    in_room: dict[int, int] = defaultdict(int)
    for person in people:
        in_room[person.room] += person.sent_volatile
    missing = {True: 0, False: 0}
    for person in people:
        missing[person.is_slow] += in_room[person.room] - person.sent_volatile - person.counts.volatile
    sent = sum(in_room.values())
    return Volatile(
        sent=sent,
        expected=sum(in_room[room.number] * (room.size - 1) for room in rooms),
        delivered=sum(person.counts.volatile for person in people),
        dropped=missing[True] + missing[False],
        dropped_at_slow=missing[True],
        unsent=sum(account.totals.unsent for account in observation.accounts),
    )


def _latencies(observation: Observation) -> list[Latency]:
    """By stage, all deliveries first, then each kind."""
    found: list[Latency] = []
    for stage in observation.stages:
        merged = _merged(observation, {stage.name})
        if merged:
            found.append(latency(ALL, stage.name, merged))
        names = sorted(name for of, name in observation.tallies if of == stage.name)
        found += [latency(name, stage.name, observation.tallies[stage.name, name]) for name in names]
    return found


def _merged(observation: Observation, stages: set[str]) -> Tally:
    total: Tally = {}
    for (stage, name), tally in observation.tallies.items():
        if stage in stages and name not in NO_DELIVERIES:
            add(total, tally)
    return total


def _per_second(observation: Observation) -> float:
    """Deliveries that arrived in each second of the stages that are judged, on average.

    Not those that were due in them: what an overloaded server sends afterwards is no throughput.
    """
    stages = [stage for stage in observation.stages if stage.is_judged]
    whole = [
        second
        for second in observation.seconds
        if any(stage.begin <= second.number and second.number + 1 <= stage.end for stage in stages)
    ]
    if whole:
        return sum(second.deliveries for second in whole) / len(whole)
    lasted = sum(stage.end - stage.begin for stage in stages)  # shorter than a second
    return sum(judged(observation).values()) / lasted if lasted else 0.0


def _connections(observation: Observation, entered: int, entrance_s: float) -> Connections:
    back = observation.returns
    median = quantile(back, 0.5)
    return Connections(
        entered=entered,
        entrance_s=round(entrance_s, 3),
        gone=entered - observation.here,
        cut=observation.cuts,
        back_p50_s=None if median is None else median / SECONDS,
        back_last_s=max(back) / SECONDS if back else None,
        never_back=observation.missing_in_storm,
    )


def _generator(observation: Observation) -> Generator:
    late = _milliseconds(quantile(observation.lateness, 0.99))
    busy = observation.busiest
    return Generator(
        processes=len(observation.accounts),
        busy=round(busy, 3),
        late_p50_ms=_milliseconds(quantile(observation.lateness, 0.5)),
        late_p99_ms=late,
        turn_p99_ms=_milliseconds(quantile(observation.turns, 0.99)),
        is_bottleneck=busy > BUSY_MAX or late > LATE_MAX_MS,
    )


def _length(observation: Observation) -> float:
    """Seconds of all stages together; the drain after them is in no plot."""
    return observation.stages[-1].end


def _point(second: Second) -> Point:
    return Point(
        second=second.number,
        deliveries=second.deliveries,
        p50_ms=None if second.p50 is None else second.p50 / MILLISECONDS,
        p99_ms=None if second.p99 is None else second.p99 / MILLISECONDS,
        here=second.here,
        away=second.away,
        generator_late_p99_ms=None if second.late is None else second.late / MILLISECONDS,
        generator_busy=round(second.busy, 3),
    )


def _milliseconds(microseconds: int | None) -> float:
    return 0.0 if microseconds is None else microseconds / MILLISECONDS
