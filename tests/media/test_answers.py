"""`media.answers`: aiortc's parser, and so any client's, reads in them what we mean."""

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given
from hypothesis import strategies as st

from media.answers import answer
from media.engine import OfferRefused
from media.header_extensions import ABS_SEND_TIME_URI, AUDIO_LEVEL_URI, MID_URI, RID_URI
from media.sdp import Answered, Candidate, Direction, Local, Outgoing, parse_offer
from tests.media.offers import BARE, changed, real

LOCAL = Local("ourufrag", "o" * 32, ":".join(["CD"] * 32))
CANDIDATES = (
    Candidate("udp", "192.0.2.1", 5000, 0),
    Candidate("udp", "2001:db8::1", 5000, 1),
    Candidate("tcp", "192.0.2.1", 5001, 0),
    Candidate("tcp", "2001:db8::1", 5001, 1),
)
REJECTED = Answered(Direction.INACTIVE, ())


def publishing(text: str) -> tuple[str, SessionDescription]:
    """The answer to an offer that sends."""
    offer = parse_offer(text)
    sections = [
        Answered(Direction.RECVONLY, section.codecs[:1], tuple(section.extensions), section.layers)
        for section in offer.sections
    ]
    written = answer(offer, sections, LOCAL, CANDIDATES)
    return written, SessionDescription.parse(written)


def test_to_who_publishes() -> None:
    """Directions, codecs, extensions with the offer's numbers, and the layers that we want to have."""
    written, description = publishing(real("chromium_publish"))
    sound, camera, screen = description.media
    assert [media.rtp.muxId for media in description.media] == ["0", "1", "2"]
    assert [str(group) for group in description.group] == ["BUNDLE 0 1 2"]
    assert {media.direction for media in description.media} == {"recvonly"}
    assert all(media.rtcp_mux for media in description.media)
    assert [str(codec) for codec in sound.rtp.codecs] == ["opus/48000/2"]
    assert sound.rtp.codecs[0].parameters == {"minptime": 10, "useinbandfec": 1, "usedtx": "1"}
    assert [(codec.name, codec.payloadType) for codec in camera.rtp.codecs] == [("VP8", 96), ("rtx", 97)]
    assert camera.rtp.codecs[1].parameters == {"apt": 96}
    feedback = [(each.type, each.parameter) for each in camera.rtp.codecs[0].rtcpFeedback]
    assert feedback == [("nack", None), ("nack", "pli"), ("ccm", "fir"), ("goog-remb", None)]
    assert {each.uri: each.id for each in camera.rtp.headerExtensions}[RID_URI] == 10
    assert {each.uri: each.id for each in sound.rtp.headerExtensions} == {
        AUDIO_LEVEL_URI: 1,
        ABS_SEND_TIME_URI: 2,
        MID_URI: 4,
    }
    assert "a=rid:q recv\r\na=rid:h recv\r\na=rid:f recv\r\na=simulcast:recv q;h;f\r\n" in written
    assert written.count("a=simulcast") == 1
    assert screen.rtp.codecs
    assert "transport-cc" not in written


def test_an_offer_that_leaves_extensions_out() -> None:
    """As an ICE restart may: the session has been answered with more of them before."""
    offer = parse_offer(changed("a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\n", ""))
    sections = [
        Answered(Direction.RECVONLY, each.codecs[:1], (AUDIO_LEVEL_URI, *each.extensions)) for each in offer.sections
    ]
    assert AUDIO_LEVEL_URI not in answer(offer, sections, LOCAL, CANDIDATES)


def test_the_transport() -> None:
    """ICE-lite and passive, one transport, its candidates named once."""
    _, description = publishing(BARE)
    for media in description.media:
        assert media.ice is not None
        assert media.ice.iceLite
        assert (media.ice.usernameFragment, media.ice.password) == (LOCAL.ufrag, LOCAL.password)
        assert media.dtls is not None
        assert media.dtls.role == "server"
        assert [(each.algorithm, each.value) for each in media.dtls.fingerprints] == [("sha-256", LOCAL.fingerprint)]
    first, second = (media.ice_candidates for media in description.media)
    assert [(each.protocol, each.ip, each.port, each.tcpType) for each in first] == [
        ("udp", "192.0.2.1", 5000, None),
        ("udp", "2001:db8::1", 5000, None),
        ("tcp", "192.0.2.1", 5001, "passive"),
        ("tcp", "2001:db8::1", 5001, "passive"),
    ]
    assert {each.type for each in first} == {"host"}
    assert len({each.foundation for each in first}) == 4
    priorities = [each.priority for each in first]
    assert priorities == sorted(priorities, reverse=True)
    assert 0 < priorities[-1] < priorities[0] < 2**31
    assert description.media[0].ice_candidates_complete
    assert second == []


