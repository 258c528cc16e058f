"""Payloads of packets as browsers send them, and garbage."""

import pytest
from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensions, HeaderExtensionsMap, RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from media.header_extensions import MID_URI
from media.payloads import (
    RTP_HEADER_BYTES,
    Vp8,
    h264_starts_keyframe,
    payload_bounds,
    read_vp8,
    write_picture,
)

KEY_FRAME, DELTA_FRAME = b"\x10\x02\x00\x9d\x01\x2a", b"\x31\x02\x00"


def read(payload: bytes) -> Vp8 | None:
    return read_vp8(payload, 0, len(payload))


# --- Where the payload is ---


@given(
    payload=st.binary(min_size=1, max_size=50),
    csrc=st.lists(st.integers(0, 0xFFFFFFFF), max_size=15),
    mid=st.none() | st.text("abc", min_size=1, max_size=16),
    padding=st.integers(0, 255),
)
def test_finds_the_payload_of_every_packet(payload: bytes, csrc: list[int], mid: str | None, padding: int) -> None:
    """With contributing sources, header extensions and padding."""
    packet = RtpPacket(payload=payload)
    packet.csrc = csrc
    packet.extensions = HeaderExtensions(mid=mid)
    packet.padding_size = padding
    extensions = HeaderExtensionsMap()
    extensions.configure(RTCRtpParameters(headerExtensions=[RTCRtpHeaderExtensionParameters(id=3, uri=MID_URI)]))
    data = packet.serialize(extensions)
    bounds = payload_bounds(data)
    assert bounds is not None
    assert data[slice(*bounds)] == payload


def test_a_packet_of_padding_has_no_payload() -> None:
    """Chromium probes a line with them."""
    data = bytearray(RTP_HEADER_BYTES + 20)
    data[0], data[-1] = 0xA0, 20
    assert payload_bounds(data) == (RTP_HEADER_BYTES, RTP_HEADER_BYTES)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(11),
        b"\x8f" + bytes(20),
        b"\x90" + bytes(12),
        b"\x90" + bytes(13) + b"\xff\xff" + bytes(20),
        b"\xa0" + bytes(11),
        b"\xa0" + bytes(12),
        b"\xa0" + bytes(11) + b"\x03",
    ],
)
def test_packets_that_are_no_packets(data: bytes) -> None:
    """Lists, extensions and padding that are longer than the packet."""
    assert payload_bounds(data) is None


@given(data=st.binary(max_size=80))
def test_bounds_are_within_the_packet(data: bytes) -> None:
    """Whatever it is."""
    bounds = payload_bounds(data)
    if bounds is not None:
        start, end = bounds
        assert RTP_HEADER_BYTES <= start <= end <= len(data)


# --- VP8 ---

DESCRIPTORS = st.builds(
    VpxPayloadDescriptor,
    partition_start=st.integers(0, 1),
    partition_id=st.integers(0, 7),
    picture_id=st.none() | st.integers(0, 0x7FFF),
    tl0picidx=st.none() | st.integers(0, 0xFF),
    tid=st.none() | st.tuples(st.integers(0, 3), st.integers(0, 1)),
    keyidx=st.none() | st.integers(0, 31),
)


@given(descriptor=DESCRIPTORS, frame=st.sampled_from((KEY_FRAME, DELTA_FRAME)), before=st.binary(max_size=20))
def test_reads_every_descriptor(descriptor: VpxPayloadDescriptor, frame: bytes, before: bytes) -> None:
    """As another implementation writes it."""
    packet = before + bytes(descriptor) + frame
    vp8 = read_vp8(packet, len(before), len(packet))
    assert vp8 is not None
    assert vp8.picture == (descriptor.picture_id or 0)
    assert (vp8.picture_at != 0) == (descriptor.picture_id is not None)
    assert vp8.tl0 == (descriptor.tl0picidx or 0)
    assert (vp8.tl0_at != 0) == (descriptor.tl0picidx is not None)
    is_start = descriptor.partition_start == 1 and descriptor.partition_id == 0
    assert vp8.starts_keyframe == (is_start and frame is KEY_FRAME)


@given(descriptor=DESCRIPTORS, picture=st.integers(0, 0x7FFF), tl0=st.integers(0, 0xFF))
def test_rewrites_picture_ids_in_place(descriptor: VpxPayloadDescriptor, picture: int, tl0: int) -> None:
    """Nothing else changes; a short id takes the lower bits."""
    packet = bytearray(bytes(descriptor) + DELTA_FRAME)
    vp8 = read(bytes(packet))
    assert vp8 is not None
    write_picture(packet, vp8, picture, tl0)
    after, rest = VpxPayloadDescriptor.parse(bytes(packet))
    assert rest == DELTA_FRAME
    if descriptor.picture_id is not None:
        descriptor.picture_id = picture if vp8.picture_is_long else picture & 0x7F
    if descriptor.tl0picidx is not None:
        descriptor.tl0picidx = tl0
    assert vars(after) == vars(descriptor)


@given(payload=st.binary(max_size=8), before=st.integers(0, 3))
def test_garbage_instead_of_vp8(payload: bytes, before: int) -> None:
    """Is refused or read, never beyond its end."""
    packet = bytes(before) + payload
    vp8 = read_vp8(packet, before, len(packet))
    if vp8 is not None:
        assert vp8.picture_at + vp8.picture_is_long < len(packet)
        assert vp8.tl0_at < len(packet)


@pytest.mark.parametrize("payload", [b"", b"\x10", b"\x90", b"\x90\x80", b"\x90\x80\x81", b"\x90\x40", b"\x90\x20\x00"])
def test_descriptors_that_end_too_soon(payload: bytes) -> None:
    """Each field may be the one that is cut."""
    assert read(payload) is None


# --- H264 ---

SPS, IDR, SLICE = b"\x67\x42", b"\x65\x88", b"\x41\x9a"


def aggregated(*units: bytes) -> bytes:
    return b"\x78" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)


@pytest.mark.parametrize(
    ("payload", "starts"),
    [
        (SPS, True),
        (IDR, True),
        (SLICE, False),
        (aggregated(b"\x09\xf0", SPS, b"\x68\xce"), True),
        (aggregated(b"\x09\xf0", SLICE), False),
        (b"\x7c\x85\x88", True),
        (b"\x7c\x05\x88", False),
        (b"\x7c\x45\x88", False),
        (b"\x5c\x81\x9a", False),
        (b"", False),
        (b"\x7c", False),
        (b"\x78\x00", False),
        (b"\x78\x00\x02", False),
    ],
)
def test_keyframes_of_h264(payload: bytes, starts: bool) -> None:
    """Single units, aggregates and the first fragment; not those that follow, and nothing that is cut."""
    packet = b"head" + payload
    assert h264_starts_keyframe(packet, 4, len(packet)) == starts


@given(payload=st.binary(max_size=60))
def test_garbage_instead_of_h264(payload: bytes) -> None:
    """Ends."""
    h264_starts_keyframe(payload, 0, len(payload))
