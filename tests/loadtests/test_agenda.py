"""Due times: in order, by chance but the same for the same seed, bursts evenly spaced, rates as asked for."""

import itertools

from loadtests.generator.activity import Activity, Topic
from loadtests.generator.agenda import NEVER, Agenda
from loadtests.schedule import NANOSECONDS

WRITING = Activity(Topic.CHAT, every=2, characters=10, reason="")
POINTING = Activity(Topic.CURSOR, every=4, characters=10, burst=5, spacing=0.1, reason="")
SECONDS = 1000


def taken(seed: int) -> list[tuple[int, str, Activity]]:
    agenda = Agenda([("a", WRITING), ("b", POINTING)], start=NANOSECONDS, seed=seed)
    found = []
    while agenda.next_at < SECONDS * NANOSECONDS:
        found.append(agenda.take())
    return found


def test_in_order_and_not_before_the_start() -> None:
    times = [at for at, _, _ in taken(1)]
    assert times == sorted(times)
    assert times[0] >= NANOSECONDS


def test_the_same_seed_gives_the_same_times() -> None:
    assert taken(1) == taken(1)
    assert taken(1) != taken(2)


def test_rates_are_as_asked_for() -> None:
    found = taken(3)
    written = sum(activity is WRITING for _, _, activity in found)
    pointed = sum(activity is POINTING for _, _, activity in found)
    assert 0.95 < written / (SECONDS * WRITING.per_person) < 1.05
    assert 0.95 < pointed / (SECONDS * POINTING.per_person) < 1.05


def test_one_after_the_other_within_a_pause_and_a_half() -> None:
    times = [at for at, _, activity in taken(5) if activity is WRITING]
    pauses = [after - before for before, after in itertools.pairwise(times)]
    assert min(pauses) >= NANOSECONDS
    assert max(pauses) <= 3 * NANOSECONDS


def test_a_burst_is_evenly_spaced() -> None:
    times = [at for at, _, activity in taken(4) if activity is POINTING]
    for start in range(0, len(times) - 5, 5):
        burst = times[start : start + 5]
        assert [after - before for before, after in itertools.pairwise(burst)] == [NANOSECONDS // 10] * 4


def test_nobody_does_anything() -> None:
    assert Agenda((), 0, 0).next_at == NEVER
