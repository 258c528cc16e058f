"""Frames leave masked with every form of length, and are read however the bytes are cut on their way."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.frames import MESSAGE_BYTES_MAX, BrokenStream, FrameReader, Message, Opcode, encode, masked

MASK = bytes((0x37, 0xFA, 0x21, 0x3D))


def server_frame(opcode: int, payload: bytes, final: bool = True) -> bytes:
    """A frame as a server writes it, unmasked; written down apart from the code under test."""
    size = len(payload)
    first = bytes((opcode | (0x80 if final else 0),))
    if size < 126:
        return first + bytes((size,)) + payload
    if size < 65_536:
        return first + b"\x7e" + size.to_bytes(2, "big") + payload
    return first + b"\x7f" + size.to_bytes(8, "big") + payload


def test_the_example_of_the_rfc() -> None:
    """RFC 6455, 5.7: a single-frame masked text message."""
    expected = bytes((0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58))
    assert encode(Opcode.TEXT, b"Hello", MASK) == expected


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (0, b"\x81\x80"),
        (125, b"\x81\xfd"),
        (126, b"\x81\xfe\x00\x7e"),
        (65_535, b"\x81\xfe\xff\xff"),
        (65_536, b"\x81\xff\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_every_form_of_length(size: int, head: bytes) -> None:
    payload = b"a" * size
    frame = encode(Opcode.TEXT, payload, MASK)
    assert frame[: len(head)] == head
    assert frame[len(head) : len(head) + 4] == MASK
    assert masked(frame[len(head) + 4 :], MASK) == payload
    assert FrameReader().feed(server_frame(1, payload)) == [Message(Opcode.TEXT, payload)]


@given(payload=st.binary(max_size=300), mask=st.binary(min_size=4, max_size=4))
def test_masking_is_the_xor_of_the_rfc_and_undoes_itself(payload: bytes, mask: bytes) -> None:
    assert masked(payload, mask) == bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    assert masked(masked(payload, mask), mask) == payload


@settings(deadline=None)
@given(
    payloads=st.lists(st.sampled_from([b"", b"x", b"y" * 125, b"z" * 126, b"w" * 70_000]), min_size=1, max_size=4),
    cuts=st.lists(st.integers(min_value=0, max_value=1_000), max_size=6),
)
def test_any_cut_of_the_bytes_gives_the_same_messages(payloads: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(server_frame(1, payload) for payload in payloads)
    places = sorted({cut * len(stream) // 1_000 for cut in cuts} | {0, len(stream)})
    reader = FrameReader()
    got = [message for start, end in itertools.pairwise(places) for message in reader.feed(stream[start:end])]
    assert got == [Message(Opcode.TEXT, payload) for payload in payloads]


def test_byte_by_byte() -> None:
    reader = FrameReader()
    stream = server_frame(1, b"a" * 200) + server_frame(2, b"b")
    got = [message for byte in stream for message in reader.feed(bytes((byte,)))]
    assert got == [Message(Opcode.TEXT, b"a" * 200), Message(Opcode.BINARY, b"b")]


def test_a_fragmented_message_with_a_ping_in_between() -> None:
    stream = server_frame(1, b"to", final=False) + server_frame(9, b"!") + server_frame(0, b"gether")
    assert FrameReader().feed(stream) == [Message(Opcode.PING, b"!"), Message(Opcode.TEXT, b"together")]


@pytest.mark.parametrize(
    "stream",
    [
        bytes((0x81, 0x80)) + MASK,
        bytes((0xC1, 0)),
        bytes((0x83, 0)),
        bytes((0x80, 0)),
        bytes((0x09, 0)),
        server_frame(9, b"p" * 126),
        server_frame(1, b"a", final=False) + server_frame(1, b"b"),
        b"\x81\x7f" + (MESSAGE_BYTES_MAX + 1).to_bytes(8, "big"),
    ],
    ids=[
        "masked",
        "reserved bit",
        "unknown opcode",
        "continuation of nothing",
        "fragmented ping",
        "long ping",
        "message in a message",
        "endless",
    ],
)
def test_what_no_server_may_send(stream: bytes) -> None:
    with pytest.raises(BrokenStream):
        FrameReader().feed(stream)
