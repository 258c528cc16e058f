"""RTCP: compound packets made, and read into the few facts that forwarding needs.

RFC 3550 §6, 3611, 4585, 5104, and the draft of REMB.

What is read comes from strangers: whatever cannot be read is refused whole, and the rest of us never sees it.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice

from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpByePacket,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSourceInfo,
    RtcpSrPacket,
    pack_remb_fci,
    unpack_remb_fci,
)

CNAME = "rtserver"
"""RFC 3550 §6.5.1. One for all: tracks that belong together are named by msid."""

REPORTS_MAX = 31
"""Report blocks of one packet: the count has five bits (RFC 3550 §6.4.2)."""

_SENDER_REPORT = struct.Struct("!BBHLQLLL")
_SR_WORDS = 6
"""Length of a sender report without blocks, in 32-bit words less one."""

_SR, _VERSION = 200, 2 << 6
_SDES_CNAME = 1
_NACK = struct.Struct("!HH")
_NACK_HEADER = struct.Struct("!BBHLL")
_RTPFB = 205
_NACK_MASK_BITS = 16
_HEADER = struct.Struct("!BBH")
_EXTENDED_REPORT = 207
_REPORT_BLOCK = struct.Struct("!BBH")
_REFERENCE_TIME, _DELAY_SINCE = 4, 5
_NTP = struct.Struct("!Q")
_DELAY_SINCE_REPORT = struct.Struct("!BBHLBBHLLL")
_DELAY_SINCE_WORDS = 5
_FIR_ENTRY = struct.Struct("!LL")


class FeedbackReader:
    """Who is told what an RTCP packet says. SSRCs are as the packet names them: they may be nobody's.

    Each kind of session takes what has a meaning for it, and passes over the rest.
    """

    __slots__ = ()

    def sender_reported(self, ssrc: int, ntp: int, timestamp: int) -> None:
        """A sender's clocks: its NTP time (64 bits) at an RTP timestamp."""

    def reception_reported(self, report: RtcpReceiverInfo) -> None:
        """How one of our streams arrives there."""

    def packets_missed(self, ssrc: int, sequences: Sequence[int]) -> None:
        """A generic NACK (RFC 4585 §6.2.1)."""

    def keyframe_wanted(self, ssrc: int) -> None:
        """A PLI or FIR: to us it is the same."""

    def reference_time_told(self, ssrc: int, ntp: int) -> None:
        """A receiver's clock (RRTR, RFC 3611 §4.4): answered with `delay_since`, it knows the round trip time."""

    def bitrate_estimated(self, bitrate: int) -> None:
        """A REMB: what the peer believes it can receive, bits a second."""


def read(packet: bytes, reader: FeedbackReader) -> bool:
    """Tell the reader what a compound packet says. False: it is malformed, and nothing was told."""
    try:
        parts = RtcpPacket.parse(packet)
        facts = [fact for part in parts for fact in _facts(part, reader)]
        for ssrc, ntp in islice(_reference_times(packet), 1):  # more of them ask for no more answers
            facts.append(partial(reader.reference_time_told, ssrc, ntp))
    except (ValueError, IndexError, struct.error):
        return False
    for tell in facts:
        tell()
    return True


def _facts(part: AnyRtcpPacket, reader: FeedbackReader) -> Iterator[Callable[[], None]]:
    if isinstance(part, RtcpSrPacket):
        info = part.sender_info
        yield partial(reader.sender_reported, part.ssrc, info.ntp_timestamp, info.rtp_timestamp)
    if isinstance(part, (RtcpSrPacket, RtcpRrPacket)):
        for report in part.reports:
            yield partial(reader.reception_reported, report)
    elif isinstance(part, RtcpRtpfbPacket) and part.fmt == RTCP_RTPFB_NACK:
        yield partial(reader.packets_missed, part.media_ssrc, [sequence & 0xFFFF for sequence in part.lost])
    elif isinstance(part, RtcpPsfbPacket):
        if part.fmt == RTCP_PSFB_PLI:
            yield partial(reader.keyframe_wanted, part.media_ssrc)
        elif part.fmt == RTCP_PSFB_FIR:
            # The media SSRC is unused here; the entries name the targets (RFC 5104 §4.3.1.2).
            for ssrc, _ in _FIR_ENTRY.iter_unpack(part.fci):
                yield partial(reader.keyframe_wanted, ssrc)
        elif part.fmt == RTCP_PSFB_APP and part.fci[:4] == b"REMB":
            yield partial(reader.bitrate_estimated, unpack_remb_fci(part.fci)[0])


