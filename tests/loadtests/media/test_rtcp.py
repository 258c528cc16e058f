"""Our RTCP is read by aiortc, and we read what aiortc writes."""

from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
    unpack_remb_fci,
)
from hypothesis import given
from hypothesis import strategies as st

from loadtests.media import rtcp


def test_sender_report() -> None:
    (report,) = RtcpPacket.parse(rtcp.sender_report(7, 1 << 33 | 5, 100, 9000))
    assert isinstance(report, RtcpSrPacket)
    info = report.sender_info
    assert (report.ssrc, info.rtp_timestamp, info.packet_count, info.octet_count) == (7, 5, 100, 9000)


@given(st.dictionaries(st.integers(1, 2**32 - 1), st.integers(0, 2**32 - 1), min_size=1, max_size=40))
def test_receiver_report_names_up_to_31_sources(highest: dict[int, int]) -> None:
    (report,) = RtcpPacket.parse(rtcp.receiver_report(7, highest))
    assert isinstance(report, RtcpRrPacket)
    found = {one.ssrc: one.highest_sequence for one in report.reports}
    assert found == dict(list(highest.items())[: rtcp.REPORTS_MAX])


@given(st.integers(1, 2**40))
def test_estimate_is_kept_to_18_bits(bits_per_second: int) -> None:
    (packet,) = RtcpPacket.parse(rtcp.estimate(7, bits_per_second, {11: 0, 12: 0}))
    assert isinstance(packet, RtcpPsfbPacket)
    assert packet.fmt == RTCP_PSFB_APP
    found, ssrcs = unpack_remb_fci(packet.fci)
    assert ssrcs == [11, 12]
    assert 0 <= bits_per_second - found <= bits_per_second / 2**17


def test_what_is_asked_for() -> None:
    loss = bytes(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=1, media_ssrc=2))
    intra = bytes(RtcpPsfbPacket(fmt=RTCP_PSFB_FIR, ssrc=1, media_ssrc=0, fci=bytes(8)))
    nack = bytes(RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=2, lost=[5, 9]))
    report = rtcp.receiver_report(1, {2: 3})
    assert rtcp.wants_keyframe(report + loss)
    assert rtcp.wants_keyframe(intra)
    assert not rtcp.wants_keyframe(report + nack + rtcp.estimate(1, 1000, {2: 0}))
    assert rtcp.repairs_wanted(report + nack) == 1
    assert rtcp.repairs_wanted(loss) == 0


@given(st.binary(max_size=80))
def test_garbage_is_read_to_its_end(data: bytes) -> None:
    rtcp.wants_keyframe(data)
    rtcp.repairs_wanted(data)
