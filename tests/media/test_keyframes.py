"""Requests for keyframes: none is lost, and a source is not asked too often."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from media.keyframes import ATTEMPTS_MAX, INTERVAL, WISHES_BURST, WISHES_INTERVAL, KeyframeRequests, KeyframeWishes

TICK = 0.1


def test_a_receiver_has_some_wishes_at_once_and_then_few() -> None:
    """A bad moment costs some keyframes; who wants one all the time gets one now and then."""
    wishes = KeyframeWishes()
    assert sum(wishes.take(10.0) for _ in range(50)) == WISHES_BURST
    assert not wishes.take(10.0 + WISHES_INTERVAL * 0.9)
    assert wishes.take(10.0 + WISHES_INTERVAL)
    assert sum(wishes.take(1000.0) for _ in range(50)) == WISHES_BURST


def test_the_first_request_goes_at_once_and_the_next_ones_wait() -> None:
    """Twenty newcomers cost one keyframe, and one more for those who came after it began."""
    requests = KeyframeRequests()
    assert requests.wanted(10.0)
    assert not any(requests.wanted(10.0 + place / 100) for place in range(20))
    assert not requests.due(10.4)
    assert requests.due(10.5)
    assert requests.asked == 2


def test_a_keyframe_answers_everybody_who_waits() -> None:
    """Nothing is due when it has come."""
    requests = KeyframeRequests()
    requests.wanted(10.0)
    requests.wanted(10.1)
    requests.arrived()
    assert not requests.due(11.0)
    assert requests.wanted(11.0)


def test_a_source_that_stays_silent_is_left_alone() -> None:
    """After some requests nobody is asked until somebody wants one again."""
    requests = KeyframeRequests()
    asked = [requests.wanted(0.0)] + [requests.due(tick * INTERVAL) for tick in range(1, 20)]
    assert sum(asked) == ATTEMPTS_MAX
    assert requests.wanted(100.0)


@given(events=st.lists(st.sampled_from(("wanted", "arrived", "tick")), max_size=100))
def test_no_request_is_lost_and_none_comes_too_soon(events: list[str]) -> None:
    """Whoever wants a keyframe gets one asked for, or made, within the interval."""
    requests = KeyframeRequests()
    asked_at: list[int] = []
    waiting_since: int | None = None
    for tick, event in enumerate([*events, *["tick"] * 6]):
        now = tick * TICK
        if event == "arrived":
            requests.arrived()
            waiting_since = None
            continue
        if event == "wanted" and waiting_since is None:
            waiting_since = tick
        if requests.wanted(now) if event == "wanted" else requests.due(now):
            asked_at.append(tick)
            waiting_since = None
        assert waiting_since is None or (tick - waiting_since) * TICK <= INTERVAL + TICK
    assert all((later - earlier) * TICK >= INTERVAL - 1e-9 for earlier, later in itertools.pairwise(asked_at))
