"""What was heard of other processes, in whatever order it comes."""

from hypothesis import given
from hypothesis import strategies as st

from rooms.events import ChatPosted
from rooms.stream import Event
from rtserver import heard_events
from rtserver.heard_events import HeardEvents


def event(seq: int) -> Event:
    return Event("room:r1", seq, 0, "zoe", None, ChatPosted(str(seq)))


@given(st.lists(st.integers(1, 12)), st.integers(0, 12))
def test_what_follows_without_a_gap(seqs: list[int], position: int) -> None:
    """Each once and in order, up to the first that is missing; what lies behind that stays."""
    heard = HeardEvents()
    for seq in seqs:
        assert heard.add([event(seq)])
    expected: list[int] = []
    while position + len(expected) + 1 in seqs:
        expected.append(position + len(expected) + 1)
    assert [one.seq for one in heard.take(position)] == expected
    assert len(heard) == len({seq for seq in seqs if seq > position + len(expected)})
    assert heard.take(position + len(expected)) == []


def test_too_many_are_forgotten() -> None:
    """The log has them."""
    heard = HeardEvents()
    assert heard.add([event(seq) for seq in range(heard_events.HEARD_EVENTS_MAX)])
    assert not heard.add([event(0)])
    assert len(heard) == 0
    heard.add([event(1)])
    heard.clear()
    assert heard.take(0) == []
