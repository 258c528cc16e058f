"""Trying a line: when, how fast, and when no more; clusters go out evenly."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.probing import (
    FALLEN,
    FIRST_RATE,
    GAP,
    MARGIN,
    PACKETS,
    PAUSE,
    RATE_MAX,
    SETTLED,
    STEP,
    WANTED_MIN,
    WINDOW,
    Cluster,
    ClusterRun,
    Prober,
)
from media.rate import LOSS_HIGH

TICK = 0.1
THIN = 300_000
"""Bits a second of a line on which one small picture and a voice find room."""


def tried(
    wanted: float, answer: Callable[[Cluster], int | None], seconds: float = 10.0, loss: float = 0.0
) -> list[tuple[float, Cluster]]:
    """Each cluster, and when it was sent, for a receiver whose estimate after a cluster is `answer`."""
    prober, estimate, clusters = Prober(), None, []
    prober.begin(0.0)
    for tick in range(round(seconds / TICK)):
        now = tick * TICK
        cluster = prober.due(wanted, estimate, loss, now)
        if cluster is not None:
            clusters.append((now, cluster))
            estimate = answer(cluster) or estimate
    return clusters


def test_two_clusters_are_enough_on_a_good_line() -> None:
    """The first is careful, the second as fast as what is wanted."""
    clusters = tried(3_000_000, lambda cluster: int(cluster.bitrate * 0.95))
    assert [cluster.bitrate for _, cluster in clusters] == [FIRST_RATE, int(0.95 * FIRST_RATE) * STEP]
    assert clusters[1][0] < 2 * PAUSE


def test_never_faster_than_a_clock_can_say_nor_than_is_known_by_far() -> None:
    """What nine pictures would take is not tried at once."""
    rates = [cluster.bitrate for _, cluster in tried(50_000_000, lambda cluster: cluster.bitrate // 2)]
    assert rates[:3] == [FIRST_RATE, STEP * FIRST_RATE // 2, STEP * FIRST_RATE]
    assert set(rates[3:]) == {RATE_MAX}


def test_something_is_tried_for_even_if_little_seems_to_be_wanted() -> None:
    """Layers that have just begun have no bits yet."""
    rates = [cluster.bitrate for _, cluster in tried(0, lambda cluster: cluster.bitrate)]
    assert max(rates) == WANTED_MIN * MARGIN


def test_a_line_that_does_not_answer_is_left_in_peace() -> None:
    """Fewer and fewer of the smallest clusters, all of them within the window, and then none."""
    clusters = tried(3_000_000, lambda cluster: None)
    times = [time for time, _ in clusters]
    assert {cluster.bitrate for _, cluster in clusters} == {FIRST_RATE}
    assert times[-1] < WINDOW
    pauses = [later - time for time, later in pairwise(times)]
    assert pauses == sorted(pauses)
    assert pauses[-1] > 2 * pauses[0]
    octets = sum(cluster.packets * cluster.octets for time, cluster in clusters if time < 1)
    assert octets * 8 < THIN / 3, "in the first second it is a third of the thinnest line"


def test_a_receiver_that_has_settled_is_not_asked_any_more() -> None:
    """After two seconds Chromium does not look for clusters."""
    for estimate, time, is_tried in ((200_000, SETTLED, False), (None, SETTLED, True), (None, WINDOW, False)):
        prober = Prober()
        prober.begin(0.0)
        assert (prober.due(3_000_000, estimate, 0.0, time) is not None) is is_tried


def test_loss_or_an_estimate_that_falls_end_it() -> None:
    """The line is full, and stays so for what we know."""
    assert tried(3_000_000, lambda cluster: cluster.bitrate, loss=LOSS_HIGH) == []
    prober = Prober()
    prober.begin(0.0)
    assert prober.due(3_000_000, 500_000, 0.0, 0.0) is not None
    assert prober.due(3_000_000, int(500_000 * FALLEN) - 1, 0.0, 1.0) is None
    assert prober.due(3_000_000, 600_000, 0.0, 1.5) is None


def test_begins_with_the_first_picture() -> None:
    """Not before; a second one begins nothing."""
    prober = Prober()
    assert prober.is_new(1000.0)
    assert prober.due(3_000_000, None, 0.0, 1000.0) is None
    prober.begin(1000.0)
    prober.begin(1000.0 + WINDOW)
    assert prober.due(3_000_000, None, 0.0, 1000.0) is not None
    assert not prober.is_new(1000.0 + WINDOW)


@given(
    steps=st.lists(
        st.tuples(st.floats(0, 1e9), st.none() | st.integers(0, 2**64), st.floats(0, 1), st.floats(0, 1)), max_size=60
    )
)
def test_a_session_is_never_flooded(steps: list[tuple[float, int | None, float, float]]) -> None:
    """Whatever a receiver says: no cluster begins before the one before is over, and all of them are little."""
    prober, now, octets = Prober(), 0.0, 0
    prober.begin(now)
    before = float("-inf")
    for wanted, estimate, loss, time in steps:
        now += time
        cluster = prober.due(wanted, estimate, loss, now)
        if cluster is not None:
            assert now - before >= PACKETS * GAP + PAUSE
            assert FIRST_RATE <= cluster.bitrate <= RATE_MAX
            before = now
            octets += cluster.packets * cluster.octets
    assert octets * 8 / WINDOW < THIN


# --- Clusters -----------------------------------------------------------------------------------------


class Clock:
    """Time that passes when told to, and what is to be called then."""

    def __init__(self) -> None:
        self.now = 50.0
        self.next: tuple[float, Callable[[], None]] | None = None
        self.sent: list[float] = []

    def later(self, seconds: float, function: Callable[[], None]) -> "Clock":
        assert seconds > 0
        self.next = (self.now + seconds, function)
        return self

    def cancel(self) -> None:
        self.next = None

    def run(self, late: Callable[[float], float] = lambda due: due) -> None:
        """Call what is due, as late as said, until there is nothing more."""
        while self.next is not None:
            due, function = self.next
            self.next = None
            self.now = max(self.now, late(due))
            function()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def run(clock: Clock, octets: int = 250) -> ClusterRun:
    cluster = Cluster(1_000_000, PACKETS, 250)

    def send() -> int:
        clock.sent.append(clock.now)
        return octets

    cluster_run = ClusterRun(cluster, send, clock.later, lambda: clock.now)
    cluster_run.step()
    return cluster_run


def test_packets_go_out_evenly(clock: Clock) -> None:
    """At the rate of the cluster, by what each really has."""
    run(clock, octets=500)
    clock.run()
    assert len(clock.sent) == PACKETS
    assert clock.sent[-1] - clock.sent[0] == pytest.approx((PACKETS - 1) * 500 * 8 / 1_000_000)


def test_a_clock_of_whole_milliseconds_keeps_the_rate(clock: Clock) -> None:
    """An event loop wakes up at the next one: what is late by that, the next gap makes up for."""
    run(clock, octets=280)
    clock.run(lambda due: -(-round(due * 1e6) // 1000) / 1000)
    assert clock.sent[-1] - clock.sent[0] == pytest.approx((PACKETS - 1) * 280 * 8 / 1_000_000, abs=0.001)


def test_what_is_very_late_does_not_become_a_burst(clock: Clock) -> None:
    """A busy machine: the rest follows half as far apart at the least."""
    run(clock)
    clock.run(lambda due: due + (0.05 if len(clock.sent) == 3 else 0))
    gaps = [later - time for time, later in pairwise(clock.sent)]
    assert min(gaps) >= 0.001 - 1e-9
    assert max(gaps) > 0.05


def test_it_ends_when_there_is_nothing_to_send_or_when_told_to(clock: Clock) -> None:
    """The picture was taken away; the session has ended."""
    run(clock, octets=0)
    assert clock.next is None
    cluster_run = run(clock)
    cluster_run.cancel()
    assert clock.next is None
    cluster_run.cancel()
