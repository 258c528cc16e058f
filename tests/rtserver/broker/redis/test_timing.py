from rtserver.broker.redis.timing import Timing


def test_attempts_become_rarer_up_to_a_limit() -> None:
    timing = Timing()
    waits = [timing.retry(failures) for failures in range(100)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timing.retry_first, timing.retry_last)


def test_a_node_is_back_before_others_miss_it() -> None:
    """After Redis has come back empty: the longest wait, and the time to notice that it was gone."""
    timing = Timing()
    assert timing.sign_interval + timing.sign_deadline + timing.retry_last < timing.lifetime


def test_two_signs_may_get_lost() -> None:
    timing = Timing()
    assert 2 * timing.sign_interval + timing.sign_deadline < timing.lifetime
