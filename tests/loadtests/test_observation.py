"""The parent puts the seconds of several processes together, and knows when everything has arrived."""

from loadtests.generator.observation import OPEN_SECONDS, Observation
from loadtests.generator.orders import Tick
from loadtests.generator.tally import Tally
from loadtests.generator.traffic import ACKNOWLEDGED, Totals
from loadtests.schedule import NANOSECONDS


def tick(
    process: int, second: float, tally: Tally, *, durable: int = 0, expected: int = 0, away: int = 0, busy: float = 0.1
) -> Tick:
    return Tick(
        process=process,
        at=round(second * NANOSECONDS),
        tallies={("measured", "chat"): tally, ("measured", ACKNOWLEDGED): {9_000: 1}},
        lateness={100: 1},
        turns={50: 1},
        busy=busy,
        lasted=1.0,
        totals=Totals(expected_durable=expected),
        durable=durable,
        volatile=0,
        broken=0,
        here=3 - away,
        away=away,
        cuts={"gone": 1} if away else {},
        returns={},
    )


def test_a_second_of_two_processes() -> None:
    observation = Observation(start=0, processes=2)
    observation.take(tick(0, 1, {1_000: 99}))
    observation.take(tick(1, 1.02, {5_000: 2}, busy=0.7))
    observation.finish()
    [second] = observation.seconds
    assert (second.number, second.deliveries, second.p50, second.p99) == (0, 101, 1_000, 5_000)
    assert (second.here, second.busy) == (6, 0.7)
    assert observation.tallies["measured", ACKNOWLEDGED] == {9_000: 2}
    assert observation.busiest == 0.7


def test_seconds_are_fixed_when_nothing_more_of_them_can_come() -> None:
    observation = Observation(start=0, processes=1)
    for second in range(1, OPEN_SECONDS + 2):
        observation.take(tick(0, second, {1_000: second}))
    assert [second.number for second in observation.seconds] == [0]
    live = observation.live()
    assert live is not None
    assert live.number == OPEN_SECONDS - 1
    observation.take(tick(0, 1, {1_000: 1}))
    assert observation.seconds[0].deliveries == 1, "too late for its second, but counted in all"
    assert sum(observation.tallies["measured", "chat"].values()) == 1 + 2 + 3 + 4 + 5 + 6 + 1


def test_what_is_still_on_its_way() -> None:
    observation = Observation(start=0, processes=2)
    observation.take(tick(0, 1, {}, durable=3, expected=10))
    observation.take(tick(1, 1, {}, durable=4))
    assert (observation.expected_durable, observation.durable) == (10, 7)
    assert observation.is_known_after(NANOSECONDS // 2)
    assert not observation.is_known_after(NANOSECONDS)


def test_who_is_away_is_known_when_all_have_said_so() -> None:
    observation = Observation(start=0, processes=2)
    observation.take(tick(0, 2, {}, away=2))
    assert observation.away_after(NANOSECONDS) is None
    observation.take(tick(1, 2, {}))
    assert observation.away_after(NANOSECONDS) == 2
    assert observation.cuts == {"gone": 1}
