"""A cache of packets: what is in it is right, whatever the order and wherever numbers wrap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.packet_cache import AUDIO_PACKETS, VIDEO_PACKETS, PacketCache


def packet(sequence: int) -> bytes:
    return b"packet %d" % sequence


@pytest.mark.parametrize("size", [AUDIO_PACKETS, VIDEO_PACKETS])
@given(first=st.integers(0, 0xFFFF), count=st.integers(1, 1200))
def test_keeps_the_last_packets_over_the_wrap(size: int, first: int, count: int) -> None:
    """Exactly the newest `size` packets are found, and nothing else."""
    cache = PacketCache(size)
    sequences = [(first + place) & 0xFFFF for place in range(count)]
    for sequence in sequences:
        assert cache.add(sequence, packet(sequence))
    for sequence in sequences[-size:]:
        assert cache.get(sequence) == packet(sequence)
    for sequence in sequences[:-size]:
        assert cache.get(sequence) is None


@given(
    first=st.integers(0, 0xFFFF),
    coming=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 40)), max_size=300),
)
def test_never_gives_another_packet(first: int, coming: list[tuple[int, int]]) -> None:
    """Late, lost and repeated packets: what is found is what was asked for, and a duplicate is told."""
    cache = PacketCache(32)
    newest: dict[int, int] = {}
    for place, _late in sorted(coming, key=lambda one: one[0] + one[1]):
        sequence = (first + place) & 0xFFFF
        slot = sequence % 32
        assert cache.add(sequence, packet(sequence)) == (place > newest.get(slot, -1))
        newest[slot] = max(place, newest.get(slot, -1))
    for place in range(201):
        sequence = (first + place) & 0xFFFF
        expected = packet(sequence) if newest.get(sequence % 32) == place else None
        assert cache.get(sequence) == expected


def test_what_is_older_than_its_place_is_not_taken() -> None:
    """Nobody knows whether it was here: a second one of its number, as a repair may make it, must not go out."""
    cache = PacketCache(32)
    assert cache.add(1, b"one")
    assert cache.add(33, b"newer")
    assert not cache.add(1, b"another one")
    assert cache.get(33) == b"newer"


def test_forgets() -> None:
    """Who may not send any more is not sent again either."""
    cache = PacketCache(32)
    cache.add(1, b"one")
    cache.clear()
    assert cache.get(1) is None
    assert cache.add(1, b"one")


@pytest.mark.parametrize("size", [0, 24, 65536])
def test_sizes_go_round_with_sequence_numbers(size: int) -> None:
    """Another size would lose its order where numbers wrap."""
    with pytest.raises(ValueError, match="power of two"):
        PacketCache(size)
