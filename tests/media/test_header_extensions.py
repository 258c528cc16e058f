"""Header extensions in place: read, cleaned, renumbered; packets keep their length and everything else."""

import pytest
from aiortc.rtp import pack_header_extensions, unpack_header_extensions
from hypothesis import given
from hypothesis import strategies as st

from media.header_extensions import (
    ABS_SEND_TIME_URI,
    AUDIO_LEVEL_URI,
    MID_URI,
    RID_URI,
    ExtensionMap,
    InboundExtensions,
    abs_send_time,
    elements,
    send_time_element,
    text,
)

LEVEL, TIME, MID, RID = 1, 2, 4, 10
IDS = {AUDIO_LEVEL_URI: LEVEL, ABS_SEND_TIME_URI: TIME, MID_URI: MID, RID_URI: RID}
PAYLOAD = b"payload"

ONE_BYTE = st.lists(
    st.tuples(st.integers(1, 14), st.binary(min_size=1, max_size=16)), max_size=6, unique_by=lambda one: one[0]
)
TWO_BYTE = st.lists(
    st.tuples(st.integers(15, 255), st.binary(min_size=1, max_size=40)),
    min_size=1,
    max_size=6,
    unique_by=lambda one: one[0],
)


def packet(extensions: list[tuple[int, bytes]], csrcs: int = 0) -> bytearray:
    """An RTP packet with these elements, as another implementation writes it."""
    profile, value = pack_header_extensions(extensions)
    head = bytes([0x80 | csrcs | (0x10 if value else 0)]) + bytes(11 + 4 * csrcs)
    if value:
        head += profile.to_bytes(2, "big") + (len(value) // 4).to_bytes(2, "big") + value
    return bytearray(head + PAYLOAD)


def inside(data: bytes | bytearray) -> list[tuple[int, bytes]]:
    """What another implementation reads."""
    start = 12 + 4 * (data[0] & 0x0F)
    if not data[0] & 0x10:
        return []
    profile = int.from_bytes(data[start : start + 2], "big")
    length = 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    return unpack_header_extensions(profile, bytes(data[start + 4 : start + 4 + length]))


@given(extensions=st.one_of(ONE_BYTE, TWO_BYTE), csrcs=st.integers(0, 15))
def test_reads_both_forms(extensions: list[tuple[int, bytes]], csrcs: int) -> None:
    """Each element with its data."""
    data = packet(extensions, csrcs)
    assert [(number, bytes(data[start:end])) for number, start, end in elements(data)] == extensions


@given(data=st.binary(max_size=60), profile=st.sampled_from((b"", b"\xbe\xde", b"\x10\x00")))
def test_garbage_ends_the_list(data: bytes, profile: bytes) -> None:
    """Nothing beyond the extension is read or written."""
    broken = bytearray(b"\x90" + bytes(11) + profile + data)
    for _, start, end in elements(broken):
        assert 16 <= start <= end <= len(broken)
    before = bytes(broken)
    payload_at = 16 + 4 * int.from_bytes(before[14:16], "big")
    InboundExtensions(IDS).clean(broken, 1.0)
    ExtensionMap(IDS, {AUDIO_LEVEL_URI: 14}).apply(broken)
    assert len(broken) == len(before)
    assert broken[:16] == before[:16]
    assert broken[payload_at:] == before[payload_at:]


def test_an_element_of_id_15_ends_the_reading() -> None:
    """RFC 8285, 4.2."""
    data = bytearray(b"\x90" + bytes(11) + b"\xbe\xde\x00\x01" + b"\xf0\x00\x10\x07")
    assert list(elements(data)) == []


def test_reads_names() -> None:
    """Mid and rid; what is not ASCII is none."""
    data = packet([(MID, b"0"), (RID, b"h"), (5, b"\xff")])
    assert text(data, RID) == "h"
    assert text(data, MID) == "0"
    assert text(data, 5) is None
    assert text(data, 6) is None


# --- What comes in ---


@given(extensions=ONE_BYTE, now=st.floats(0, 1e6), csrcs=st.integers(0, 2))
def test_cleaning_leaves_what_subscribers_get(extensions: list[tuple[int, bytes]], now: float, csrcs: int) -> None:
    """The level as it is, the time of sending as ours, nothing else; the rest of the packet is untouched."""
    data = packet(extensions, csrcs)
    length = len(data)
    level = InboundExtensions(IDS).clean(data, now)
    expected = []
    for number, value in extensions:
        if number == LEVEL:
            expected.append((number, value))
            assert level == value[0] & 0x7F
        elif number == TIME and len(value) == 3:
            expected.append((number, abs_send_time(now).to_bytes(3, "big")))
    assert inside(data) == expected
    assert (level is None) == (LEVEL not in dict(extensions))
    assert len(data) == length
    assert data.endswith(PAYLOAD)


@given(extensions=TWO_BYTE)
def test_cleaning_of_the_two_byte_form(extensions: list[tuple[int, bytes]]) -> None:
    """What has no number is blanked there too."""
    data = packet([*extensions, (LEVEL, b"\x8a")])
    assert InboundExtensions(IDS).clean(data, 0.0) == 10
    assert inside(data) == [(LEVEL, b"\x8a")]


def test_the_time_of_sending_wraps_every_64_seconds() -> None:
    """24 bits, 18 of them after the point."""
    assert abs_send_time(1.5) == 0x60000
    assert abs_send_time(64 + 1.5) == 0x60000


# --- What goes out ---


@pytest.mark.parametrize(
    ("subscriber", "expected"),
    [
        (IDS, [(LEVEL, b"\x8a"), (TIME, b"abc")]),
        ({AUDIO_LEVEL_URI: TIME, ABS_SEND_TIME_URI: LEVEL}, [(TIME, b"\x8a"), (LEVEL, b"abc")]),
        ({ABS_SEND_TIME_URI: 14}, [(14, b"abc")]),
        ({AUDIO_LEVEL_URI: 200}, []),
        ({}, []),
    ],
)
def test_renumbers_for_each_subscriber(subscriber: dict[str, int], expected: list[tuple[int, bytes]]) -> None:
    """Same, exchanged, only one, a number that the form cannot hold, none."""
    data = packet([(LEVEL, b"\x8a"), (TIME, b"abc")])
    length = len(data)
    extensions = ExtensionMap(IDS, subscriber)
    assert extensions.is_same == (subscriber is IDS)
    extensions.apply(data)
    assert inside(data) == expected
    assert len(data) == length
    assert data.endswith(PAYLOAD)


def test_renumbers_the_two_byte_form() -> None:
    """There numbers go to 255."""
    data = packet([(LEVEL, b"\x8a"), (99, b"x" * 20)])
    ExtensionMap(IDS, {AUDIO_LEVEL_URI: 200}).apply(data)
    assert inside(data) == [(200, b"\x8a")]


@pytest.mark.parametrize("number", [1, 14])
def test_a_time_of_sending_alone(number: int) -> None:
    """For packets that are ours from the beginning."""
    packet = bytes([0x90]) + bytes(11) + (send_time_element(number, 12.5) or b"")
    assert [(one, packet[start:end]) for one, start, end in elements(packet)] == [
        (number, abs_send_time(12.5).to_bytes(3, "big"))
    ]


@pytest.mark.parametrize("number", [None, 15, 200])
def test_a_time_of_sending_without_a_short_number(number: int | None) -> None:
    """Not negotiated, or by a number that nobody's browser gives."""
    assert send_time_element(number, 12.5) is None
