"""Token buckets, with the time passed in."""

import pytest

from rtserver.hub.limits import STAFF_FACTOR, Allowance, Bucket, Budget, MemberLimits, Rate, rates_for, times


def taken(bucket: Bucket, now: int, times: int) -> int:
    """How many of several requests at one moment pass."""
    return sum(bucket.take(now) for _ in range(times))


def test_a_burst_and_no_more() -> None:
    """At one moment as many as the burst."""
    assert taken(Bucket(Rate(per_second=1, burst=5)), now=1_000, times=20) == 5


def test_refill() -> None:
    """In the long run as many as the rate, however the requests are spread."""
    bucket = Bucket(Rate(per_second=2, burst=5))
    assert taken(bucket, now=0, times=10) == 5
    assert taken(bucket, now=499, times=10) == 0
    assert taken(bucket, now=500, times=10) == 1
    assert taken(bucket, now=2_000, times=10) == 3


def test_how_long_until_there_is_enough() -> None:
    """Also for what weighs more than a full bucket, which waits until it is full."""
    bucket = Bucket(Rate(per_second=2, burst=4))
    assert taken(bucket, now=0, times=4) == 4
    assert (bucket.wait(0), bucket.wait(0, 1), bucket.wait(0, 4), bucket.wait(0, 9)) == (0, 500, 2_000, 2_000)
    assert bucket.wait(500, 1) == 0


def test_fractions_add_up() -> None:
    """Asking often does not lose what was gained meanwhile."""
    bucket = Bucket(Rate(per_second=1, burst=1))
    assert bucket.take(0)
    assert [bucket.take(now) for now in range(125, 1_001, 125)] == [False] * 7 + [True]


def test_never_more_than_the_burst() -> None:
    """A night of silence saves nothing up."""
    bucket = Bucket(Rate(per_second=10, burst=3))
    assert taken(bucket, now=0, times=1) == 1
    assert taken(bucket, now=86_400_000, times=10) == 3


def test_the_first_request_does_not_gain() -> None:
    """A new bucket is full, whenever it is first asked."""
    assert taken(Bucket(Rate(per_second=1000, burst=2)), now=1_790_000_000_000, times=5) == 2


@pytest.mark.parametrize("back", [1, 10_000])
def test_a_clock_that_goes_back(back: int) -> None:
    """Gains nothing, takes nothing away."""
    bucket = Bucket(Rate(per_second=1, burst=3))
    assert bucket.take(100_000)
    assert taken(bucket, now=100_000 - back, times=10) == 2


def test_buckets_are_their_own() -> None:
    """Two buckets of one rate do not share."""
    rate = Rate(per_second=1, burst=1)
    assert Bucket(rate).take(0)
    assert Bucket(rate).take(0)


def test_budgets_are_counted_apart() -> None:
    """Who has no offers left may still write."""
    rates = {budget: Rate(per_second=1, burst=2) for budget in Budget}
    allowance = Allowance(rates, MemberLimits(rates))
    assert [allowance.take(Budget.OFFERS, 0) for _ in range(3)] == [True, True, False]
    assert allowance.take(Budget.COMMANDS, 0)


def test_a_member_shares() -> None:
    """Over all connections not more than its own buckets hold."""
    rates = dict.fromkeys(Budget, Rate(per_second=1, burst=2))
    shared = MemberLimits(dict.fromkeys(Budget, times(Rate(per_second=1, burst=2), 2)))
    connections = [Allowance(rates, shared) for _ in range(3)]
    taken_by_each = [sum(one.take(Budget.RELAYS, 0) for _ in range(5)) for one in connections]
    assert taken_by_each == [2, 2, 0]


def test_times() -> None:
    """Both the burst and the long run."""
    assert times(Rate(per_second=0.5, burst=3), 2) == Rate(per_second=1.0, burst=6)


def test_what_weighs_more() -> None:
    """Takes as many tokens; a heavy request that is over the limit takes none."""
    bucket = Bucket(Rate(per_second=100, burst=1_000))
    assert [bucket.take(0, 600), bucket.take(0, 600), bucket.take(0, 400)] == [True, False, True]
    assert [bucket.take(3_999, 400), bucket.take(4_000, 400)] == [False, True]


def test_heavier_than_the_burst() -> None:
    """It passes when the bucket is full, instead of never."""
    bucket = Bucket(Rate(per_second=100, burst=1_000))
    assert bucket.take(0, 5_000)
    assert [bucket.take(9_999, 5_000), bucket.take(10_000, 5_000)] == [False, True]


def test_bytes_of_a_member() -> None:
    """Counted together over all connections."""
    rates = dict.fromkeys(Budget, Rate(per_second=1, burst=1_000))
    shared = MemberLimits(rates)
    one, other = (Allowance(rates, shared) for _ in range(2))
    assert [each.take(Budget.BOARD_BYTES, 0, 600) for each in (one, other)] == [True, False]


def test_what_is_owed() -> None:
    """More can be spent than there is; one waits until that is made up for, and has nothing saved then."""
    bucket = Bucket(Rate(per_second=100, burst=1_000))
    bucket.spend(0, 900)
    assert bucket.wait(0) == 0
    bucket.spend(0, 350)
    assert [bucket.wait(now) for now in (0, 1_000, 2_500)] == [2_500, 1_500, 0]
    assert not bucket.take(2_500)


def test_what_a_member_owes() -> None:
    """All connections wait for what one of them has spent."""
    rates = dict.fromkeys(Budget, Rate(per_second=100, burst=100))
    shared = MemberLimits(rates)
    one, other = Allowance(rates, shared), Allowance(rates, shared)
    one.spend(Budget.HISTORY_BYTES, 0, 300)
    assert [other.wait(Budget.HISTORY_BYTES, 0), other.wait(Budget.BOARD_BYTES, 0)] == [2_000, 0]


def test_more_for_teachers() -> None:
    """Who imports files into a board and reads back far sends and gets more; all else is the same for everybody."""
    rates = dict.fromkeys(Budget, Rate(per_second=2, burst=5))
    assert rates_for(rates, is_staff=False) == rates
    more = {budget for budget, rate in rates_for(rates, is_staff=True).items() if rate != rates[budget]}
    assert more == {Budget.BOARD_BYTES, Budget.HISTORY_BYTES}
    assert rates_for(rates, is_staff=True)[Budget.BOARD_BYTES] == times(rates[Budget.BOARD_BYTES], STAFF_FACTOR)
