"""How a load is laid out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.media.engine import CALL_PARTICIPANTS_MAX, Load


@pytest.mark.parametrize(
    ("load", "calls", "streams"),
    [(Load(2, 2), 1, 4), (Load(6, 24), 1, 144), (Load(8, 52), 1, 416), (Load(8, 60), 2, 480)],
)
def test_calls(load: Load, calls: int, streams: int) -> None:
    assert (load.calls, load.streams) == (calls, streams)
    assert (f"in {calls} calls" in load.says) == (calls > 1)


@given(st.integers(1, CALL_PARTICIPANTS_MAX - 1), st.integers(1, 500))
def test_nobody_is_left_out_and_no_call_is_too_large(publishers: int, subscribers: int) -> None:
    load = Load(publishers, subscribers)
    shares = [load.subscribers_of(call) for call in range(load.calls)]
    assert sum(shares) == subscribers
    assert max(shares) - min(shares) <= 1
    assert publishers + max(shares) <= CALL_PARTICIPANTS_MAX
