"""RTP packets as bytes: where their parts are, and retransmission (RFC 3550 §5.1, RFC 4588)."""

import struct

from media.payloads import RTP_HEADER_BYTES, payload_bounds

HEADER = struct.Struct("!BBHLL")
"""Flags, marker and payload type, sequence number, timestamp, SSRC."""

REWRITTEN = struct.Struct("!BHLL")
"""The header but for its first byte: what differs between the copies of one packet. It begins at `REWRITTEN_AT`."""

REWRITTEN_AT = 1

MARKER = 0x80
PAYLOAD_TYPE = 0x7F

PACKET_OCTETS_MAX = 1500
"""Octets of an RTP packet: more does not fit an Ethernet frame, and browsers send up to 1,200."""

PADDING_MAX = 255
"""Octets of padding in a packet: the last one says how many there are (RFC 3550 §5.1)."""

_VERSION, _PADDING, _EXTENSION = 0x80, 0x20, 0x10
_ORIGINAL_SEQUENCE = struct.Struct("!H")


def as_repair(packet: bytes, payload_type: int, sequence: int, ssrc: int) -> bytes | None:
    """The retransmission of a packet in a stream of its own (RFC 4588 §4). None: the packet is malformed."""
    bounds = payload_bounds(packet)
    if bounds is None:
        return None
    start, _ = bounds
    flags, second, original, timestamp, _ = HEADER.unpack_from(packet)
    return (
        HEADER.pack(flags, (second & MARKER) | payload_type, sequence, timestamp, ssrc)
        + packet[RTP_HEADER_BYTES:start]
        + _ORIGINAL_SEQUENCE.pack(original)
        + packet[start:]
    )


def repaired(packet: bytes, payload_type: int, ssrc: int) -> bytes | None:
    """The packet that a retransmission carries. None: it carries none, as when a sender probes with padding."""
    bounds = payload_bounds(packet)
    if bounds is None:
        return None
    start, end = bounds
    payload = start + _ORIGINAL_SEQUENCE.size
    if payload >= end:
        return None
    flags, second, _, timestamp, _ = HEADER.unpack_from(packet)
    (original,) = _ORIGINAL_SEQUENCE.unpack_from(packet, start)
    return (
        HEADER.pack(flags & ~_PADDING, (second & MARKER) | payload_type, original, timestamp, ssrc)
        + packet[RTP_HEADER_BYTES:start]
        + packet[payload:end]
    )


def padding(octets: int, payload_type: int, sequence: int, timestamp: int, ssrc: int, extension: bytes) -> bytes:
    """A packet of nothing but padding, so many octets of it if that is possible, and a whole header extension."""
    count = min(octets, PADDING_MAX)
    header = HEADER.pack(_VERSION | _EXTENSION | _PADDING, payload_type, sequence, timestamp, ssrc)
    return header + extension + bytes(count - 1) + bytes((count,))
