"""Retransmission packets go out and come back as they were."""

from hypothesis import given
from hypothesis import strategies as st

from media.rtp import as_repair, repaired
from tests.media.desk import Rtp, rtp

PACKETS = st.builds(
    rtp,
    st.just(96),
    st.integers(0, 0xFFFF),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.binary(min_size=1, max_size=50),
    st.dictionaries(st.integers(1, 14), st.binary(min_size=1, max_size=16), max_size=3),
    st.booleans(),
)


@given(PACKETS, st.integers(0, 0xFFFF))
def test_a_retransmission_carries_the_whole_packet(packet: bytes, sequence: int) -> None:
    """RFC 4588: another SSRC, payload type and sequence number, and the original number before the payload."""
    original = Rtp.of(packet)
    repair = as_repair(packet, 97, sequence, 12)
    assert repair is not None
    parts = Rtp.of(repair)
    assert (parts.payload_type, parts.sequence, parts.ssrc) == (97, sequence, 12)
    assert (parts.timestamp, parts.marker, parts.extensions) == (
        original.timestamp,
        original.marker,
        original.extensions,
    )
    assert parts.payload == original.sequence.to_bytes(2, "big") + original.payload
    assert repaired(repair, 96, original.ssrc) == packet


def test_padding_carries_no_packet() -> None:
    """Senders probe the line with retransmissions of nothing."""
    padding = bytes([0xA0]) + rtp(97, 1, 2, 12, bytes(9) + b"\x0a")[1:]
    assert repaired(padding, 96, 2) is None
    assert repaired(rtp(97, 1, 2, 12, b"\0\1"), 96, 2) is None


def test_padding_behind_a_packet_is_left_out() -> None:
    """It says nothing of the original."""
    padded = bytes([0xA0]) + rtp(97, 1, 2, 12, b"\0\7payload\0\0\3")[1:]
    assert repaired(padded, 96, 2) == rtp(96, 7, 2, 2, b"payload")


@given(st.binary(min_size=12, max_size=60))
def test_garbage_is_no_packet(packet: bytes) -> None:
    """Lengths are those of strangers."""
    repaired(packet, 96, 2)
    as_repair(packet, 97, 1, 12)
