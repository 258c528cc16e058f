"""The few RTCP packets (RFC 3550, 6.4; RFC 4585) that matter here: reports, and requests for keyframes."""

import struct
import time
from collections.abc import Iterator, Mapping

SENDER_REPORT, RECEIVER_REPORT, FEEDBACK_RTP, FEEDBACK_PAYLOAD = 200, 201, 205, 206
"""Packet types."""

TYPES = range(192, 224)
"""The second byte of what is RTCP when it shares its port with RTP (RFC 5761, 4)."""

PICTURE_LOSS, FULL_INTRA, APPLICATION = 1, 4, 15
"""Kinds of feedback about a payload (RFC 4585, 6.3; RFC 5104, 4.3.1)."""

VERSION = 0x80
REPORTS_MAX = 31

NTP_EPOCH = 2_208_988_800
"""Seconds from 1900 to 1970."""

MANTISSA_BITS = 18
"""Of the bitrate in a REMB (draft-alvestrand-rmcat-remb-03, 2.2)."""

_HEADER = struct.Struct("!BBH")
_SENDER = struct.Struct("!BBHIIIIII")
_BLOCK = struct.Struct("!IIIIII")


def sender_report(ssrc: int, timestamp: int, packets: int, payload_bytes: int) -> bytes:
    """What was sent so far, and how its RTP clock stands to the wall's."""
    seconds, fraction = divmod(time.time(), 1)
    return _SENDER.pack(
        VERSION,
        SENDER_REPORT,
        _SENDER.size // 4 - 1,
        ssrc,
        int(seconds) + NTP_EPOCH,
        int(fraction * (1 << 32)),
        timestamp & 0xFFFFFFFF,
        packets & 0xFFFFFFFF,
        payload_bytes & 0xFFFFFFFF,
    )


def receiver_report(reporter: int, highest: Mapping[int, int]) -> bytes:
    """Everything has arrived: of each SSRC the highest sequence number."""
    blocks = b"".join(_BLOCK.pack(ssrc, 0, seq, 0, 0, 0) for ssrc, seq in list(highest.items())[:REPORTS_MAX])
    count = len(blocks) // _BLOCK.size
    return _HEADER.pack(VERSION | count, RECEIVER_REPORT, 1 + len(blocks) // 4) + struct.pack("!I", reporter) + blocks


def estimate(reporter: int, bits_per_second: int, ssrcs: Mapping[int, int]) -> bytes:
    """REMB: how much one can take."""
    exponent = max(0, bits_per_second.bit_length() - MANTISSA_BITS)
    named = list(ssrcs)[:REPORTS_MAX]
    rate = len(named) << 24 | exponent << MANTISSA_BITS | bits_per_second >> exponent
    body = struct.pack(f"!II4sI{len(named)}I", reporter, 0, b"REMB", rate, *named)
    return _HEADER.pack(VERSION | APPLICATION, FEEDBACK_PAYLOAD, len(body) // 4) + body


def wants_keyframe(compound: bytes) -> bool:
    """Whether somebody asks for one."""
    return any(kind == FEEDBACK_PAYLOAD and form in (PICTURE_LOSS, FULL_INTRA) for kind, form in _kinds(compound))


def repairs_wanted(compound: bytes) -> int:
    """How many packets in it say that something was lost (NACK)."""
    return sum(kind == FEEDBACK_RTP for kind, _ in _kinds(compound))


def _kinds(compound: bytes) -> Iterator[tuple[int, int]]:
    """The type of each packet, and its count or form."""
    at = 0
    while at + _HEADER.size <= len(compound):
        first, kind, words = _HEADER.unpack_from(compound, at)
        yield kind, first & 0x1F
        at += 4 * (words + 1)