def _reference_times(packet: bytes) -> Iterator[tuple[int, int]]:
    """SSRC and NTP time of each receiver reference time block, which aiortc does not read (RFC 3611 §2, §4.4)."""
    start = 0
    while start < len(packet):
        _, kind, words = _HEADER.unpack_from(packet, start)
        end = start + 4 * (words + 1)
        if kind == _EXTENDED_REPORT:
            ssrc = int.from_bytes(packet[start + 4 : start + 8], "big")
            block = start + 8
            while block + _REPORT_BLOCK.size <= end:
                block_kind, _, block_words = _REPORT_BLOCK.unpack_from(packet, block)
                if block_kind == _REFERENCE_TIME:
                    yield ssrc, _NTP.unpack_from(packet, block + _REPORT_BLOCK.size)[0]
                block += 4 * (block_words + 1)
        start = end


def description(ssrc: int) -> bytes:
    """SDES with our CNAME: every compound packet of a sender ends with it (RFC 3550 §6.1)."""
    return bytes(RtcpSdesPacket([RtcpSourceInfo(ssrc, [(_SDES_CNAME, CNAME.encode())])]))


def sender_report(ssrc: int, ntp: int, timestamp: int, packets: int, octets: int) -> bytes:
    """SR without report blocks (RFC 3550 §6.4.1). Append the `description`."""
    return _SENDER_REPORT.pack(
        _VERSION, _SR, _SR_WORDS, ssrc, ntp, timestamp, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF
    )


def receiver_report(ssrc: int, reports: list[RtcpReceiverInfo]) -> bytes:
    """RR (RFC 3550 §6.4.2)."""
    return bytes(RtcpRrPacket(ssrc, reports[:REPORTS_MAX]))


def nack(ssrc: int, media_ssrc: int, sequences: Sequence[int]) -> bytes:
    """Generic NACK for sequence numbers in the order of their stream, wrapped around or not (RFC 4585 §6.2.1)."""
    entries = []
    first, mask = sequences[0], 0
    for sequence in sequences[1:]:
        bit = ((sequence - first) & 0xFFFF) - 1
        if 0 <= bit < _NACK_MASK_BITS:
            mask |= 1 << bit
        else:
            entries.append(_NACK.pack(first, mask))
            first, mask = sequence, 0
    entries.append(_NACK.pack(first, mask))
    return _NACK_HEADER.pack(_VERSION | RTCP_RTPFB_NACK, _RTPFB, 2 + len(entries), ssrc, media_ssrc) + b"".join(entries)


def picture_loss(ssrc: int, media_ssrc: int) -> bytes:
    """PLI: a keyframe is wanted (RFC 4585 §6.3.1)."""
    return bytes(RtcpPsfbPacket(RTCP_PSFB_PLI, ssrc, media_ssrc))


def bitrate_estimate(ssrc: int, bitrate: int, media_ssrcs: list[int]) -> bytes:
    """REMB (draft-alvestrand-rmcat-remb-03): these streams together may take `bitrate` bits a second."""
    return bytes(RtcpPsfbPacket(RTCP_PSFB_APP, ssrc, 0, pack_remb_fci(bitrate, media_ssrcs)))


def delay_since(ssrc: int, receiver: int, ntp: int) -> bytes:
    """DLRR (RFC 3611 §4.5): the answer to a receiver's reference time, sent at once. In a packet of its own."""
    last = (ntp >> 16) & 0xFFFFFFFF
    return _DELAY_SINCE_REPORT.pack(
        _VERSION, _EXTENDED_REPORT, _DELAY_SINCE_WORDS, ssrc, _DELAY_SINCE, 0, 3, receiver, last, 0
    )


def goodbye(ssrcs: list[int]) -> bytes:
    """BYE (RFC 3550 §6.6)."""
    return bytes(RtcpByePacket(ssrcs[:REPORTS_MAX]))