@pytest.mark.parametrize(("index", "line"), [(2, "c=IN IP4 192.0.2.1"), (3, "c=IN IP6 2001:db8::1")])
def test_tcp_only(index: int, line: str) -> None:
    """With such candidates only, whatever the family of the address."""
    offer = parse_offer(BARE)
    sections = [Answered(Direction.RECVONLY, section.codecs[:1]) for section in offer.sections]
    written = answer(offer, sections, LOCAL, CANDIDATES[index : index + 1])
    assert f"m=audio 5001 UDP/TLS/RTP/SAVPF 111\r\n{line}\r\n" in written
    assert " udp " not in written


def test_to_who_subscribes() -> None:
    """Each slot has SSRCs of ours, and both codecs."""
    offer = parse_offer(real("chromium_subscribe"))
    sections = [
        Answered(
            Direction.SENDONLY,
            section.codecs,
            (ABS_SEND_TIME_URI,),
            outgoing=Outgoing(100 + index, 200 + index if section.kind == "video" else None, f"s{index}", f"t{index}"),
        )
        for index, section in enumerate(offer.sections)
    ]
    description = SessionDescription.parse(answer(offer, sections, LOCAL, CANDIDATES))
    assert len(description.media) == 14
    for index, media in enumerate(description.media):
        assert media.direction == "sendonly"
        assert media.msid == f"s{index} t{index}"
        if media.kind == "audio":
            assert [each.ssrc for each in media.ssrc] == [100 + index]
        else:
            assert [codec.name for codec in media.rtp.codecs] == ["VP8", "rtx", "H264", "rtx"]
            assert [each.ssrc for each in media.ssrc] == [100 + index, 200 + index]
            assert [str(group) for group in media.ssrc_group] == [f"FID {100 + index} {200 + index}"]
        assert {each.cname for each in media.ssrc} == {f"s{index}"}


def test_a_rejected_section() -> None:
    """Port 0, its mid, not in the bundle; the candidates are in the first that is not rejected."""
    offer = parse_offer(BARE)
    written = answer(offer, [REJECTED, Answered(Direction.RECVONLY, offer.sections[1].codecs)], LOCAL, CANDIDATES)
    description = SessionDescription.parse(written)
    assert [media.port for media in description.media] == [0, 5000]
    assert [media.rtp.muxId for media in description.media] == ["0", "1"]
    assert [str(group) for group in description.group] == ["BUNDLE 1"]
    assert len(description.media[1].ice_candidates) == 4


def test_a_rejected_data_channel() -> None:
    """It has the offer's profile and format."""
    offer = parse_offer(
        changed("m=video 9 UDP/TLS/RTP/SAVPF 96 97", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel")
    )
    written = answer(offer, [Answered(Direction.RECVONLY, offer.sections[0].codecs), REJECTED], LOCAL, CANDIDATES)
    assert "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n" in written


def test_everything_rejected() -> None:
    """There would be no session."""
    with pytest.raises(OfferRefused):
        answer(parse_offer(BARE), [REJECTED, REJECTED], LOCAL, CANDIDATES)


@given(st.text(max_size=20), st.sampled_from(["0", "audio", "UDP/TLS/RTP/SAVPF", "111", "q", "opus", "abcd"]))
def test_an_offer_puts_no_lines_into_the_answer(text: str, place: str) -> None:
    """Whatever stands in it, the answer has the lines that we write, and none of its own."""
    try:
        offer = parse_offer(BARE.replace(place, text, 1))
    except OfferRefused:
        return
    sections = [
        Answered(Direction.RECVONLY, section.codecs[:1], tuple(section.extensions), section.layers)
        for section in offer.sections
    ]
    written = answer(offer, sections, LOCAL, CANDIDATES)
    assert written.isascii()
    assert [line for line in written.split("\r\n") if line.startswith("m=")] == [
        line for line in written.splitlines() if line.startswith("m=")
    ]
    assert len(written.split("\r\n")) == len(written.splitlines()) + 1
