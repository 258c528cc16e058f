"""RTCP is read from strangers, and made so that an independent reader understands it."""

import struct
from collections.abc import Sequence

import pytest
from aiortc.rtp import (
    RtcpByePacket,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
    unpack_remb_fci,
)
from hypothesis import given
from hypothesis import strategies as st

from media import rtcp

REPORT = RtcpReceiverInfo(ssrc=7, fraction_lost=3, packets_lost=-1, highest_sequence=70000, jitter=5, lsr=1, dlsr=2)


class Notes(rtcp.FeedbackReader):
    """Notes what was read."""

    def __init__(self) -> None:
        self.read: list[tuple] = []

    def sender_reported(self, ssrc: int, ntp: int, timestamp: int) -> None:
        self.read.append(("sender", ssrc, ntp, timestamp))

    def reception_reported(self, report: RtcpReceiverInfo) -> None:
        self.read.append(("reception", report))

    def packets_missed(self, ssrc: int, sequences: Sequence[int]) -> None:
        self.read.append(("missed", ssrc, list(sequences)))

    def keyframe_wanted(self, ssrc: int) -> None:
        self.read.append(("keyframe", ssrc))

    def bitrate_estimated(self, bitrate: int) -> None:
        self.read.append(("estimate", bitrate))

    def reference_time_told(self, ssrc: int, ntp: int) -> None:
        self.read.append(("time", ssrc, ntp))


def test_reads_a_compound_packet_in_order() -> None:
    notes = Notes()
    packet = (
        bytes(RtcpSrPacket(ssrc=1, sender_info=RtcpSenderInfo(2**40, 99, 3, 4), reports=[REPORT]))
        + bytes(RtcpRrPacket(ssrc=1, reports=[REPORT]))
        + rtcp.description(1)
        + rtcp.picture_loss(1, 8)
        + bytes(RtcpPsfbPacket(fmt=4, ssrc=1, media_ssrc=0, fci=bytes([0, 0, 0, 9, 1, 0, 0, 0])))
        + rtcp.bitrate_estimate(1, 512_000, [8, 9])
        + rtcp.nack(1, 8, [5, 6])
    )
    assert rtcp.read(packet, notes)
    assert notes.read == [
        ("sender", 1, 2**40, 99),
        ("reception", REPORT),
        ("reception", REPORT),
        ("keyframe", 8),
        ("keyframe", 9),
        ("estimate", 512_000),
        ("missed", 8, [5, 6]),
    ]


REFERENCE_TIME = struct.pack("!BBHLBBHQ", 0x80, 207, 4, 9, 4, 0, 2, 0x0123456789ABCDEF)
"""An extended report of SSRC 9 with one receiver reference time block (RFC 3611, figures of 2 and 4.4)."""

UNKNOWN_BLOCK = struct.pack("!BBHLBBHQ", 0x80, 207, 4, 9, 77, 0, 2, 1)


def test_reads_a_reference_time() -> None:
    """Wherever it stands in a compound packet; once, however many there are, and other blocks are passed over."""
    notes = Notes()
    assert rtcp.read(bytes(RtcpRrPacket(ssrc=9)) + UNKNOWN_BLOCK + REFERENCE_TIME * 3, notes)
    assert notes.read == [("time", 9, 0x0123456789ABCDEF)]


def test_a_cut_reference_time_refuses_the_whole_packet() -> None:
    notes = Notes()
    cut = struct.pack("!BBHLBBH", 0x80, 207, 2, 9, 4, 0, 2)
    assert not rtcp.read(rtcp.picture_loss(1, 8) + cut, notes)
    assert notes.read == []


def test_answers_a_reference_time() -> None:
    """With the middle of its NTP time, and no delay (RFC 3611, 4.5)."""
    answer = rtcp.delay_since(5, 9, 0x0123456789ABCDEF)
    assert struct.unpack("!BBHLBBHLLL", answer) == (0x80, 207, 5 + 0, 5, 5, 0, 3, 9, 0x456789AB, 0)
    assert len(answer) == 4 * (5 + 1)


def test_a_malformed_end_refuses_the_whole_packet() -> None:
    notes = Notes()
    assert not rtcp.read(rtcp.picture_loss(1, 8) + b"\x80", notes)
    assert notes.read == []


@pytest.mark.parametrize(
    "packet",
    [
        bytes(RtcpPsfbPacket(fmt=4, ssrc=1, media_ssrc=0, fci=b"\0\0\0\1")),
        bytes(RtcpPsfbPacket(fmt=15, ssrc=1, media_ssrc=0, fci=b"REMB")),
        bytes([0x80 | 1, 205, 0, 0]),
        bytes([0x80 | 2, 201, 0, 1, 0, 0, 0, 0]),
    ],
    ids=["FIR cut short", "REMB cut short", "NACK without SSRCs", "RR without its blocks"],
)
def test_cut_short_parts_are_refused(packet: bytes) -> None:
    assert not rtcp.read(packet, Notes())


@given(st.binary(max_size=200))
def test_garbage_never_raises(packet: bytes) -> None:
    rtcp.read(packet, Notes())


@given(st.binary(max_size=64), st.sampled_from([200, 201, 202, 203, 204, 205, 206, 207]), st.integers(0, 63))
def test_garbage_behind_a_right_header_never_raises(body: bytes, kind: int, flags: int) -> None:
    body += bytes(-len(body) % 4)
    rtcp.read(bytes([0x80 | flags, kind, 0, len(body) // 4]) + body, Notes())


@given(st.integers(0, 0xFFFF), st.sets(st.integers(0, 300), min_size=1, max_size=40))
def test_nacks_come_back_as_they_were_asked_also_around_the_wrap(first: int, steps: set[int]) -> None:
    sequences = [(first + step) & 0xFFFF for step in sorted(steps)]
    notes = Notes()
    assert rtcp.read(rtcp.nack(1, 2, sequences), notes)
    assert notes.read == [("missed", 2, sequences)]


def test_a_sender_report_is_read_by_others() -> None:
    (report, description) = RtcpPacket.parse(rtcp.sender_report(5, 2**63, 7, 2**32 + 1, 9) + rtcp.description(5))
    assert report == RtcpSrPacket(ssrc=5, sender_info=RtcpSenderInfo(2**63, 7, 1, 9))
    assert isinstance(description, RtcpSdesPacket)
    assert description.chunks[0].items == [(1, rtcp.CNAME.encode())]


def test_a_receiver_report_holds_as_many_blocks_as_fit() -> None:
    (report,) = RtcpPacket.parse(rtcp.receiver_report(5, [REPORT] * 40))
    assert report == RtcpRrPacket(ssrc=5, reports=[REPORT] * rtcp.REPORTS_MAX)


def test_an_estimate_names_its_streams() -> None:
    (part,) = RtcpPacket.parse(rtcp.bitrate_estimate(5, 1_500_000, [1, 2]))
    assert isinstance(part, RtcpPsfbPacket)
    assert unpack_remb_fci(part.fci) == (1_500_000, [1, 2])


def test_other_feedback_is_passed_over() -> None:
    notes = Notes()
    assert rtcp.read(bytes(RtcpRtpfbPacket(fmt=15, ssrc=1, media_ssrc=2)) + rtcp.goodbye([3]), notes)
    assert notes.read == []


def test_goodbye_names_the_streams() -> None:
    assert RtcpPacket.parse(rtcp.goodbye([3, 4])) == [RtcpByePacket([3, 4])]
